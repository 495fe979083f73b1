//! Session tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256, or with Ed25519 (RFC 8037), and nothing else. The key
//! decides which, never the token's header.

use std::fmt;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::TokenError;

/// Who issues the tokens (claim `iss`).
pub const ISSUER: &str = "mirilla";
/// What the tokens are for (claim `aud`).
pub const AUDIENCE: &str = "mirilla-profile";
/// The face opened the session (claim `amr`),
pub const BY_FACE: &str = "face";
/// or a PIN did.
pub const BY_PIN: &str = "pin";
/// All that is accepted, for whoever asks for something else.
const ACCEPTED: &str = "HS256 or EdDSA";
/// Random bytes behind a key.
const KEY_BYTES: usize = 32;

/// What a key signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenAlgorithm {
    /// HMAC-SHA-256: whoever verifies can also sign.
    #[default]
    Hs256,
    /// Ed25519: whoever verifies needs the public key alone.
    EdDsa,
}

impl TokenAlgorithm {
    /// As a token's header names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Hs256, Self::EdDsa].into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    fn of_header(algorithm: Algorithm) -> Option<Self> {
        [Self::Hs256, Self::EdDsa].into_iter().find(|ours| ours.of_library() == algorithm)
    }

    fn of_library(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

/// The key that signs and verifies: 256 random bits, written as 64 hexadecimal digits. The digits
/// themselves, as ASCII, are the HMAC key, so that what is exported can be handed to any JWT library as it is; of Ed25519 the
/// bits are the private key (the seed of RFC 8032).
///
/// Tokens name it in their header (`kid`), by eight bytes of its digest. Its memory is wiped.
#[derive(Clone)]
pub struct TokenKey {
    algorithm: TokenAlgorithm,
    text: Zeroizing<String>,
}

impl TokenKey {
    /// The key made of these random bits.
    pub fn from_random(algorithm: TokenAlgorithm, bits: [u8; KEY_BYTES]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES));
        Zeroizing::new(bits).iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
        Self { algorithm, text }
    }

    /// Reads a key's text. `None` unless it holds exactly 64 hexadecimal digits.
    pub fn parse(algorithm: TokenAlgorithm, text: &str) -> Option<Self> {
        let text = text.trim_end();
        let whole =
            text.len() == 2 * KEY_BYTES && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        whole.then(|| Self { algorithm, text: Zeroizing::new(text.to_owned()) })
    }

    /// What it signs with.
    pub fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
    }

    /// Names the key, and tells nothing else about it.
    pub fn kid(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key itself: whoever has it can sign in as anybody.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The public key as a JSON Web Key (RFC 7517, 8037), for whoever verifies. `None` of one that has no public part.
    pub fn public_jwk(&self) -> Option<serde_json::Value> {
        let mut jwk = self.public()?;
        jwk.common.key_id = Some(self.kid());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        serde_json::to_value(jwk).ok()
    }

    fn public(&self) -> Option<Jwk> {
        match self.algorithm {
            TokenAlgorithm::Hs256 => None,
            TokenAlgorithm::EdDsa => Jwk::from_encoding_key(&self.signs(), Algorithm::EdDSA).ok(),
        }
    }

    fn signs(&self) -> EncodingKey {
        /// What stands before the 32 bytes of a private Ed25519 key in PKCS #8 (RFC 8410, section 7).
        const PKCS8: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
        match self.algorithm {
            TokenAlgorithm::Hs256 => EncodingKey::from_secret(self.text.as_bytes()),
            TokenAlgorithm::EdDsa => {
                let mut der = Zeroizing::new(Vec::with_capacity(PKCS8.len() + KEY_BYTES));
                der.extend_from_slice(&PKCS8);
                // Digits and nothing else, two a byte.
                der.extend(
                    (0..KEY_BYTES).filter_map(|i| u8::from_str_radix(self.text.get(2 * i..2 * i + 2)?, 16).ok()),
                );
                EncodingKey::from_ed_der(&der)
            }
        }
    }

    fn verifies(&self) -> Option<DecodingKey> {
        match self.algorithm {
            TokenAlgorithm::Hs256 => Some(DecodingKey::from_secret(self.text.as_bytes())),
            TokenAlgorithm::EdDsa => DecodingKey::from_jwk(&self.public()?).ok(),
        }
    }
}

// The key must not get into a log.
impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// What a token says. Times are whole seconds since 1970 in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// Issued at.
    pub iat: i64,
    /// Ends at: not valid from this second on.
    pub exp: i64,
    /// Not valid before; not set by this program, honored where somebody else with the key did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// [`ISSUER`].
    pub iss: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Tells this token from all others.
    pub jti: Uuid,
    /// By what the session was opened: [`BY_FACE`], [`BY_PIN`] (RFC 8176). Nothing in tokens of an earlier version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
}

impl Claims {
    /// A session of `user` from `now` on for `lifetime_s` seconds, told apart by the random `jti`.
    pub fn session(user: Uuid, now: i64, lifetime_s: u32, jti: Uuid) -> Self {
        Self {
            sub: user,
            iat: now,
            exp: now.saturating_add(i64::from(lifetime_s)),
            nbf: None,
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            jti,
            amr: vec![],
        }
    }

    /// The same, opened by these.
    #[must_use]
    pub fn opened_by(self, means: &[&str]) -> Self {
        Self { amr: means.iter().map(|means| (*means).to_owned()).collect(), ..self }
    }

    /// Whether a PIN opened the session, alone or beside the face.
    pub fn is_by_pin(&self) -> bool {
        self.amr.iter().any(|means| means == BY_PIN)
    }
}

/// Signs the claims; the header names the key.
///
/// # Errors
/// [`TokenError::Signing`] when the library refuses; it never did with a key of this kind.
pub fn issue(claims: &Claims, key: &TokenKey) -> Result<String, TokenError> {
    let header = Header { kid: Some(key.kid()), ..Header::new(key.algorithm.of_library()) };
    jsonwebtoken::encode(&header, claims, &key.signs()).map_err(|_| TokenError::Signing)
}

/// The claims of a token that is whole, ours, and valid at `now` (seconds since 1970), signed with one of `keys`. One whose
/// header names a key is held against that key alone; one of another program that names none, against each. No leeway:
/// issuer and verifier share a clock.
///
/// # Errors
/// [`TokenError`] tells which of these it is not.
pub fn verify(token: &str, keys: &[TokenKey], now: i64) -> Result<Claims, TokenError> {
    if token.split('.').count() != 3 {
        return Err(TokenError::Malformed { detail: "expected three parts joined by dots" });
    }
    // The library does not even read a header that names an algorithm it does not know, such as "none".
    let (asked, kid) = match jsonwebtoken::decode_header(token) {
        Ok(header) => (TokenAlgorithm::of_header(header.alg), header.kid),
        Err(error) if matches!(error.kind(), ErrorKind::Json(_)) => (None, None),
        Err(_) => return Err(TokenError::Malformed { detail: "the header cannot be read" }),
    };
    let asked = asked.ok_or(TokenError::Algorithm { expected: ACCEPTED })?;
    let named: Vec<&TokenKey> = keys.iter().filter(|key| kid.as_ref().is_none_or(|kid| *kid == key.kid())).collect();
    // A header that asks for what its key does not sign with is an attack, or somebody's error: the public key of one algorithm
    // must never be taken for the secret of another.
    if let Some(first) = named.first()
        && named.iter().all(|key| key.algorithm != asked)
    {
        return Err(TokenError::Algorithm { expected: first.algorithm.as_str() });
    }
    let mut result = Err(TokenError::Signature);
    for key in named.into_iter().filter(|key| key.algorithm == asked) {
        result = claims(token, key);
        if result != Err(TokenError::Signature) {
            break;
        }
    }
    let claims = result?;
    if claims.iat > now || claims.nbf.is_some_and(|nbf| nbf > now) {
        return Err(TokenError::NotYetValid);
    }
    if claims.exp <= now {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

/// The claims of a token that this key signed, whatever their time.
fn claims(token: &str, key: &TokenKey) -> Result<Claims, TokenError> {
    let mut rules = Validation::new(key.algorithm.of_library());
    // The library reads the clock by itself; times are checked below, against the given one.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.set_required_spec_claims(&["sub", "iss", "aud", "exp"]);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    let verifies = key.verifies().ok_or(TokenError::Signature)?;
    let decoded = jsonwebtoken::decode::<Claims>(token, &verifies, &rules);
    decoded.map(|decoded| decoded.claims).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature | ErrorKind::Base64(_) => TokenError::Signature,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm { expected: key.algorithm.as_str() },
        ErrorKind::InvalidIssuer => TokenError::Claim { claim: "iss" },
        ErrorKind::InvalidAudience => TokenError::Claim { claim: "aud" },
        _ => TokenError::Malformed { detail: "a claim is missing or has the wrong form" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_800_000_000;

    fn key() -> TokenKey {
        TokenKey::from_random(TokenAlgorithm::Hs256, [7; 32])
    }

    fn other_key() -> TokenKey {
        TokenKey::from_random(TokenAlgorithm::Hs256, [8; 32])
    }

    fn ed_key() -> TokenKey {
        TokenKey::from_random(TokenAlgorithm::EdDsa, [9; 32])
    }

    fn claims() -> Claims {
        Claims::session(Uuid::from_u128(1), NOW, 900, Uuid::from_u128(2))
    }

    fn signed_as(algorithm: Algorithm, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key().reveal().as_bytes()))
            .unwrap()
    }

    #[test]
    fn a_token_holds_what_was_put_in_until_it_ends() {
        let token = issue(&claims(), &key()).unwrap();
        assert_eq!(verify(&token, &[key()], NOW), Ok(claims()));
        assert_eq!(verify(&token, &[key()], NOW + 899), Ok(claims()));
        assert_eq!(verify(&token, &[key()], NOW + 900), Err(TokenError::Expired));
        assert_eq!(verify(&token, &[key()], NOW - 1), Err(TokenError::NotYetValid));
    }

    #[test]
    fn a_token_tells_by_what_it_was_opened_and_one_of_an_earlier_version_does_not() {
        for (means, pin) in [(&[][..], false), (&[BY_FACE], false), (&[BY_PIN], true), (&[BY_FACE, BY_PIN], true)] {
            let token = issue(&claims().opened_by(means), &key()).unwrap();
            let read = verify(&token, &[key()], NOW).unwrap();
            assert_eq!((read.is_by_pin(), read.amr.len()), (pin, means.len()));
        }
        let earlier = serde_json::to_value(claims()).unwrap();
        assert!(
            earlier.get("amr").is_none()
                && !verify(&signed_as(Algorithm::HS256, &earlier), &[key()], NOW).unwrap().is_by_pin()
        );
    }

    #[test]
    fn a_not_before_of_somebody_else_with_the_key_is_honored() {
        let token = issue(&Claims { nbf: Some(NOW + 60), ..claims() }, &key()).unwrap();
        assert_eq!(verify(&token, &[key()], NOW), Err(TokenError::NotYetValid));
        assert!(verify(&token, &[key()], NOW + 60).is_ok());
    }

    #[test]
    fn other_algorithms_are_refused_even_with_the_right_key() {
        let wrong = Err(TokenError::Algorithm { expected: "HS256 or EdDSA" });
        assert_eq!(verify(&signed_as(Algorithm::HS384, &claims()), &[key()], NOW), wrong);
        assert_eq!(verify(&signed_as(Algorithm::HS512, &claims()), &[key()], NOW), wrong);
        let token = issue(&claims(), &key()).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}, with and without a signature
        assert_eq!(verify(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."), &[key()], NOW), wrong);
        let signature = token.split('.').nth(2).unwrap();
        assert_eq!(verify(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.{signature}"), &[key()], NOW), wrong);
    }

    #[test]
    fn another_key_issuer_or_audience_is_refused() {
        let token = issue(&claims(), &key()).unwrap();
        assert_eq!(verify(&token, &[other_key()], NOW), Err(TokenError::Signature));
        let with = |change: fn(&mut Claims)| {
            let mut claims = claims();
            change(&mut claims);
            verify(&issue(&claims, &key()).unwrap(), &[key()], NOW)
        };
        assert_eq!(with(|c| c.iss = "somebody".into()), Err(TokenError::Claim { claim: "iss" }));
        assert_eq!(with(|c| c.aud = "door".into()), Err(TokenError::Claim { claim: "aud" }));
        let without_sub = serde_json::json!({"iat": NOW, "exp": NOW + 9, "iss": ISSUER, "aud": AUDIENCE});
        let missing = verify(&signed_as(Algorithm::HS256, &without_sub), &[key()], NOW);
        assert!(matches!(missing, Err(TokenError::Malformed { .. })), "{missing:?}");
    }

    #[test]
    fn a_token_is_held_against_the_key_that_it_names_and_an_unnamed_one_against_all() {
        let other = other_key();
        assert_ne!(key().kid(), other.kid());
        let token = issue(&claims(), &key()).unwrap();
        assert_eq!(jsonwebtoken::decode_header(&token).unwrap().kid, Some(key().kid()));
        assert_eq!(verify(&token, &[other.clone(), key()], NOW), Ok(claims()));
        assert_eq!(verify(&token, std::slice::from_ref(&other), NOW), Err(TokenError::Signature));
        assert_eq!(verify(&token, &[], NOW), Err(TokenError::Signature));
        let unnamed = signed_as(Algorithm::HS256, &claims());
        assert_eq!(verify(&unnamed, &[other.clone(), key()], NOW), Ok(claims()));
        // One that names a key and is signed with another.
        let header = Header { kid: Some(other.kid()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(key().reveal().as_bytes());
        let misnamed = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
        assert_eq!(verify(&misnamed, &[other, key()], NOW), Err(TokenError::Signature));
    }

    #[test]
    fn an_ed25519_key_signs_as_rfc_8037_has_it_and_its_public_half_verifies() {
        // RFC 8037, appendix A: the private key, its public half, and a signature.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let key = TokenKey::parse(TokenAlgorithm::EdDsa, seed).unwrap();
        let jwk = key.public_jwk().unwrap();
        let expected = serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "alg": "EdDSA", "use": "sig", "kid": key.kid(),
        });
        assert_eq!(jwk, expected);
        let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key.signs(), Algorithm::EdDSA).unwrap();
        let told = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(signature, told);

        let token = issue(&claims(), &ed_key()).unwrap();
        assert_eq!(jsonwebtoken::decode_header(&token).unwrap().alg, Algorithm::EdDSA);
        assert_eq!(verify(&token, &[key.clone(), ed_key()], NOW), Ok(claims()));
        assert_eq!(verify(&token, &[key], NOW), Err(TokenError::Signature));
        assert_eq!(self::key().public_jwk(), None, "a shared secret is in no list");
    }

    #[test]
    fn the_key_decides_the_algorithm_and_not_the_header() {
        let (hs, ed) = (key(), ed_key());
        let keys = [ed.clone(), hs.clone()];
        let both = [issue(&claims(), &hs).unwrap(), issue(&claims(), &ed).unwrap()];
        assert!(both.iter().all(|token| verify(token, &keys, NOW) == Ok(claims())));
        let forged = |algorithm: Algorithm, kid: Option<String>, key: &EncodingKey| {
            jsonwebtoken::encode(&Header { kid, ..Header::new(algorithm) }, &claims(), key).unwrap()
        };
        // What everybody knows of the Ed25519 key, in each form somebody could take for a secret.
        let public = ed.public_jwk().unwrap();
        let x = public["x"].as_str().unwrap();
        let raw = ed.verifies().unwrap().try_get_as_bytes().unwrap().to_vec();
        let secrets = [raw, x.into(), public.to_string().into_bytes(), ed.kid().into_bytes()];
        for secret in secrets.iter().map(|secret| EncodingKey::from_secret(secret)) {
            let expected = Err(TokenError::Algorithm { expected: "EdDSA" });
            assert_eq!(verify(&forged(Algorithm::HS256, Some(ed.kid()), &secret), &keys, NOW), expected);
            let unnamed = forged(Algorithm::HS256, None, &secret);
            assert_eq!(verify(&unnamed, &keys, NOW), Err(TokenError::Signature));
            assert_eq!(verify(&unnamed, std::slice::from_ref(&ed), NOW), expected);
        }
        // The other way: a header that asks for Ed25519 and names the shared secret.
        let expected = Err(TokenError::Algorithm { expected: "HS256" });
        let own = TokenKey { algorithm: TokenAlgorithm::EdDsa, ..hs.clone() };
        for signs in [ed.signs(), own.signs()] {
            assert_eq!(verify(&forged(Algorithm::EdDSA, Some(hs.kid()), &signs), &keys, NOW), expected);
        }
        let unnamed = forged(Algorithm::EdDSA, None, &own.signs());
        assert_eq!(verify(&unnamed, std::slice::from_ref(&hs), NOW), expected);
        assert_eq!(verify(&unnamed, &keys, NOW), Err(TokenError::Signature));
        // The algorithm of a whole token exchanged for the other, with its signature.
        for (token, header) in both.iter().zip(["eyJhbGciOiJFZERTQSJ9", "eyJhbGciOiJIUzI1NiJ9"]) {
            let (_, rest) = token.split_once('.').unwrap();
            assert!(verify(&format!("{header}.{rest}"), &keys, NOW).is_err());
        }
    }

    #[test]
    fn keys_are_64_digits_and_nothing_else() {
        let text = key().reveal().to_owned();
        assert_eq!(text.len(), 64);
        assert!(TokenKey::parse(TokenAlgorithm::Hs256, &format!("{text}\n")).is_some());
        assert!(TokenKey::parse(TokenAlgorithm::Hs256, &text[1..]).is_none());
        assert!(TokenKey::parse(TokenAlgorithm::Hs256, &text.replace('0', "g")).is_none());
        assert!(TokenKey::parse(TokenAlgorithm::Hs256, "").is_none());
        assert_eq!(format!("{:?}", key()), "TokenKey(..)");
    }

    proptest! {
        #[test]
        fn a_token_altered_anywhere_is_refused(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
            let token = issue(&claims(), &key()).unwrap();
            let at = at.index(token.len());
            let mut altered = token.clone();
            altered.replace_range(at..=at, &to);
            // The last character of a base64 part carries unused bits, but the library refuses those too.
            prop_assert!(altered == token || verify(&altered, &[key()], NOW).is_err(), "{} at {}", to, at);
        }

        #[test]
        fn foreign_text_is_refused_without_panic(text in any::<String>()) {
            prop_assert!(verify(&text, &[key()], NOW).is_err());
        }
    }
}

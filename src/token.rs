//! Session tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256, and nothing else.

use std::fmt;

use jsonwebtoken::errors::ErrorKind;
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
/// The only algorithm, as the header names it.
pub const ALGORITHM: &str = "HS256";
/// Random bytes behind a key.
const KEY_BYTES: usize = 32;

/// The key that signs and verifies: 256 random bits, written as 64 hexadecimal digits. The digits
/// themselves, as ASCII, are the HMAC key, so that what is exported can be handed to any JWT library as it is.
///
/// Tokens name it in their header (`kid`), by eight bytes of its digest. Its memory is wiped.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<String>);

impl TokenKey {
    /// The key made of these random bits.
    pub fn from_random(bits: [u8; KEY_BYTES]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(2 * KEY_BYTES));
        Zeroizing::new(bits).iter().for_each(|byte| text.push_str(&format!("{byte:02x}")));
        Self(text)
    }

    /// Reads a key file's text. `None` unless it holds exactly 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end();
        let whole =
            text.len() == 2 * KEY_BYTES && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        whole.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Names the key, and tells nothing else about it.
    pub fn kid(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key itself: whoever has it can sign in as anybody.
    pub fn reveal(&self) -> &str {
        &self.0
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
        }
    }
}

/// Signs the claims; the header names the key.
///
/// # Errors
/// [`TokenError::Signing`] when the library refuses; it never did with a key of this kind.
pub fn issue(claims: &Claims, key: &TokenKey) -> Result<String, TokenError> {
    let header = Header { kid: Some(key.kid()), ..Header::new(Algorithm::HS256) };
    let key = EncodingKey::from_secret(key.0.as_bytes());
    jsonwebtoken::encode(&header, claims, &key).map_err(|_| TokenError::Signing)
}

/// The claims of a token that is whole, ours, and valid at `now` (seconds since 1970), signed with one of `keys`. One whose
/// header names a key is held against that key alone; one of another program that names none, against each. No leeway:
/// issuer and verifier share a clock.
///
/// # Errors
/// [`TokenError`] tells which of these it is not.
pub fn verify(token: &str, keys: &[TokenKey], now: i64) -> Result<Claims, TokenError> {
    let wrong_algorithm = TokenError::Algorithm { expected: ALGORITHM };
    if token.split('.').count() != 3 {
        return Err(TokenError::Malformed { detail: "expected three parts joined by dots" });
    }
    // The library does not even read a header that names an algorithm it does not know, such as "none".
    let kid = match jsonwebtoken::decode_header(token) {
        Ok(header) if header.alg == Algorithm::HS256 => header.kid,
        Ok(_) => return Err(wrong_algorithm),
        Err(error) if matches!(error.kind(), ErrorKind::Json(_)) => return Err(wrong_algorithm),
        Err(_) => return Err(TokenError::Malformed { detail: "the header cannot be read" }),
    };
    let mut result = Err(TokenError::Signature);
    for key in keys.iter().filter(|key| kid.as_ref().is_none_or(|kid| *kid == key.kid())) {
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
    let mut rules = Validation::new(Algorithm::HS256);
    // The library reads the clock by itself; times are checked below, against the given one.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.set_required_spec_claims(&["sub", "iss", "aud", "exp"]);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    let decoded = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(key.0.as_bytes()), &rules);
    decoded.map(|decoded| decoded.claims).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature | ErrorKind::Base64(_) => TokenError::Signature,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm { expected: ALGORITHM },
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
        TokenKey::from_random([7; 32])
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
    fn a_not_before_of_somebody_else_with_the_key_is_honored() {
        let token = issue(&Claims { nbf: Some(NOW + 60), ..claims() }, &key()).unwrap();
        assert_eq!(verify(&token, &[key()], NOW), Err(TokenError::NotYetValid));
        assert!(verify(&token, &[key()], NOW + 60).is_ok());
    }

    #[test]
    fn other_algorithms_are_refused_even_with_the_right_key() {
        let wrong = Err(TokenError::Algorithm { expected: "HS256" });
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
        assert_eq!(verify(&token, &[TokenKey::from_random([8; 32])], NOW), Err(TokenError::Signature));
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
        let other = TokenKey::from_random([8; 32]);
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
    fn keys_are_64_digits_and_nothing_else() {
        let text = key().reveal().to_owned();
        assert_eq!(text.len(), 64);
        assert!(TokenKey::parse(&format!("{text}\n")).is_some());
        assert!(TokenKey::parse(&text[1..]).is_none());
        assert!(TokenKey::parse(&text.replace('0', "g")).is_none());
        assert!(TokenKey::parse("").is_none());
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

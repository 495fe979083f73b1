//! Session tokens at the real binary's door: only whole, own, current ones of people who are there open a
//! profile; another program verifies them with the exported key; the files are their owner's alone.

mod common;

use common::people::{biden, obama};
use common::{Answer, Kiosk, contents};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// Somebody enrolled, with a real token and what is needed to make others.
struct Session {
    kiosk: Kiosk,
    key: String,
    token: String,
    user: String,
}

impl Session {
    fn open() -> Self {
        let kiosk = Kiosk::with(&obama());
        let login = kiosk.login(&obama().probe).assert_yes("recognized");
        let key = kiosk.ask(&["token", "key", "--export"]).assert_yes("key").text("key").to_owned();
        let user = login.json["user"]["id"].as_str().unwrap().to_owned();
        Self { token: login.text("token").to_owned(), key, user, kiosk }
    }

    /// The claims of a good token, made by somebody who has the key.
    fn claims(&self) -> Value {
        let now = now();
        json!({
            "sub": self.user, "iat": now - 10, "exp": now + 600, "iss": "mirilla", "aud": "mirilla-profile",
            "jti": "11111111-2222-4333-8444-555555555555",
        })
    }

    /// A good token but for some claims; `Null` takes a claim away.
    fn but_for(&self, changes: &Value) -> String {
        let mut claims = self.claims();
        for (claim, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => claims.as_object_mut().unwrap().remove(claim),
                value => claims.as_object_mut().unwrap().insert(claim.clone(), value.clone()),
            };
        }
        signed(Algorithm::HS256, &claims, self.key.as_bytes())
    }

    fn show(&self, token: &str) -> Answer {
        common::answer(self.kiosk.command(&["profile", "show", "--json"]).env("MIRILLA_TOKEN", token))
    }

    /// The token neither shows nor changes the profile, for this reason, and is not repeated.
    #[track_caller]
    fn assert_refused(&self, token: &str, reason: &str) {
        let answer = self.show(token);
        let found = (answer.exit, answer.text("outcome").to_owned(), answer.reason().to_owned());
        assert_eq!(found, (1, "declined".into(), reason.into()), "{token}: {answer:?}");
        let all = format!("{} {}", answer.json, answer.stderr);
        assert!(token.len() < 8 || !all.contains(token), "the token is repeated: {all}");
        assert!(!all.contains(obama().email) && !all.contains(&self.key), "{all}");
        let update = ["profile", "update", "--name", "Mallory", "--json"];
        let update = common::answer(self.kiosk.command(&update).env("MIRILLA_TOKEN", token)).assert_no(reason);
        assert_eq!(update.json, answer.json);
        let name = &self.kiosk.ask(&["users", "show", obama().email]).json["user"]["name"];
        assert_eq!(*name, obama().name, "{token} changed the profile");
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn signed(algorithm: Algorithm, claims: &Value, key: &[u8]) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
}

/// Base64url without padding, as JWT writes its parts.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        (0..=three.len()).for_each(|i| text.push(DIGITS[(bits >> (18 - 6 * i) & 63) as usize].into()));
    }
    text
}

#[test]
fn a_token_made_with_the_exported_key_opens_the_profile() {
    let session = Session::open();
    let shown = session.show(&session.but_for(&json!({}))).assert_yes("profile");
    assert_eq!(shown.json["user"]["id"], session.user);
    session.show(&session.token).assert_yes("profile");
    // Begun at this very second, and without an end in sight.
    session.show(&session.but_for(&json!({"iat": now(), "nbf": now()}))).assert_yes("profile");
    session.show(&session.but_for(&json!({"exp": i64::MAX}))).assert_yes("profile");
}

#[test]
fn a_token_whose_time_is_over_is_refused() {
    let session = Session::open();
    for exp in [now() - 1, now(), now() - 1_000_000, 0] {
        session.assert_refused(&session.but_for(&json!({"exp": exp})), "token_expired");
    }
}

#[test]
fn a_token_whose_time_has_not_begun_is_refused() {
    let session = Session::open();
    for changes in
        [json!({"iat": now() + 60}), json!({"nbf": now() + 60}), json!({"iat": now() + 60, "exp": now() + 120})]
    {
        session.assert_refused(&session.but_for(&changes), "token_not_yet_valid");
    }
}

#[test]
fn another_algorithm_is_refused_even_with_the_right_key() {
    let session = Session::open();
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = signed(algorithm, &session.claims(), session.key.as_bytes());
        session.assert_refused(&token, "token_invalid");
        assert!(session.show(&token).text("message").contains("HS256"), "what is expected is said");
    }
    let payload = base64url(session.claims().to_string().as_bytes());
    let signature = session.token.rsplit('.').next().unwrap();
    for algorithm in ["none", "None", "NONE", "hs256", "RS256", "ES256", ""] {
        let header = base64url(json!({"alg": algorithm, "typ": "JWT"}).to_string().as_bytes());
        for signature in ["", signature] {
            session.assert_refused(&format!("{header}.{payload}.{signature}"), "token_invalid");
        }
    }
}

#[test]
fn an_altered_token_is_refused_whatever_was_altered() {
    let session = Session::open();
    let [header, payload, signature] = session.token.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    let mut claims = session.claims();
    claims["exp"] = json!(now() + 1_000_000);
    let longer = base64url(claims.to_string().as_bytes());
    session.assert_refused(&format!("{header}.{longer}.{signature}"), "token_invalid");
    // One letter of each part: the first, the middle, the last.
    for part in 0..3 {
        for place in [0, 1, 2] {
            let mut parts = [header, payload, signature].map(str::to_owned);
            let at = place * (parts[part].len() - 1) / 2;
            let other = if parts[part].as_bytes()[at] == b'A' { "B" } else { "A" };
            parts[part].replace_range(at..=at, other);
            session.assert_refused(&parts.join("."), "token_invalid");
        }
    }
    for token in [format!("{header}.{payload}."), format!("{header}.{payload}"), format!("{}.x", session.token)] {
        session.assert_refused(&token, "token_invalid");
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let session = Session::open();
    for token in [".", "..", "a.b.c", "eyJ", "hello there", "ñ.ñ.ñ", &"a.".repeat(40_000)] {
        session.assert_refused(token, "token_invalid");
    }
}

#[test]
fn a_token_of_another_key_is_refused() {
    let (session, elsewhere) = (Session::open(), Session::open());
    assert_ne!(session.key, elsewhere.key, "each kiosk makes a key of its own");
    session.assert_refused(&elsewhere.token, "token_invalid");
    for key in [&b""[..], b"secret", &[0; 32], elsewhere.key.as_bytes(), session.key.to_uppercase().as_bytes()] {
        session.assert_refused(&signed(Algorithm::HS256, &session.claims(), key), "token_invalid");
    }
}

#[test]
fn a_token_of_or_for_something_else_is_refused() {
    let session = Session::open();
    for changes in [
        json!({"iss": "somebody"}),
        json!({"iss": "Mirilla"}),
        json!({"iss": null}),
        json!({"aud": "mirilla"}),
        json!({"aud": ["somebody", "else"]}),
        json!({"aud": null}),
    ] {
        session.assert_refused(&session.but_for(&changes), "token_invalid");
    }
}

#[test]
fn a_token_without_a_claim_or_with_one_of_another_form_is_refused() {
    let session = Session::open();
    for claim in ["sub", "iat", "exp", "jti"] {
        session.assert_refused(&session.but_for(&json!({claim: null})), "token_invalid");
        session.assert_refused(&session.but_for(&json!({claim: "soon"})), "token_invalid");
        session.assert_refused(&session.but_for(&json!({claim: [1]})), "token_invalid");
    }
    for changes in [json!({"sub": obama().email}), json!({"exp": -1}), json!({"exp": i64::MIN}), json!({"exp": 1e300})]
    {
        session.assert_refused(&session.but_for(&changes), "token_invalid");
    }
}

#[test]
fn a_token_of_nobody_is_refused_as_that_of_somebody_removed() {
    let session = Session::open();
    for sub in ["00000000-0000-4000-8000-000000000000", "99999999-9999-4999-8999-999999999999"] {
        session.assert_refused(&session.but_for(&json!({"sub": sub})), "user_removed");
    }
}

#[test]
fn a_refusal_says_its_reason_once() {
    let session = Session::open();
    for token in [session.but_for(&json!({"exp": 1})), session.but_for(&json!({"iat": now() + 60}))] {
        let message = session.show(&token).text("message").to_lowercase();
        for sentence in ["the session has ended", "sign in again", "not valid yet"] {
            assert!(message.matches(sentence).count() <= 1, "said twice: {message}");
        }
    }
}

#[test]
fn no_token_is_bad_usage() {
    let session = Session::open();
    let answer = session.kiosk.ask(&["profile", "show"]).assert_bad_input("usage").assert_says(&["--token"]);
    assert!(!answer.json.to_string().contains("eyJ"));
    session.kiosk.ask(&["profile", "update", "--name", "X"]).assert_bad_input("usage");
    for blank in ["", " "] {
        session.show(blank).assert_bad_input("usage").assert_says(&["--token"]);
    }
    let (exit, stdout, stderr) = session.kiosk.tell(&["profile", "show"]);
    assert!(exit == 2 && stdout.is_empty() && stderr.contains("--token"), "{stderr}");
    // Help shows the name of the variable, never what is in it.
    let mut help = session.kiosk.command(&["profile", "show", "--help"]);
    let help = help.env("MIRILLA_TOKEN", &session.token).output().unwrap();
    let (stdout, _) = common::texts(&help);
    assert!(stdout.contains("MIRILLA_TOKEN") && !stdout.contains(&session.token), "{stdout}");
}

#[test]
fn the_key_survives_restarts_and_its_loss_ends_all_sessions() {
    let session = Session::open();
    let key = session.kiosk.ask(&["token", "key"]).assert_yes("key");
    let header = jsonwebtoken::decode_header(&session.token).unwrap();
    assert_eq!(header.kid.as_deref(), Some(key.text("kid")), "a token names its key");
    assert!(key.json.get("key").is_none() && !key.json.to_string().contains(&session.key), "only --export prints it");
    assert_eq!(
        (key.text("algorithm"), key.text("issuer"), key.text("audience")),
        ("HS256", "mirilla", "mirilla-profile")
    );
    assert_eq!(session.key.len(), 64);
    for _ in 0..3 {
        session.show(&session.token).assert_yes("profile");
        assert_eq!(session.kiosk.ask(&["token", "key", "--export"]).text("key"), session.key);
    }
    let (exit, stdout, _) = session.kiosk.tell(&["token", "key", "--export"]);
    assert_eq!((exit, stdout), (0, format!("{}\n", session.key)), "the key and nothing else, ready for a variable");
    common::open_database(&session.kiosk.database()).execute("DELETE FROM token_keys", []).unwrap();
    session.assert_refused(&session.token, "token_invalid");
    session.show(&session.kiosk.token(&obama().probe)).assert_yes("profile");
}

#[test]
fn keys_rotate_and_no_session_ends_before_its_time() {
    let session = Session::open();
    let kid = |session: &Session| session.kiosk.ask(&["token", "key"]).assert_yes("key").text("kid").to_owned();
    let first = kid(&session);
    let rotated = session.kiosk.ask(&["token", "rotate"]).assert_yes("rotated");
    assert!(rotated.text("kid") == kid(&session) && rotated.text("kid") != first, "{rotated:?}");
    assert!(!rotated.json.to_string().contains(&session.key));
    // Tokens of both keys are good: those of this program, which name their key, and others, which name none.
    session.show(&session.token).assert_yes("profile");
    session.show(&session.but_for(&json!({}))).assert_yes("profile");
    let new = session.kiosk.token(&obama().probe);
    assert_eq!(jsonwebtoken::decode_header(&new).unwrap().kid.as_deref(), Some(rotated.text("kid")));
    session.show(&new).assert_yes("profile");
    let all = session.kiosk.ask(&["token", "key", "--export", "--all"]).assert_yes("key");
    let keys = all.json["keys"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["accepted_until"], &keys[1]["key"]), (2, &Value::Null, &json!(session.key)));
    assert_eq!(keys[0]["key"], all.json["key"]);
    // A quarter of an hour later the last token of the old key has ended, and so has the key.
    let database = common::open_database(&session.kiosk.database());
    database.execute("UPDATE token_keys SET retired_at_ms = retired_at_ms - 900000", []).unwrap();
    drop(database);
    session.assert_refused(&session.token, "token_invalid");
    session.assert_refused(&session.but_for(&json!({})), "token_invalid");
    session.show(&new).assert_yes("profile");
    session.kiosk.ask(&["token", "rotate"]).assert_yes("rotated");
    let database = common::open_database(&session.kiosk.database());
    let count: i64 = database.query_row("SELECT count(*) FROM token_keys", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2, "what is not accepted any more is forgotten at the next rotation");
}

#[test]
fn the_key_file_of_an_earlier_version_goes_into_the_database() {
    let session = Session::open();
    session.kiosk.make_earlier();
    session.show(&session.token).assert_yes("profile");
    assert!(!session.kiosk.token_key_file().exists());
    assert_eq!(session.kiosk.ask(&["token", "key", "--export"]).text("key"), session.key);
    for (path, bytes) in contents(&session.kiosk.data_dir) {
        let found = bytes.windows(64).any(|part| part == session.key.as_bytes());
        assert!(!found, "the key is in {}", path.display());
    }
}

#[test]
fn every_token_is_another_one_and_each_is_of_its_user() {
    let session = Session::open();
    session.kiosk.enroll(&biden()).assert_yes("enrolled");
    let (second, other) = (session.kiosk.token(&obama().probe), session.kiosk.token(&biden().probe));
    assert_ne!(session.token, second);
    assert_eq!(session.show(&second).json["user"]["id"], session.user);
    assert_eq!(session.show(&other).json["user"]["email"], biden().email);
}

#[test]
#[cfg(unix)]
fn files_and_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let kiosk = Kiosk::new();
    // Even for somebody whose own files are everybody's.
    let script = "umask 000 && exec \"$@\"";
    let data_dir = common::text(&kiosk.data_dir);
    let arguments = ["-c", script, "sh", common::BINARY, "token", "rotate", "--data-dir", data_dir];
    assert!(common::try_program("sh", &arguments).unwrap().status.success());
    // What somebody has opened to others is closed by the next start.
    let open = |path: &std::path::Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
    contents(&kiosk.data_dir).into_keys().chain([kiosk.data_dir.clone()]).for_each(|path| open(&path));
    kiosk.enroll(&obama()).assert_yes("enrolled");
    // An open connection keeps SQLite's own files beside the database: they hold the same data.
    let connection = common::open_database(&kiosk.database());
    connection.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0)).unwrap();
    kiosk.login(&obama().probe).assert_yes("recognized");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&kiosk.data_dir), 0o700);
    let files = contents(&kiosk.data_dir);
    assert!(files.len() == 6 && files.contains_key(&kiosk.key_file()), "{:?}", files.keys());
    for path in files.keys() {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
}

#[test]
fn pyjwt_verifies_a_token_with_the_exported_key() {
    let Some(python) = &python_with("import jwt; jwt.PyJWT") else {
        common::skip("no python with PyJWT");
        return;
    };
    let session = Session::open();
    let verify = "import json, jwt, sys; print(json.dumps(jwt.decode(sys.argv[1], sys.argv[2], \
        algorithms=['HS256'], issuer='mirilla', audience='mirilla-profile', options={'require': ['exp', 'iat', 'sub', 'jti']})))";
    let output = common::try_program(python, &["-c", verify, &session.token, &session.key]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let claims: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(claims["sub"], session.user);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);

    // And the other way: a token that PyJWT makes opens the profile; one of another key it does not verify.
    let issue =
        "import json, jwt, sys; print(jwt.encode(json.loads(sys.argv[1]), sys.argv[2], algorithm='HS256'), end='')";
    let claims = session.claims().to_string();
    let issued = common::try_program(python, &["-c", issue, &claims, &session.key]).unwrap();
    session.show(std::str::from_utf8(&issued.stdout).unwrap()).assert_yes("profile");
    let wrong = common::try_program(python, &["-c", verify, &session.token, &"0".repeat(64)]).unwrap();
    assert!(!wrong.status.success());
    eprintln!("verified by PyJWT of {python}");
}

#[test]
fn keys_of_both_kinds_live_side_by_side_and_only_public_ones_are_listed() {
    let session = Session::open();
    let jwks = || session.kiosk.ask(&["token", "jwks"]).assert_yes("jwks").json["keys"].as_array().unwrap().clone();
    assert!(jwks().is_empty(), "a shared secret is in no list");
    let rotated = session.kiosk.ask(&["token", "rotate", "--algorithm", "eddsa"]).assert_yes("rotated");
    assert_eq!(rotated.text("algorithm"), "EdDSA");
    let signed = session.kiosk.token(&obama().probe);
    let header = jsonwebtoken::decode_header(&signed).unwrap();
    assert_eq!((header.alg, header.kid.as_deref()), (Algorithm::EdDSA, Some(rotated.text("kid"))));
    session.show(&signed).assert_yes("profile");
    session.show(&session.token).assert_yes("profile");
    let keys = jwks();
    assert_eq!((keys.len(), &keys[0]["kid"], &keys[0]["crv"]), (1, &rotated.json["kid"], &json!("Ed25519")));
    assert_eq!(keys[0].as_object().unwrap().len(), 6, "kty, crv, x, kid, alg, use: no private half");
    let (exit, said, _) = session.kiosk.tell(&["token", "jwks"]);
    assert_eq!((exit, serde_json::from_str::<Value>(&said).unwrap()), (0, json!({"keys": keys})));
    // The kind stays until another is asked for; the one before stays in the list until its last token has ended.
    let next = session.kiosk.ask(&["token", "rotate"]).assert_yes("rotated");
    assert_eq!((next.text("algorithm"), jwks().len()), ("EdDSA", 2));
    session.kiosk.ask(&["token", "rotate", "--algorithm", "hs256"]).assert_yes("rotated");
    assert_eq!(jwks().len(), 2);
    session.show(&signed).assert_yes("profile");
    // What everybody knows is no secret to sign with.
    for secret in [keys[0]["x"].as_str().unwrap(), &keys[0].to_string(), header.kid.as_deref().unwrap()] {
        let mut forged = jsonwebtoken::Header::new(Algorithm::HS256);
        forged.kid.clone_from(&header.kid);
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        let forged = jsonwebtoken::encode(&forged, &session.claims(), &key).unwrap();
        session.assert_refused(&forged, "token_invalid");
        session.assert_refused(&signed_as_before(&session, secret), "token_invalid");
    }
}

fn signed_as_before(session: &Session, secret: &str) -> String {
    signed(Algorithm::HS256, &session.claims(), secret.as_bytes())
}

#[test]
fn pyjwt_verifies_a_token_with_the_public_keys() {
    let Some(python) = python_with("import jwt, cryptography; jwt.PyJWKSet") else {
        common::skip("no python with PyJWT and cryptography");
        return;
    };
    let session = Session::open();
    session.kiosk.ask(&["token", "rotate", "--algorithm", "eddsa"]).assert_yes("rotated");
    let (_, jwks, _) = session.kiosk.tell(&["token", "jwks"]);
    let token = session.kiosk.token(&obama().probe);
    let verify = "import json, jwt, sys
keys = jwt.PyJWKSet.from_json(sys.argv[2])
key = keys[jwt.get_unverified_header(sys.argv[1])['kid']]
print(json.dumps(jwt.decode(sys.argv[1], key.key, algorithms=['EdDSA'], issuer='mirilla', audience='mirilla-profile')))";
    let output = common::try_program(&python, &["-c", verify, &token, &jwks]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let claims: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(claims["sub"], session.user);
    // One that was altered, and one of a key that is not in the list, are refused.
    let mut altered = token.clone();
    altered.replace_range(
        token.len() - 10..token.len() - 9,
        if token.as_bytes()[token.len() - 10] == b'A' { "B" } else { "A" },
    );
    for token in [&altered, &session.token] {
        assert!(!common::try_program(&python, &["-c", verify, token, &jwks]).unwrap().status.success());
    }
    eprintln!("verified by PyJWT of {python}");
}

/// A Python that can do this.
fn python_with(script: &str) -> Option<String> {
    let given = std::env::var("MIRILLA_TEST_PYTHON").ok();
    let pythons = given.into_iter().chain(["python3", "/usr/bin/python3"].map(String::from));
    let can = |python: &String| common::try_program(python, &["-c", script]).is_some_and(|o| o.status.success());
    pythons.into_iter().find(can)
}

#[test]
fn a_session_that_was_ended_opens_nothing_and_others_go_on() {
    let kiosk = Kiosk::with(&obama());
    let [one, other] = [(); 2].map(|()| kiosk.token(&obama().probe));
    kiosk.ask(&["profile", "sign-out", "--token", &one]).assert_yes("signed_out");
    kiosk.ask(&["profile", "show", "--token", &one]).assert_no("token_expired");
    kiosk.ask(&["profile", "update", "--token", &one, "--name", "Somebody"]).assert_no("token_expired");
    kiosk.ask(&["profile", "sign-out", "--token", &one]).assert_no("token_expired");
    kiosk.ask(&["profile", "show", "--token", &other]).assert_yes("profile");
    let log = kiosk.ask(&["audit", "show", "--last", "2"]).assert_yes("listed");
    assert_eq!(log.json["events"][0]["kind"], "signed_out");
}

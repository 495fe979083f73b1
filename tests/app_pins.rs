//! PINs and consent at the kiosk: the app with its store, before a camera that plays portraits.

use std::sync::Arc;
use std::time::Duration;

use mirilla::app::App;
use mirilla::camera::playback::Playback;
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::{self, BIDEN};
use mirilla::person::{Digits, Pin};
use mirilla::session::{
    Event, Form, Guard, LookAlike, Means, Newcomer, Notice, OperatorPage, PinAsk, PinTrouble, Policy, ProfilePage,
    Reason, SignedIn, State,
};
use mirilla::settings::{Language, Settings};
use mirilla::store::{By, Role};
use sha2::{Digest as _, Sha256};

const NAME: &str = "Joe Biden";
const EMAIL: &str = "joe@example.org";
const PIN: &str = "739154";

fn start(folder: &tempfile::TempDir) -> App {
    let policy = Policy { pose_patience: Duration::ZERO, capture_spacing: Duration::ZERO, ..Policy::default() };
    let config = Config { policy, ..Config::new(Some(folder.path())).unwrap() };
    let open = || {
        let scene = vec![demo::scene(&[BIDEN]).unwrap()];
        Ok(Box::new(Playback::new(scene, Duration::from_millis(30))?) as Box<_>)
    };
    App::start(&config, Clock::start(), Arc::new(open), Arc::new(|| {})).unwrap()
}

fn handle(app: &mut App, events: impl IntoIterator<Item = Event>) {
    for event in events {
        app.handle(event).unwrap();
    }
}

fn turn_while(app: &mut App, waits: impl Fn(&State) -> bool) {
    let clock = Clock::start();
    while waits(app.state()) {
        assert!(clock.elapsed() < Duration::from_secs(60), "stuck in {:?}", app.state());
        app.turn(Duration::from_millis(20)).unwrap();
    }
}

fn form() -> Form {
    Form { name: NAME.into(), email: EMAIL.into(), ..Form::default() }
}

fn agree(app: &mut App) {
    let agreed = app.consent().of(Language::English).agreed_in(Language::English);
    handle(app, [Event::Agreed(agreed)]);
}

/// As far as the captures.
fn register(app: &mut App) {
    handle(app, [Event::RegistrationRequested, Event::FormChanged(form()), Event::Submitted]);
    agree(app);
}

fn enroll(app: &mut App) {
    register(app);
    turn_while(app, |state| matches!(state, State::Enrolling(_)));
    handle(app, [Event::Confirmed]);
}

fn type_pin(app: &mut App, digits: &str) {
    handle(app, [Event::PinChanged(Digits::of(digits)), Event::Submitted]);
}

fn look(app: &mut App) {
    handle(app, [Event::SignInRequested]);
    turn_while(app, |state| matches!(state, State::Identifying(_)));
}

fn page(app: &App) -> &ProfilePage {
    match app.state() {
        State::SignedIn(SignedIn { page, .. }) => page,
        other => panic!("not signed in: {other:?}"),
    }
}

fn trouble(app: &App) -> Option<PinTrouble> {
    match app.state() {
        State::Pin(entry) => entry.trouble,
        other => panic!("no PIN is asked for: {other:?}"),
    }
}

fn demand(app: &mut App, sign_in: Means) {
    let settings = Settings { sign_in, ..app.settings().clone() };
    app.change_settings(settings, None).unwrap();
}

#[test]
fn somebody_registers_and_signs_in_without_a_face_and_may_add_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    register(&mut app);
    assert!(matches!(app.state(), State::Enrolling(_)));
    handle(&mut app, [Event::WithoutFace]);
    assert!(app.camera_status().is_none(), "the camera is off");
    type_pin(&mut app, PIN);
    type_pin(&mut app, "739155");
    assert_eq!(trouble(&app), Some(PinTrouble::NotTheSame));
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    let State::Enrolled { user, .. } = *app.state() else { panic!("{:?}", app.state()) };
    assert_eq!(app.desk().store().reference(user).unwrap(), None);

    handle(&mut app, [Event::Canceled, Event::PinSignInRequested, Event::FormChanged(form()), Event::Submitted]);
    type_pin(&mut app, "739155");
    assert_eq!(trouble(&app), Some(PinTrouble::Refused(Reason::PinWrong)));
    type_pin(&mut app, PIN);
    assert_eq!(page(&app), &ProfilePage::Overview(None));
    handle(&mut app, [Event::HistoryRequested]);
    let kinds: Vec<&str> = app.history().iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["signed_in", "declined", "pin_set", "consented", "enrolled"]);
    handle(&mut app, [Event::WentBack]);
    assert!(app.history().is_empty());

    // Whoever finds the session open does not add a face of his own.
    let token = app.session().unwrap().token.clone();
    handle(&mut app, [Event::RenewalRequested]);
    assert!(matches!(app.state(), State::Pin(entry) if matches!(entry.ask, PinAsk::Own(..))), "{:?}", app.state());
    type_pin(&mut app, PIN);
    turn_while(&mut app, |state| matches!(state, State::Enrolling(_)));
    let State::Reviewing { enrollment, .. } = app.state().clone() else { panic!("{:?}", app.state()) };
    handle(&mut app, [Event::Confirmed]);
    assert_eq!(page(&app), &ProfilePage::Overview(Some(Notice::Renewed)));
    // The desk refuses it as well, whatever a screen may do.
    let policy = app.policy().clone();
    app.desk().set_pin(user, Some(&PIN.parse().unwrap()), false, By::Operator).unwrap();
    let other: Pin = "739155".parse().unwrap();
    let set = |app: &mut App| app.desk().set_own_pin(&token, &other).unwrap().map_err(|refusal| refusal.reason);
    assert_eq!(set(&mut app), Err(Reason::PinNeeded), "the PIN was given for the face");
    app.desk().check_own_pin(&token, &PIN.parse().unwrap(), &policy).unwrap().unwrap();
    assert_eq!((set(&mut app), set(&mut app)), (Ok(()), Err(Reason::PinNeeded)));
    app.desk().renew_own(&token, &enrollment, &policy).unwrap().unwrap();
    handle(&mut app, [Event::Canceled]);
    look(&mut app);
    assert_eq!(page(&app), &ProfilePage::Overview(None), "now the face signs in as well");
}

#[test]
fn where_both_are_asked_for_the_face_leads_to_the_pin_and_not_past_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    demand(&mut app, Means::FaceAndPin);
    register(&mut app);
    handle(&mut app, [Event::WithoutFace]);
    assert!(matches!(app.state(), State::Enrolling(_)), "nobody registers without one of both");
    turn_while(&mut app, |state| matches!(state, State::Enrolling(_)));
    handle(&mut app, [Event::Confirmed]);
    assert!(app.desk().store().users().unwrap().is_empty(), "not before the PIN is chosen");
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    assert!(matches!(app.state(), State::Enrolled { .. }), "{:?}", app.state());

    look(&mut app);
    assert!(matches!(app.state(), State::Pin(entry) if matches!(entry.ask, PinAsk::AfterFace(..))));
    handle(&mut app, [Event::WentBack]);
    let left = app.desk().store().events().unwrap().pop().unwrap();
    assert_eq!((left.kind.as_str(), left.reason.as_deref()), ("declined", Some("left_at_pin")));
    assert!(left.user.is_some() && left.score.is_some(), "whose face it was is told");
    look(&mut app);
    type_pin(&mut app, "739155");
    assert_eq!((trouble(&app), app.session().is_none()), (Some(PinTrouble::Refused(Reason::PinWrong)), true));
    type_pin(&mut app, PIN);
    assert_eq!(page(&app), &ProfilePage::Overview(None));

    // Whoever has none is told so; the PIN alone does not do.
    handle(&mut app, [Event::Canceled, Event::PinSignInRequested, Event::FormChanged(form()), Event::Submitted]);
    type_pin(&mut app, PIN);
    assert!(matches!(app.state(), State::Declined { reason: Reason::FaceNeeded, .. }), "{:?}", app.state());
    let user = app.desk().store().users().unwrap()[0].id;
    app.desk().set_pin(user, None, false, By::Operator).unwrap();
    handle(&mut app, [Event::Canceled]);
    look(&mut app);
    assert!(matches!(app.state(), State::Declined { reason: Reason::PinNotSet, .. }), "{:?}", app.state());
}

#[test]
fn where_a_pin_is_asked_for_alone_no_camera_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    demand(&mut app, Means::Pin);
    register(&mut app);
    assert!(app.camera_status().is_none());
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    assert!(matches!(app.state(), State::Enrolled { .. }), "{:?}", app.state());
    handle(&mut app, [Event::SignInRequested, Event::FormChanged(form()), Event::Submitted]);
    assert!(app.camera_status().is_none());
    type_pin(&mut app, PIN);
    assert_eq!(page(&app), &ProfilePage::Overview(None));
}

#[test]
fn whoever_agreed_to_another_text_is_asked_anew_and_stays_out_of_the_profile_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    enroll(&mut app);
    look(&mut app);
    assert_eq!(page(&app), &ProfilePage::Overview(None));
    let user = app.desk().store().users().unwrap()[0].id;
    let before = app.desk().store().consent(user).unwrap().expect("what was agreed to");
    drop(app);

    std::fs::write(folder.path().join("consent.en.txt"), "Library\n\nWe keep your face.\n").unwrap();
    let mut app = start(&folder);
    look(&mut app);
    assert_eq!(page(&app), &ProfilePage::Agreeing);
    handle(&mut app, [Event::HistoryRequested, Event::EditRequested(form()), Event::RenewalRequested]);
    assert_eq!(page(&app), &ProfilePage::Agreeing);
    // Nor does the desk do more for the token, whatever a screen may ask for.
    let (token, policy) = (app.session().unwrap().token.clone(), app.policy().clone());
    let rename = |app: &mut App| {
        let name = "Somebody Else".parse().unwrap();
        app.desk().update_profile(&token, Some(&name), None, &policy).unwrap().map(drop).map_err(|no| no.reason)
    };
    let history = |app: &mut App| app.desk().history(&token, 9, &policy).unwrap().map(drop).map_err(|no| no.reason);
    assert_eq!((rename(&mut app), history(&mut app)), (Err(Reason::ConsentNeeded), Err(Reason::ConsentNeeded)));
    agree(&mut app);
    assert_eq!((rename(&mut app), history(&mut app)), (Ok(()), Ok(())));
    assert_eq!(page(&app), &ProfilePage::Overview(None));
    let after = app.desk().store().consent(user).unwrap().expect("what was agreed to");
    let shown = app.consent().of(Language::English).text.clone();
    assert_eq!(shown, "Library\n\nWe keep your face.");
    let digest: String = Sha256::digest(&shown).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((after.digest.as_str(), after.language.as_str()), (digest.as_str(), "en"));
    assert_ne!(before.digest, after.digest);
    for consent in [&before, &after] {
        assert_eq!(consent.until.duration_since(consent.at).as_hours(), 1095 * 24);
        let ago = jiff::Timestamp::now().duration_since(consent.at).as_secs();
        assert!((0..600).contains(&ago), "{ago}");
    }
    let date = jiff::Timestamp::now().strftime("%Y-").to_string();
    assert!(before.version.as_deref() == Some("2") && after.version.unwrap().starts_with(&date));
    handle(&mut app, [Event::Canceled]);
    look(&mut app);
    assert_eq!(page(&app), &ProfilePage::Overview(None), "once is enough");
}

#[test]
fn the_operators_pages_open_to_the_pin_that_was_chosen_first_and_wrong_ones_begin_a_wait() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    let open = |app: &mut App| handle(app, [Event::Canceled, Event::OperatorRequested(OperatorPage::Health)]);
    open(&mut app);
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    assert!(matches!(app.state(), State::Operator { page: OperatorPage::Health, .. }), "{:?}", app.state());
    drop(app);

    let mut app = start(&folder);
    open(&mut app);
    for _ in 0..5 {
        type_pin(&mut app, "739155");
    }
    assert_eq!(trouble(&app), Some(PinTrouble::Refused(Reason::PinWrong)));
    type_pin(&mut app, PIN);
    let wait = |app: &App| matches!(app.state(), State::Declined { reason: Reason::TooManyAttempts, .. });
    assert!(wait(&app), "{:?}", app.state());
    handle(&mut app, [Event::Retried]);
    assert!(wait(&app), "not before its time");
    let log = app.desk().store().events().unwrap();
    let declined: Vec<_> = log.iter().skip_while(|event| event.kind != "role_declined").collect();
    assert!(declined.iter().all(|event| event.kind == "role_declined"), "{declined:?}");
    let reasons: Vec<_> = declined.iter().filter_map(|event| event.reason.as_deref()).collect();
    assert_eq!(reasons, ["pin_wrong", "pin_wrong", "pin_wrong", "pin_wrong", "pin_wrong", "too_many_attempts"]);
    drop(app);

    let mut app = start(&folder);
    open(&mut app);
    type_pin(&mut app, PIN);
    assert!(wait(&app), "a new start does not end it");
    // Nobody else is held up.
    enroll(&mut app);
    look(&mut app);
    assert_eq!(page(&app), &ProfilePage::Overview(None));
}

#[test]
fn the_operators_pin_is_changed_at_the_kiosk_and_the_log_tells_of_it() {
    const OTHER: &str = "739155";
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    handle(&mut app, [Event::OperatorRequested(OperatorPage::Place)]);
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    app.desk().set_role_pin(Role::Auditor, Some(&OTHER.parse().unwrap())).unwrap();
    handle(&mut app, [Event::PinChangeRequested]);
    type_pin(&mut app, OTHER);
    assert_eq!(trouble(&app), Some(PinTrouble::Refused(Reason::OperatorNeeded)));
    type_pin(&mut app, PIN);
    type_pin(&mut app, OTHER);
    type_pin(&mut app, OTHER);
    assert_eq!(trouble(&app), Some(PinTrouble::OfAuditor));
    type_pin(&mut app, "739156");
    type_pin(&mut app, "739156");
    assert_eq!(app.state(), &State::Operator { page: OperatorPage::Place, removing: None, pin_changed: true });
    let log = app.desk().store().events().unwrap();
    let last = log.last().unwrap();
    assert_eq!((last.kind.as_str(), last.reason.as_deref()), ("role_pin_set", Some("operator")));
    handle(&mut app, [Event::Canceled, Event::OperatorRequested(OperatorPage::Health)]);
    type_pin(&mut app, PIN);
    assert_eq!(trouble(&app), Some(PinTrouble::Refused(Reason::PinWrong)), "the one before opens nothing");
    type_pin(&mut app, "739156");
    assert!(matches!(app.state(), State::Operator { .. }), "{:?}", app.state());
}

#[test]
fn where_the_operator_wants_the_pin_the_desk_refuses_changes_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    enroll(&mut app);
    let settings = Settings { changes: Guard::WithPin, ..app.settings().clone() };
    app.change_settings(settings, None).unwrap();
    look(&mut app);
    let (token, policy) = (app.session().unwrap().token.clone(), app.policy().clone());
    let name = "Joseph".parse().unwrap();
    let rename = |app: &mut App| app.desk().update_profile(&token, Some(&name), None, &policy).unwrap().map(drop);
    assert_eq!(rename(&mut app).unwrap_err().reason, Reason::PinNeeded);
    assert_eq!(app.desk().remove_own(&token, &policy).unwrap().unwrap_err().reason, Reason::PinNeeded);

    handle(&mut app, [Event::RenewalRequested]);
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    turn_while(&mut app, |state| matches!(state, State::Enrolling(_)));
    let State::Reviewing { enrollment, .. } = app.state().clone() else { panic!("{:?}", app.state()) };
    handle(&mut app, [Event::Confirmed]);
    assert_eq!(page(&app), &ProfilePage::Overview(Some(Notice::Renewed)));
    assert!(rename(&mut app).is_ok(), "it is remembered while the session is open");
    handle(&mut app, [Event::Canceled]);
    look(&mut app);
    let (token, user) = (app.session().unwrap().token.clone(), app.session().unwrap().user.id);
    let renewed = app.desk().renew_own(&token, &enrollment, &policy).unwrap().unwrap_err();
    assert_eq!((renewed.reason, app.desk().remove_own(&token, &policy).unwrap().is_err()), (Reason::PinNeeded, true));
    handle(&mut app, [Event::RemovalRequested]);
    type_pin(&mut app, "739155");
    assert_eq!(trouble(&app), Some(PinTrouble::Refused(Reason::PinWrong)));
    type_pin(&mut app, PIN);
    handle(&mut app, [Event::RemovalConfirmed]);
    assert_eq!(app.state(), &State::Removed);
    assert_eq!(app.desk().store().user(user).unwrap(), None);
}

#[test]
fn whoever_has_no_use_of_the_camera_is_enrolled_by_the_operator_without_a_face() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    demand(&mut app, Means::FaceAndPin);
    handle(&mut app, [Event::OperatorRequested(OperatorPage::People)]);
    type_pin(&mut app, "739156");
    type_pin(&mut app, "739156");
    register(&mut app);
    assert!(matches!(app.state(), State::Enrolling(_)), "{:?}", app.state());
    handle(&mut app, [Event::WithoutFace]);
    type_pin(&mut app, PIN);
    type_pin(&mut app, PIN);
    let State::Enrolled { user, .. } = *app.state() else { panic!("{:?}", app.state()) };
    assert!(app.desk().store().reference(user).unwrap().is_none());
    assert!(app.desk().store().pin(user).unwrap().is_some_and(|pin| pin.alone));
    let kinds: Vec<_> = app.desk().store().events().unwrap().into_iter().map(|event| event.kind).collect();
    assert!(kinds.ends_with(&["pin_set".into(), "pin_alone".into()]), "{kinds:?}");
    handle(&mut app, [Event::Canceled, Event::PinSignInRequested, Event::FormChanged(form()), Event::Submitted]);
    type_pin(&mut app, PIN);
    assert_eq!(page(&app), &ProfilePage::Overview(None));

    // The desk takes nobody else without a face, whatever a screen may do.
    let (name, email, policy) = (NAME.parse().unwrap(), "jill@example.org".parse().unwrap(), app.policy().clone());
    let newcomer = Newcomer { name, email, look_alike: LookAlike::Declined, excused: false, consent: None };
    let pin = PIN.parse().unwrap();
    assert_eq!(app.desk().admit(newcomer, None, Some(&pin), &policy).unwrap(), Err(Reason::FaceNeeded));
}

#[test]
fn no_file_of_a_kiosk_gives_away_what_was_registered_chosen_agreed_to_or_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(&folder);
    enroll(&mut app);
    let user = app.desk().store().users().unwrap()[0].id;
    app.desk().set_pin(user, Some(&PIN.parse().unwrap()), false, By::Person).unwrap();
    app.change_settings(Settings { patience: 2, ..app.settings().clone() }, None).unwrap();
    mirilla::selftest::Kept::default().save(folder.path()).unwrap();
    look(&mut app);
    let store = app.desk().store();
    let reference = store.whole_reference(user).unwrap().unwrap();
    let faces = reference.samples.iter().map(|(face, _)| face).chain([reference.template.embedding()]);
    let mut secrets: Vec<Vec<u8>> =
        faces.flat_map(|face| face.to_bytes().chunks(32).map(Vec::from).collect::<Vec<_>>()).collect();
    assert_eq!(secrets.len(), 4 * 16);
    let key = store.token_keys().unwrap()[0].secret.to_string();
    let (pin, consent) = (store.pin(user).unwrap().unwrap(), store.consent(user).unwrap().unwrap());
    let session = app.session().unwrap().token.clone();
    let words = ["Biden", "joe@", PIN, pin.hash.as_str(), &consent.digest, &key, &session, &user.0.to_string()];
    secrets.extend(words.map(|word| word.as_bytes().to_vec()));
    secrets.push(user.0.as_bytes().to_vec());
    // While the kiosk runs, with SQLite's log, and afterwards.
    let search = |files: &[&str]| {
        let mut found: Vec<String> = vec![];
        for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let bytes = std::fs::read(entry.path()).unwrap();
            for secret in &secrets {
                let is_in = bytes.windows(secret.len()).any(|part| part == secret);
                assert!(!is_in, "{:?} is in {:?}", String::from_utf8_lossy(secret), entry.file_name());
            }
            found.push(entry.file_name().into_string().unwrap());
        }
        found.sort_unstable();
        assert_eq!(found, files);
    };
    let (database, others) =
        ("mirilla.db", ["selftest.json", "settings.toml", "store.key", "store.lock", "store.toml"]);
    search(&[&[database, "mirilla.db-shm", "mirilla.db-wal"], &others[..]].concat());
    drop(app);
    search(&[&[database], &others[..]].concat());
}

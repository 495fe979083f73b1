//! What the shell holds, as the screens show it.

use std::sync::Arc;

use egui::IconData;
use jiff::tz::TimeZone;

use crate::app::{App, AppError, ListedUser};
use crate::desk::Profile;
use crate::session::Reason;
use crate::store::LoggedEvent;
use crate::ui::{HistoryLine, ListedPerson, Message, ProfileView, SelfTestView, Value, Words, trouble_key};
use crate::worker::{CameraPhase, CameraStatus};

pub(super) fn profile(profile: &Profile, history: &[LoggedEvent], zone: &TimeZone) -> ProfileView {
    ProfileView {
        name: profile.user.name.clone(),
        email: profile.user.email.clone(),
        enrolled_at: zone.to_datetime(profile.user.created_at),
        last_sign_in: profile.last_sign_in.map(|time| zone.to_datetime(time)),
        history: history.iter().map(|event| history_line(event, zone)).collect(),
    }
}

/// What was measured of the signs of life at the level that is set.
pub(super) fn self_test(app: &App, zone: &TimeZone) -> SelfTestView {
    let test = app.measured().cloned();
    let counted_at = test.as_ref().and_then(|test| moment(test.changed_at, zone));
    SelfTestView { standing: app.self_test(), test, counted_at }
}

/// A time that is kept in seconds.
pub(super) fn moment(seconds: i64, zone: &TimeZone) -> Option<jiff::civil::DateTime> {
    Some(zone.to_datetime(jiff::Timestamp::from_second(seconds).ok()?))
}

fn history_line(event: &LoggedEvent, zone: &TimeZone) -> HistoryLine {
    let key = match (event.kind.as_str(), event.reason.as_deref()) {
        ("signed_in", None) => "history-by-face",
        ("signed_in", Some("pin")) => "history-by-pin",
        ("signed_in", Some(_)) => "history-by-both",
        ("declined", Some("left_at_pin")) => "history-left-at-pin",
        ("declined", Some(reason)) if is_for_want_of_life(reason) => "history-no-life",
        ("declined", _) => "history-wrong-pin",
        ("signed_out", _) => "history-signed-out",
        ("enrolled", _) => "history-enrolled",
        ("reference_renewed", Some("operator")) => "history-renewed-by-operator",
        ("reference_renewed", _) => "history-renewed",
        ("profile_changed", _) => "history-changed",
        ("pin_set", Some("operator")) => "history-pin-set-by-operator",
        ("pin_set", _) => "history-pin-set",
        ("pin_given", _) => "history-pin-given",
        ("pin_removed", _) => "history-pin-removed",
        ("pin_alone", _) => "history-pin-alone",
        ("pin_not_alone", _) => "history-pin-not-alone",
        ("consented", _) => "history-agreed",
        ("exported", _) => "history-exported",
        _ => "history-other",
    };
    HistoryLine {
        at: zone.to_datetime(event.at),
        key,
        odd: ["history-wrong-pin", "history-left-at-pin", "history-no-life"].contains(&key),
    }
}

/// Whether somebody was recognized, and then did not show to be there.
fn is_for_want_of_life(reason: &str) -> bool {
    [Reason::PhotoSuspected, Reason::LivenessUnclear].iter().any(|want| reason.starts_with(want.code()))
}

pub(super) fn person(listed: &ListedUser, zone: &TimeZone) -> ListedPerson {
    ListedPerson {
        user: listed.user.id,
        name: listed.user.name.as_str().into(),
        email: listed.user.email.as_str().into(),
        enrolled_at: zone.to_datetime(listed.user.created_at),
        last_sign_in: listed.last_sign_in.map(|time| zone.to_datetime(time)),
        looks_like: listed.looks_like.as_ref().map(|other| other.name.as_str().into()),
    }
}

pub(super) fn camera_status(words: &Words, status: &CameraStatus) -> String {
    if let CameraPhase::Trouble(trouble) = status.phase {
        return words.text(&format!("trouble-{}-try", trouble_key(trouble)));
    }
    let fps = format!("{:.0}", status.fps);
    words.with(
        "camera-figures",
        &[
            ("source", Value::Text(status.source.as_deref().unwrap_or("…"))),
            ("fps", Value::Text(&fps)),
            ("frames", Value::count(status.frames)),
            ("bad", Value::count(status.bad_frames)),
        ],
    )
}

/// What keeps the kiosk from working, for whoever looks after it.
pub(super) fn failure(error: &AppError) -> Message {
    match error {
        AppError::RecognitionStopped => Message::new("failure-recognition"),
        other => Message::said(other),
    }
}

/// The program's sign: a peephole of brass with a light in it.
pub(super) fn app_icon() -> Arc<IconData> {
    const SIZE: usize = 128;
    let mut rgba = Vec::with_capacity(SIZE * SIZE * 4);
    for y in 0..SIZE {
        for x in 0..SIZE {
            let (dx, dy) = (x as f32 - 63.5, y as f32 - 63.5);
            let distance = dx.hypot(dy);
            let light = (1.0 - (dx + 16.0).hypot(dy + 20.0) / 60.0).clamp(0.0, 1.0);
            let glass = [18.0 + 40.0 * light, 28.0 + 120.0 * light, 29.0 + 110.0 * light];
            let color = if distance < 40.0 { glass } else { [226.0, 178.0, 98.0] };
            // One pixel of soft edge.
            let alpha = (62.0 - distance).clamp(0.0, 1.0) * 255.0;
            rgba.extend(color.map(|channel| channel as u8));
            rgba.push(alpha as u8);
        }
    }
    Arc::new(IconData { rgba, width: SIZE as u32, height: SIZE as u32 })
}

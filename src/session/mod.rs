//! What happens next: a state machine without clock, thread, or disk. [`Kiosk::step`] takes the time as an
//! argument and returns what is to be done; the shell (`app`) does it and reports back as the next event.

pub mod attempts;
mod capturing;
pub mod enrollment;
mod form;
pub mod identification;
mod kiosk;
pub mod liveness;
mod looks;
pub mod pin;
mod policy;
mod reason;
pub mod retention;
mod score_model;
mod sitting;
mod state;
mod step;
#[cfg(test)]
mod tests;

pub use attempts::{Attempts, Miss, Moment};
pub use capturing::{Challenging, Enrolling, Identifying, Pose};
pub use enrollment::{CAPTURES, Capture, Enrollment, LookAlike};
pub use form::{Consent, Form, Newcomer};
pub use identification::Decision;
pub use kiosk::{IdleWarning, Kiosk};
pub use liveness::{Ask, Challenge, LivenessLevel, Order};
pub use pin::{Chooser, Errand, Holds, PinAsk, PinEntry, PinOf, PinTrouble, Proof, Way};
pub use policy::{EnrollmentBy, EnrollmentLiveness, FaceAlone, Guard, Guards, Means, Policy, Strictness};
pub use reason::Reason;
pub use score_model::{MEASURED, ScoreModel};
pub use sitting::{End, Sitting};
pub use state::{Decline, Effect, Event, Notice, OperatorPage, ProfilePage, Purpose, SignedIn, State, Wanted};

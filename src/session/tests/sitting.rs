//! Presentations with people in memory alone.

use std::time::Duration;

use crate::biometrics::liveness::Detail;
use crate::biometrics::{Finding, Gallery, Observation};
use crate::session::{End, LivenessLevel, Means, Order, Policy, Reason, Sitting, State};

#[test]
fn somebody_is_enrolled_by_the_steps_of_a_visitor_and_nobody_before_the_camera_is_not() {
    let policy = Policy::default();
    let mut sitting = Sitting::enrolling(&policy, Duration::from_secs(5));
    assert!(matches!(sitting.state(), State::Enrolling(_)));
    assert_eq!(sitting.detail(), Some(Detail::Passive), "as at a registration");
    sitting.tick(Duration::from_secs(100));
    assert!(matches!(sitting.end(), Some(End::Declined(_) | End::Left)));
}

#[test]
fn a_presentation_that_nobody_sees_ends_with_the_time_of_a_visitor() {
    let order = Order::drawn(|_| 0);
    for level in [LivenessLevel::Passive, LivenessLevel::ActiveWithPin] {
        let gallery = Gallery::default();
        let policy = Policy { sign_in: Means::Pin, face_unproven: true, ..Policy::default() };
        let mut sitting = Sitting::presenting(&policy, level, gallery, order, Duration::from_secs(5));
        assert!(matches!(sitting.state(), State::Identifying(_)), "by the face, whatever else is asked for");
        let at = Duration::from_secs(6);
        let nobody = Observation { captured_at: at, frame_digest: 1, finding: Finding::NoFace(None), life: None };
        sitting.observe(nobody, at);
        assert_eq!((sitting.hint(), sitting.end()), (Some(Reason::NoFace), None));
        sitting.tick(Duration::from_secs(5) + policy.identification_timeout);
        assert_eq!(sitting.end().and_then(End::reason), Some(Reason::NoFace));
    }
}

//! Why the answer is no.

use crate::biometrics::Shortcoming;

/// Why a frame does not help, or an enrollment or a sign-in was declined. An answer, not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody is in the picture.
    NoFace,
    /// Several people of nearly the same size.
    SeveralFaces,
    /// Too far away.
    FaceTooSmall,
    /// Turned away, up, or down.
    FaceTurned,
    /// The picture's edge cuts the face.
    FaceCutOff,
    /// Too little light on the face.
    TooDark,
    /// Too much light on the face.
    TooBright,
    /// Out of focus or moving.
    TooBlurred,
    /// Not to be made out: covered, badly lit or turned, none of it enough to be named.
    FaceUnclear,
    /// The same picture again: a photo given twice, or a frozen camera.
    SamePicture,
    /// The captures of one enrollment show different people.
    NotOnePerson,
    /// A picture of somebody, it seems: on paper, or on a screen.
    PhotoSuspected,
    /// Whether a living person is there could not be told.
    LivenessUnclear,
    /// Nobody enrolled comes close enough.
    NotRecognized,
    /// Two people come about equally close.
    Ambiguous,
    /// Too many tries to sign in have failed: nobody is looked for for a while.
    TooManyAttempts,
    /// Not the PIN of this account, or there is no such account, or it has none: it is not said which.
    PinWrong,
    /// The face was recognized, a PIN is asked for as well, and this account has none.
    PinNotSet,
    /// The PIN of the account is asked for before it is changed.
    PinNeeded,
    /// It is the auditor's PIN, and the operator's is asked for.
    OperatorNeeded,
    /// The face is asked for as well; whether the PIN is right is not said.
    FaceNeeded,
    /// What the person agreed to does not hold any more, and nobody can ask here.
    ConsentNeeded,
    /// Another user has this face, or one that cannot be told from it.
    AlreadyEnrolled,
    /// Another user has the e-mail address.
    EmailTaken,
    /// The person took too long.
    TimedOut,
    /// The token's time is over.
    TokenExpired,
    /// The token's time has not begun.
    TokenNotYetValid,
    /// The token is altered, foreign, or none.
    TokenInvalid,
    /// The user of the token is gone.
    UserRemoved,
    /// No user has this e-mail address.
    UserUnknown,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::NoFace,
        Self::SeveralFaces,
        Self::FaceTooSmall,
        Self::FaceTurned,
        Self::FaceCutOff,
        Self::TooDark,
        Self::TooBright,
        Self::TooBlurred,
        Self::FaceUnclear,
        Self::SamePicture,
        Self::NotOnePerson,
        Self::PhotoSuspected,
        Self::LivenessUnclear,
        Self::NotRecognized,
        Self::Ambiguous,
        Self::TooManyAttempts,
        Self::PinWrong,
        Self::PinNotSet,
        Self::PinNeeded,
        Self::OperatorNeeded,
        Self::FaceNeeded,
        Self::ConsentNeeded,
        Self::AlreadyEnrolled,
        Self::EmailTaken,
        Self::TimedOut,
        Self::TokenExpired,
        Self::TokenNotYetValid,
        Self::TokenInvalid,
        Self::UserRemoved,
        Self::UserUnknown,
    ];

    /// The word that programs read.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::SeveralFaces => "several_faces",
            Self::FaceTooSmall => "face_too_small",
            Self::FaceTurned => "face_turned",
            Self::FaceCutOff => "face_cut_off",
            Self::TooDark => "too_dark",
            Self::TooBright => "too_bright",
            Self::TooBlurred => "too_blurred",
            Self::FaceUnclear => "face_unclear",
            Self::SamePicture => "same_picture",
            Self::NotOnePerson => "not_one_person",
            Self::PhotoSuspected => "photo_suspected",
            Self::LivenessUnclear => "liveness_unclear",
            Self::NotRecognized => "not_recognized",
            Self::Ambiguous => "ambiguous",
            Self::TooManyAttempts => "too_many_attempts",
            Self::PinWrong => "pin_wrong",
            Self::PinNotSet => "pin_not_set",
            Self::PinNeeded => "pin_needed",
            Self::OperatorNeeded => "operator_needed",
            Self::FaceNeeded => "face_needed",
            Self::ConsentNeeded => "consent_needed",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::EmailTaken => "email_taken",
            Self::TimedOut => "timed_out",
            Self::TokenExpired => "token_expired",
            Self::TokenNotYetValid => "token_not_yet_valid",
            Self::TokenInvalid => "token_invalid",
            Self::UserRemoved => "user_removed",
            Self::UserUnknown => "user_unknown",
        }
    }

    /// What it means and what to do about it, in one sentence.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::NoFace => "No face was found: look into the camera.",
            Self::SeveralFaces => "Several people are in the picture: one person at a time.",
            Self::FaceTooSmall => "The face is too small: come closer.",
            Self::FaceTurned => "The face is turned away: look straight into the camera.",
            Self::FaceCutOff => "The picture's edge cuts the face: move to the middle.",
            Self::TooDark => "The face is too dark: turn to the light.",
            Self::TooBright => "The face is too bright: turn away from the strong light.",
            Self::TooBlurred => "The face is blurred: hold still, and wipe the lens.",
            Self::FaceUnclear => {
                "The face cannot be made out well: uncover it, look into the camera, and let light fall on it."
            }
            Self::SamePicture => "The same picture came twice: three different ones are needed.",
            Self::NotOnePerson => "The pictures do not show one and the same person.",
            Self::PhotoSuspected => "This seems to be a picture: show your own face, with nothing around it.",
            Self::LivenessUnclear => {
                "It could not be told whether you are there: follow what is asked, or sign in with your PIN."
            }
            Self::NotRecognized => "Nobody enrolled was recognized: try once more in better light, or register.",
            Self::Ambiguous => {
                "Two enrolled people look too much alike, or one is enrolled twice: try once more, or ask at the desk."
            }
            Self::TooManyAttempts => "Too many tries have failed: wait a little, then try again.",
            Self::PinWrong => "The PIN is not right: try again.",
            Self::PinNotSet => "A PIN is asked for as well, and this account has none: ask at the desk.",
            Self::PinNeeded => "The PIN of the account is asked for before that: give it, or choose one first.",
            Self::OperatorNeeded => {
                "This is the auditor's PIN, which opens the log alone: the operator's is needed here."
            }
            Self::FaceNeeded => "Face and PIN are asked for: sign in with the camera, or ask at the desk.",
            Self::ConsentNeeded => {
                "What this person agreed to is over, or has changed: sign in at the kiosk, which asks anew."
            }
            Self::AlreadyEnrolled => {
                "Somebody with this face is already enrolled: sign in, or ask at the desk if that is another person."
            }
            Self::EmailTaken => "Somebody is already enrolled with this e-mail address.",
            Self::TimedOut => "It took too long: start again.",
            Self::TokenExpired => "The session has ended: sign in again.",
            Self::TokenNotYetValid => "The token is not valid yet: the clock was set back.",
            Self::TokenInvalid => "The token is not valid: sign in again.",
            Self::UserRemoved => "This user has been removed.",
            Self::UserUnknown => "Nobody is enrolled with this e-mail address.",
        }
    }
}

impl From<Shortcoming> for Reason {
    fn from(shortcoming: Shortcoming) -> Self {
        match shortcoming {
            Shortcoming::FaceCutOff => Self::FaceCutOff,
            Shortcoming::FaceTooSmall => Self::FaceTooSmall,
            Shortcoming::FaceTurned => Self::FaceTurned,
            Shortcoming::TooDark => Self::TooDark,
            Shortcoming::TooBright => Self::TooBright,
            Shortcoming::TooBlurred => Self::TooBlurred,
            Shortcoming::FaceUnclear => Self::FaceUnclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_reason_has_a_code_and_a_sentence_of_its_own() {
        let codes: HashSet<_> = Reason::ALL.map(Reason::code).into();
        let sentences: HashSet<_> = Reason::ALL.map(Reason::explanation).into();
        assert_eq!((codes.len(), sentences.len()), (Reason::ALL.len(), Reason::ALL.len()));
        assert!(Reason::ALL.iter().all(|reason| reason.explanation().ends_with('.')));
    }
}

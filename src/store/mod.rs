//! What is kept: users, their references, and what happened. Nothing is ever half there.

pub mod data_dir;
mod key_place;
mod lock;
mod sqlite;

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::biometrics::{Embedding, Gallery, Quality, Template, UserId};
use crate::error::StoreError;
use crate::keys::PinHash;
use crate::person::{EmailAddress, PersonName};

pub use sqlite::{Amend, BackupKey, LostKey, SqliteStore, Verified, backup, key_file, key_source, rekey, restore};

/// Samples that make a reference.
pub const SAMPLES: usize = 3;

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Names it for good.
    pub id: UserId,
    /// May change.
    pub name: PersonName,
    /// May change; no two users share one.
    pub email: EmailAddress,
    /// Enrolled at.
    pub created_at: Timestamp,
    /// Last change of name or e-mail.
    pub updated_at: Timestamp,
}

/// What is stored of a face.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The network, and all before it, that made the embeddings.
    pub network_id: String,
    /// The fused embedding that probes are compared with.
    pub template: Template,
    /// What it was fused from.
    pub samples: [(Embedding, Quality); SAMPLES],
    /// Made at.
    pub created_at: Timestamp,
}

/// What is told of a user's reference without its embeddings.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceSummary {
    /// The network that made it.
    pub network_id: String,
    /// Made at.
    pub created_at: Timestamp,
    /// What was measured on its samples.
    pub quality: Vec<Quality>,
}

/// What comes with a new user beside the face.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Admission {
    /// The PIN that was chosen.
    pub pin: Option<PinHash>,
    /// Whether it signs in by itself.
    pub alone: bool,
    /// What was agreed to.
    pub consent: Option<ConsentRow>,
    /// Whether an operator let somebody in who may look like a person enrolled.
    pub look_alike: bool,
}

/// A user's PIN, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PinRow {
    /// What is kept of it.
    pub hash: PinHash,
    /// Whether it signs in by itself also where the kiosk wants the face as well: an operator has said so.
    pub alone: bool,
    /// Chosen at.
    pub set_at: Timestamp,
}

/// What a person has agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRow {
    /// SHA-256 of the text that was shown, in hexadecimal digits.
    pub digest: String,
    /// Its version, or its date; an earlier version of the program kept none.
    pub version: Option<String>,
    /// The language of the text (BCP 47).
    pub language: String,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Who runs the kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looks after people and settings; may do whatever an auditor may.
    Operator,
    /// Reads what happened.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Operator, Self::Auditor];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Auditor => "auditor",
        }
    }
}

/// Who changed something of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Its person.
    Person,
    /// Somebody who runs the kiosk.
    Operator,
}

impl By {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Operator => "operator",
        }
    }
}

/// Whether a change could be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Change<T> {
    /// It is stored.
    Done(T),
    /// Another user has the e-mail address; nothing was changed.
    EmailTaken,
    /// There is no such user; nothing was changed.
    NoSuchUser,
}

impl<T> Change<T> {
    /// The same answer with another value for what is stored.
    pub fn map<U>(self, value: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Done(done) => Change::Done(value(done)),
            Self::EmailTaken => Change::EmailTaken,
            Self::NoSuchUser => Change::NoSuchUser,
        }
    }
}

/// The references of one network, ready to be searched.
#[derive(Debug, Default)]
pub struct LoadedGallery {
    /// Those that can be compared.
    pub gallery: Gallery,
    /// Those that cannot.
    pub passed_over: PassedOver,
}

/// References that cannot be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// References made by another network: their people must enroll again.
    pub outdated: usize,
    /// References whose template cannot be understood: their people must enroll again.
    pub damaged: usize,
}

/// Something that happened, without name or address.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// To whom, where that is known.
    pub user: Option<UserId>,
    /// Why, for a decline.
    pub reason: Option<String>,
    /// The best comparison score, where there was one.
    pub score: Option<f32>,
}

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A user and a reference came to be.
    Enrolled,
    /// The reference was replaced; the reason says by whom.
    ReferenceRenewed,
    /// A face opened a session.
    SignedIn,
    /// The session was ended before its time.
    SignedOut,
    /// A face or an enrollment was declined.
    Declined,
    /// Name or e-mail changed.
    ProfileChanged,
    /// The user and the reference are gone: an operator did it.
    Removed,
    /// They are gone: the person did it.
    RemovedSelf,
    /// They are gone: the person had not come for long.
    Expired,
    /// The clock shows an earlier time than at the line before, or was set back since; the reason says by how much, where that
    /// is known.
    ClockSetBack,
    /// The clock was set forward; the reason says by how much.
    ClockSetForward,
    /// A backup was put in the place of the database: what follows the line before may be missing. The reason tells how many
    /// lines the replaced log had, and its last digest.
    Restored,
    /// The database was encrypted with another key.
    Rekeyed,
    /// Another key signs tokens.
    TokenKeyRotated,
    /// An operator let somebody enroll who looks like a person enrolled.
    LookAlikeAllowed,
    /// All that is held of a person was written out.
    Exported,
    /// The person has a PIN, or another one; the reason says who chose it.
    PinSet,
    /// The person gave it in a session that was open.
    PinGiven,
    /// The person has none any more.
    PinRemoved,
    /// An operator lets the PIN sign in by itself, also where the face is asked for as well.
    PinAlone,
    /// It does so no more.
    PinNotAlone,
    /// The person has agreed to what is done with the face.
    Consented,
    /// Somebody who runs the kiosk has a PIN, or another one; the reason is the role.
    RolePinSet,
    /// They have none any more.
    RolePinRemoved,
    /// The operator's PIN was forgotten, and another is to be chosen.
    RoleReset,
    /// Somebody who runs the kiosk was let in; the reason is the role.
    RoleEntered,
    /// Somebody who tried at the PIN of those who run the kiosk was not; the reason says why.
    RoleDeclined,
    /// A key that signs tokens was shown.
    TokenKeyExported,
    /// A copy of the database was written.
    BackedUp,
    /// An operator has set something else; the reason names what.
    SettingsChanged,
}

impl EventKind {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enrolled => "enrolled",
            Self::ReferenceRenewed => "reference_renewed",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::Declined => "declined",
            Self::ProfileChanged => "profile_changed",
            Self::Removed => "removed",
            Self::RemovedSelf => "removed_self",
            Self::Expired => "expired",
            Self::ClockSetBack => "clock_set_back",
            Self::ClockSetForward => "clock_set_forward",
            Self::Restored => "restored",
            Self::Rekeyed => "rekeyed",
            Self::TokenKeyRotated => "token_key_rotated",
            Self::LookAlikeAllowed => "look_alike_allowed",
            Self::Exported => "exported",
            Self::PinSet => "pin_set",
            Self::PinGiven => "pin_given",
            Self::PinRemoved => "pin_removed",
            Self::PinAlone => "pin_alone",
            Self::PinNotAlone => "pin_not_alone",
            Self::Consented => "consented",
            Self::RolePinSet => "role_pin_set",
            Self::RolePinRemoved => "role_pin_removed",
            Self::RoleReset => "role_reset",
            Self::RoleEntered => "role_entered",
            Self::RoleDeclined => "role_declined",
            Self::TokenKeyExported => "token_key_exported",
            Self::BackedUp => "backed_up",
            Self::SettingsChanged => "settings_changed",
        }
    }
}

/// A line of the log of what happened.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEvent {
    /// Its number.
    pub line: i64,
    /// When.
    pub at: Timestamp,
    /// What, in the word that is stored.
    pub kind: String,
    /// To whom, where that is known.
    pub user: Option<UserId>,
    /// Why, for a decline.
    pub reason: Option<String>,
    /// The best comparison score, where there was one.
    pub score: Option<f32>,
    /// SHA-256 over this line and the digest of the one before, in hexadecimal digits; `None` where it was taken away.
    pub digest: Option<String>,
}

/// What the log's chain tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trail {
    /// Each line follows from the one before, and none is missing at the end.
    Whole {
        /// So many.
        lines: u64,
        /// The last digest, in hexadecimal digits: who has noted it down can tell later that nothing before it was changed.
        end: String,
    },
    /// This line, or what stood before it, is not what was written.
    Broken {
        /// The first line that does not follow.
        line: i64,
    },
    /// Lines are missing at the end, or were added by somebody else.
    Cut {
        /// So many are there.
        lines: u64,
    },
}

/// The name under which the tries at a user's PIN are remembered; they go with the user.
pub fn attempts_name(user: UserId) -> String {
    format!("attempts {}", user.0)
}

/// The user whose tries these are, where they are somebody's.
pub(super) fn user_of_attempts(name: &str) -> Option<UserId> {
    Uuid::try_parse(name.strip_prefix("attempts ")?).ok().map(UserId)
}

/// A key that signs session tokens, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKeyRow {
    /// Names it.
    pub kid: String,
    /// What it signs with, as a token's header names it.
    pub algorithm: String,
    /// The key itself.
    pub secret: Zeroizing<String>,
    /// Made at.
    pub created_at: Timestamp,
    /// Signs nothing since; `None`: it signs.
    pub retired_at: Option<Timestamp>,
}

// The key must not get into a log.
impl std::fmt::Debug for TokenKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenKeyRow({} of {})", self.kid, self.created_at)
    }
}

/// The store. Each call that writes is one transaction: it is there whole, or not at all.
///
/// # Errors
/// Every call: [`StoreError`] when the database cannot be read or written.
pub trait Store: Send {
    /// Adds a user with a reference, unless the e-mail address is taken.
    fn enroll(&mut self, user: &User, reference: &Reference) -> Result<Change<()>, StoreError> {
        self.admit(user, Some(reference), &Admission::default())
    }
    /// Adds a user, with a reference or without one, and with what came beside it, unless the e-mail address is taken.
    fn admit(
        &mut self,
        user: &User,
        reference: Option<&Reference>,
        admission: &Admission,
    ) -> Result<Change<()>, StoreError>;
    /// The user's PIN.
    fn pin(&self, user: UserId) -> Result<Option<PinRow>, StoreError>;
    /// Gives the user a PIN, another one, or none.
    fn set_pin(&mut self, user: UserId, pin: Option<&PinRow>, by: By, now: Timestamp)
    -> Result<Change<()>, StoreError>;
    /// Lets the user's PIN sign in by itself, or not. False where there is none.
    fn let_pin_alone(&mut self, user: UserId, alone: bool, now: Timestamp) -> Result<bool, StoreError>;
    /// The PIN of a role.
    fn role_pin(&self, role: Role) -> Result<Option<PinHash>, StoreError>;
    /// Gives a role a PIN, another one, or none; with `first`, only where it has none yet. Whether it was set.
    fn set_role_pin(
        &mut self,
        role: Role,
        pin: Option<&PinHash>,
        first: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// What the user has agreed to.
    fn consent(&self, user: UserId) -> Result<Option<ConsentRow>, StoreError>;
    /// Keeps what the user has agreed to.
    fn agree(&mut self, user: UserId, consent: &ConsentRow) -> Result<Change<()>, StoreError>;
    /// Replaces a user's reference.
    fn renew_reference(&mut self, user: UserId, reference: &Reference, by: By) -> Result<Change<()>, StoreError>;
    /// Changes what is given of a user's name and e-mail address.
    fn update_user(
        &mut self,
        user: UserId,
        name: Option<&PersonName>,
        email: Option<&EmailAddress>,
        now: Timestamp,
    ) -> Result<Change<User>, StoreError>;
    /// Removes a user with all that is held of the face; `why` is what is noted.
    fn remove_user(&mut self, user: UserId, why: EventKind, now: Timestamp) -> Result<Change<()>, StoreError>;
    /// Gives the room of whoever was removed back to the disk, as far as that can be done now.
    fn give_back_room(&mut self);
    /// Adds to what happened.
    fn record(&mut self, event: &Event) -> Result<(), StoreError>;
    /// One user.
    fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The user with this address, in whatever letter case.
    fn user_by_email(&self, email: &EmailAddress) -> Result<Option<User>, StoreError>;
    /// All users, by the time they enrolled.
    fn users(&self) -> Result<Vec<User>, StoreError>;
    /// What is told of the user's reference.
    fn reference(&self, user: UserId) -> Result<Option<ReferenceSummary>, StoreError>;
    /// All of the user's reference.
    fn whole_reference(&self, user: UserId) -> Result<Option<Reference>, StoreError>;
    /// When the user last signed in.
    fn last_sign_in(&self, user: UserId) -> Result<Option<Timestamp>, StoreError>;
    /// When something of this kind last happened to each user to whom it did.
    fn last_events(&self, kind: EventKind) -> Result<HashMap<UserId, Timestamp>, StoreError>;
    /// When each user last came: signed in, or was enrolled; what an operator does with an account is no coming of its person's.
    /// Not before whatever was noted before it, up to `now`; `None` where the clock showed a time that is still to come.
    fn comings(&self, now: Timestamp) -> Result<HashMap<UserId, Option<Timestamp>>, StoreError>;
    /// How many users do not get in where a PIN is asked for: who have none, or, where the face is asked for as well
    /// (`with_face`), no face and no leave to do without.
    fn count_shut_out(&self, with_face: bool) -> Result<usize, StoreError>;
    /// How many references there are by `network_id`.
    fn count_references(&self, network_id: &str) -> Result<usize, StoreError>;
    /// Shows each reference made by `network_id` to `visit`, in the order of enrollment, and keeps none.
    fn each_reference(
        &self,
        network_id: &str,
        visit: &mut dyn FnMut(UserId, Template),
    ) -> Result<PassedOver, StoreError>;
    /// What happened, to `user` alone where one is given, oldest first: the newest lines, at most `newest` of them.
    fn log(&self, user: Option<UserId>, newest: usize) -> Result<Vec<LoggedEvent>, StoreError>;
    /// All that happened, oldest first.
    fn events(&self) -> Result<Vec<LoggedEvent>, StoreError> {
        self.log(None, usize::MAX)
    }
    /// Whether what happened is told as it was written.
    fn trail(&self) -> Result<Trail, StoreError>;
    /// What is remembered under this name.
    fn memo(&self, name: &str) -> Result<Option<String>, StoreError>;
    /// Remembers under this name what `change` makes of what was remembered, if anything, without anybody in between. Of a user
    /// who is gone nothing is remembered any more.
    fn change_memo(
        &mut self,
        name: &str,
        change: &mut dyn FnMut(Option<&str>) -> Option<String>,
    ) -> Result<(), StoreError>;
    /// Ends a session before its time, which is `until`; nothing, where it is ended already.
    fn end_session(&mut self, jti: Uuid, user: UserId, now: Timestamp, until: Timestamp) -> Result<(), StoreError>;
    /// Whether a session was ended before its time.
    fn is_session_ended(&self, jti: Uuid) -> Result<bool, StoreError>;
    /// The keys that sign and verify tokens: the one that signs first, then the retired ones, the latest first.
    fn token_keys(&self) -> Result<Vec<TokenKeyRow>, StoreError>;
    /// Adds the key that signs, unless there is one.
    fn add_first_token_key(&mut self, key: &TokenKeyRow) -> Result<(), StoreError>;
    /// Puts this key in the place of all others: no token that they signed is accepted any more.
    fn replace_token_keys(&mut self, key: &TokenKeyRow) -> Result<(), StoreError>;
    /// Retires the key that signs at `now`, puts another in its place, and forgets those that were retired before
    /// `forget_before`.
    fn rotate_token_key(
        &mut self,
        key: &TokenKeyRow,
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StoreError>;
    /// Another number than before when another connection, of whatever process, has changed something since.
    fn data_version(&self) -> Result<i64, StoreError>;
    /// All references made by `network_id`.
    fn gallery(&self, network_id: &str) -> Result<LoadedGallery, StoreError>;
}

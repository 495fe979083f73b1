//! The desk: enrollments are taken in, sessions opened, profiles read and changed. Window and command line
//! both act through it, so that there is one way to do each thing.

mod attempts;
mod challenge;
mod noting;
mod operators;
mod own;
mod pins;
mod restoring;
mod retention;
mod rights;
mod signing;

use jiff::Timestamp;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::biometrics::{Closest, ComparisonScore, Embedding, Gallery, Pair, Template, UserId};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{StoreError, TokenError};
use crate::keys::PinHash;
use crate::models::sface::NETWORK_ID;
use crate::person::{EmailAddress, Pin};
use crate::session::{
    Decline, Enrollment, LivenessLevel, LookAlike, Miss, Newcomer, Policy, Proof, Reason, identification,
};
use crate::store::{
    Admission, By, Change, Event, EventKind, LoadedGallery, PassedOver, Reference, SqliteStore, Store, User, data_dir,
};
use crate::token::{self, Claims, TokenKey};

pub use attempts::{Waits, waits};
pub use challenge::draw_order;
pub use pins::{Account, PinAnswer};
pub use restoring::{Restored, restore};
pub use retention::overdue;
pub use signing::AcceptedKey;

/// The store and the clock, together.
pub struct Desk {
    store: Box<dyn Store>,
    /// Read at the first search.
    gallery: Option<KeptGallery>,
    clock: Clock,
    session_lifetime_s: u32,
    /// The session in which the PIN was given last.
    pin_given: Option<own::PinGiven>,
    /// The session whose person has not agreed anew yet.
    to_agree: Option<Uuid>,
    /// How the machine's clock stood when it was last looked at.
    clock_stand: Option<noting::ClockStand>,
}

/// The gallery in memory. What this desk changes it changes there as well; what others change makes it be read anew.
struct KeptGallery {
    loaded: LoadedGallery,
    /// The store's data version when it was read.
    version: i64,
}

/// What keeps the desk from answering at all.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The disk or the database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file of the token key, of an earlier version, holds something else.
    #[error("the token key is not 64 hexadecimal digits; move the file away to have a new one made, which ends all sessions ({})", path.display())]
    KeyDamaged {
        /// The key file.
        path: std::path::PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {source}")]
    Random {
        /// What the system said.
        source: getrandom::Error,
    },
    /// A token cannot be signed.
    #[error(transparent)]
    Signing(TokenError),
}

/// A no, with its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The reason.
    pub reason: Reason,
    /// What is to be said beyond the reason's own sentence.
    pub detail: Option<String>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, detail: None }
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Reason::TokenExpired.into(),
            TokenError::NotYetValid => Reason::TokenNotYetValid.into(),
            other => Self { reason: Reason::TokenInvalid, detail: Some(other.to_string()) },
        }
    }
}

/// Either what was asked for, or a no.
pub type Answer<T> = Result<Result<T, Refusal>, DeskError>;

/// An open session.
#[derive(Clone)]
pub struct Session {
    /// Whose.
    pub user: User,
    /// The token that opens the profile.
    pub token: Zeroizing<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether what the person agreed to holds. Where it does not, the session opens the question alone.
    pub agreed: bool,
}

// The token must not get into a log.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({} until {})", self.user.id, self.expires_at)
    }
}

/// What a token shows of its user.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The account.
    pub user: User,
    /// The last time that the face opened a session.
    pub last_sign_in: Option<Timestamp>,
    /// When the session of the token ends.
    pub expires_at: Timestamp,
}

impl Desk {
    /// Opens the data directory and the database; the first start makes them, and their keys.
    ///
    /// # Errors
    /// [`DeskError`] when one of them cannot be made or used.
    pub fn open(config: &Config, clock: Clock) -> Result<Self, DeskError> {
        data_dir::create(&config.data_dir)?;
        let mut store = SqliteStore::open_with(&config.database_path(), &config.keys)?;
        signing::begin(config, &mut store, clock)?;
        tracing::debug!(data_dir = %config.data_dir.display(), "desk opened");
        let mut desk = Self {
            store: Box::new(store),
            gallery: None,
            clock,
            session_lifetime_s: config.session_lifetime_s,
            pin_given: None,
            to_agree: None,
            clock_stand: None,
        };
        desk.watch_clock()?;
        Ok(desk)
    }

    /// Everything that is kept, to look at, for those who run the kiosk.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The references that can be searched: all that are in the store now, whoever wrote them.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn gallery(&mut self) -> Result<&LoadedGallery, StoreError> {
        // Asked before reading: what is written in between is read twice rather than never.
        let version = self.store.data_version()?;
        let kept = match self.gallery.take() {
            Some(kept) if kept.version == version => kept,
            _ => KeptGallery { loaded: self.store.gallery(NETWORK_ID)?, version },
        };
        Ok(&self.gallery.insert(kept).loaded)
    }

    /// Searches the store without keeping a gallery: for who searches once.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn search_once(&self, probe: &Embedding) -> Result<(Closest, PassedOver), StoreError> {
        let mut closest = Closest::default();
        let mut consider = |user, template: Template| closest.consider(probe, user, template.embedding());
        let passed_over = self.store.each_reference(NETWORK_ID, &mut consider)?;
        Ok((closest, passed_over))
    }

    /// Brings the gallery in memory in line with what was done to one user's reference, or may have been before the
    /// store failed. `template` is what it is now.
    fn follow(&mut self, change: &Result<Change<()>, StoreError>, user: UserId, template: Option<&Template>) {
        let done = match change {
            Ok(Change::Done(())) => true,
            Ok(Change::EmailTaken | Change::NoSuchUser) => return,
            Err(_) => false,
        };
        let Some(mut kept) = self.gallery.take().filter(|_| done) else { return };
        let gallery = &mut kept.loaded.gallery;
        let new = gallery.remove(user) == 0;
        if let Some(template) = template {
            gallery.add(user, template);
        }
        // Who is not in it was passed over, or has enrolled just now. The former is told by count alone: read anew.
        let counted = kept.loaded.passed_over != PassedOver::default();
        self.gallery = Some(kept).filter(|_| !(new && counted));
    }

    /// How many references are searched.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn enrolled(&self) -> Result<usize, StoreError> {
        self.store.count_references(NETWORK_ID)
    }

    /// Makes a user, whole or not at all: with a reference, unless `enrollment` is none, and with the PIN that was chosen. Where
    /// face and PIN are asked for, only whom an operator has excused does without the face; the PIN signs in alone then.
    /// Unless the address is taken, or, where the operator has not allowed it, the face is that of somebody enrolled.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn admit(
        &mut self,
        newcomer: Newcomer,
        enrollment: Option<&Enrollment>,
        pin: Option<&Pin>,
        policy: &Policy,
    ) -> Result<Result<User, Reason>, StoreError> {
        let Newcomer { name, email, look_alike, excused, consent } = newcomer;
        let alone = enrollment.is_none() && policy.wants_both();
        if alone && !excused {
            return Ok(Err(Reason::FaceNeeded));
        }
        if let Some(enrollment) = enrollment
            && look_alike == LookAlike::Declined
            && let Err(reason) = self.is_new(&enrollment.template, None, policy)?
        {
            return Ok(Err(reason));
        }
        let now = self.clock.wall();
        let user = User { id: UserId(Uuid::new_v4()), name, email, created_at: now, updated_at: now };
        let admission = Admission {
            pin: pin.map(PinHash::of).transpose()?,
            alone,
            consent: consent.as_ref().map(|consent| rights::agreed(consent, now, policy)),
            look_alike: look_alike == LookAlike::Allowed,
        };
        let reference = enrollment.map(|enrollment| reference(enrollment, now));
        let change = self.store.admit(&user, reference.as_ref(), &admission);
        if let Some(enrollment) = enrollment {
            self.follow(&change, user.id, Some(&enrollment.template));
        }
        Ok(done(change?).map(|()| user))
    }

    /// Replaces the reference of the user with this address, for an operator; unless, where `look_alike` does not allow it, the face is that
    /// of somebody else.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read or written.
    pub fn renew(
        &mut self,
        email: &EmailAddress,
        enrollment: &Enrollment,
        look_alike: LookAlike,
        policy: &Policy,
    ) -> Result<Result<User, Reason>, StoreError> {
        let Some(user) = self.store.user_by_email(email)? else { return Ok(Err(Reason::UserUnknown)) };
        if look_alike == LookAlike::Declined
            && let Err(reason) = self.is_new(&enrollment.template, Some(user.id), policy)?
        {
            return Ok(Err(reason));
        }
        Ok(match self.renew_reference(user.id, enrollment, By::Operator)? {
            Change::Done(()) => Ok(user),
            Change::EmailTaken | Change::NoSuchUser => Err(Reason::UserUnknown),
        })
    }

    /// That this is the face of nobody enrolled, other than `but`, as far as can be told. To ask it is a try, as a sign-in is:
    /// or registration would tell whoever guesses what a sign-in does not. That it is somebody's is noted, with how close it came.
    fn is_new(
        &mut self,
        face: &Template,
        but: Option<UserId>,
        policy: &Policy,
    ) -> Result<Result<(), Reason>, StoreError> {
        if self.wait_left()?.is_some() {
            return Ok(Err(Reason::TooManyAttempts));
        }
        if let Some(score) = self.enrolled_as(face, but, policy)? {
            self.note_decline(Reason::AlreadyEnrolled, Some(score))?;
            self.note_miss(Miss::Near, policy)?;
            return Ok(Err(Reason::AlreadyEnrolled));
        }
        Ok(Ok(()))
    }

    /// The score of somebody enrolled, other than `but`, whose face this is as far as can be told.
    fn enrolled_as(
        &mut self,
        face: &Template,
        but: Option<UserId>,
        policy: &Policy,
    ) -> Result<Option<ComparisonScore>, StoreError> {
        let ((best, second), gallery) = if self.gallery.is_some() {
            let gallery = &self.gallery()?.gallery;
            (gallery.search(face.embedding()), gallery.len())
        } else {
            let (closest, _) = self.search_once(face.embedding())?;
            (closest.matches(), closest.seen() as usize)
        };
        let other = [best, second].into_iter().flatten().find(|found| Some(found.user) != but);
        Ok(other.map(|other| other.score).filter(|score| identification::is_same_face(*score, gallery, policy)))
    }

    fn renew_reference(&mut self, user: UserId, enrollment: &Enrollment, by: By) -> Result<Change<()>, StoreError> {
        let change = self.store.renew_reference(user, &reference(enrollment, self.clock.wall()), by);
        self.follow(&change, user, Some(&enrollment.template));
        change
    }

    /// Room is given back by whoever has removed all that are to be.
    fn remove_user(&mut self, user: UserId, why: EventKind) -> Result<Change<()>, StoreError> {
        let change = self.store.remove_user(user, why, self.clock.wall());
        self.follow(&change, user, None);
        change
    }

    /// Whether somebody has this address.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn knows_address(&self, email: &EmailAddress) -> Result<bool, StoreError> {
        Ok(self.store.user_by_email(email)?.is_some())
    }

    /// Opens a session for whoever was recognized, or gave the right PIN, and notes by what. Nobody's who has to agree anew,
    /// which is noted as well.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be used or the token not be signed.
    pub fn open_session(&mut self, user: UserId, by: Proof, policy: &Policy) -> Answer<Session> {
        if self.store.user(user)?.is_some() && !self.has_agreed(user, policy)? {
            let (reason, score) = (Reason::ConsentNeeded, by.score);
            self.note_declined(&Decline { user: Some(user), score, ..Decline::of(reason) })?;
            return Ok(Err(reason.into()));
        }
        self.open_session_to_agree(user, by, policy)
    }

    /// The same, where the person can be asked: of whoever has to agree anew, the session opens the way to do so, to delete the
    /// account, and to leave, and nothing else.
    ///
    /// # Errors
    /// As [`Desk::open_session`].
    pub fn open_session_to_agree(&mut self, user: UserId, by: Proof, policy: &Policy) -> Answer<Session> {
        if policy.wants_pin() && !by.pin {
            return Ok(Err(Reason::PinNotSet.into()));
        }
        // A PIN beside the face does not make up for it: whoever has only that signs in by it alone.
        if by.score.is_some() && by.liveness < policy.liveness.min(LivenessLevel::Active) {
            return Ok(Err(Reason::LivenessUnclear.into()));
        }
        if by.score.is_none() && !by.pin {
            return Ok(Err(Reason::FaceNeeded.into()));
        }
        let Some(user) = self.store.user(user)? else { return Ok(Err(Reason::UserRemoved.into())) };
        self.watch_clock()?;
        let now = self.clock.wall();
        let claims = Claims::session(user.id.0, now.as_second(), self.session_lifetime_s, Uuid::new_v4());
        let means = [by.score.map(|_| token::BY_FACE), by.pin.then_some(token::BY_PIN)];
        let claims = claims.opened_by(&means.into_iter().flatten().collect::<Vec<_>>());
        let key = self.token_key()?;
        let token = Zeroizing::new(token::issue(&claims, &key).map_err(DeskError::Signing)?);
        let score = by.score.map(|score| score.0);
        let reason = match by {
            Proof { pin: false, .. } => None,
            Proof { score: None, .. } => Some("pin".to_owned()),
            Proof { score: Some(_), .. } => Some("face_and_pin".to_owned()),
        };
        self.store.record(&Event { at: now, kind: EventKind::SignedIn, user: Some(user.id), reason, score })?;
        self.forget_misses()?;
        let agreed = self.has_agreed(user.id, policy)?;
        self.to_agree = (!agreed).then_some(claims.jti);
        Ok(Ok(Session { user, token, expires_at: ends_at(&claims), agreed }))
    }

    /// The profile that the token opens.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be read; a token that is no good is an answer.
    pub fn profile(&self, token: &str) -> Answer<Profile> {
        Ok(self.opened(token)?.map(|(_, profile)| profile))
    }

    /// The same, and what the token says.
    fn opened(&self, token: &str) -> Answer<(Claims, Profile)> {
        let claims = match self.claims(token)? {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(user) = self.store.user(UserId(claims.sub))? else { return Ok(Err(Reason::UserRemoved.into())) };
        let last_sign_in = self.store.last_sign_in(user.id)?;
        let expires_at = ends_at(&claims);
        Ok(Ok((claims, Profile { user, last_sign_in, expires_at })))
    }

    /// What the token says, where its session has not ended.
    fn claims(&self, token: &str) -> Answer<Claims> {
        let keys: Vec<TokenKey> = self.token_keys()?.into_iter().map(|accepted| accepted.key).collect();
        Ok(match token::verify(token, &keys, self.clock.wall().as_second()) {
            Ok(claims) if self.store.is_session_ended(claims.jti)? => Err(Reason::TokenExpired.into()),
            Ok(claims) => Ok(claims),
            Err(error) => Err(error.into()),
        })
    }

    /// Ends the session of the token before its time: it opens nothing from now on.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be written; a token that is no good is an answer.
    pub fn sign_out(&mut self, token: &str) -> Answer<()> {
        let claims = match self.claims(token)? {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.store.end_session(claims.jti, UserId(claims.sub), self.clock.wall(), ends_at(&claims))?;
        Ok(Ok(()))
    }

    /// Removes the user with this address, and all that is held of the face.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be written.
    pub fn remove(&mut self, email: &EmailAddress) -> Result<Option<User>, StoreError> {
        let Some(user) = self.store.user_by_email(email)? else { return Ok(None) };
        let change = self.remove_user(user.id, EventKind::Removed)?;
        self.store.give_back_room();
        Ok(matches!(change, Change::Done(())).then_some(user))
    }
}

/// Galleries up to so many references are searched for look-alikes: comparing all with all takes a quarter of a second
/// there, and grows with the square.
const LOOK_ALIKES_UP_TO: usize = 10_000;

/// The pairs of people whom no threshold tells apart, closest first. `None` where there are too many people to compare all
/// with all.
pub fn look_alikes(gallery: &Gallery, policy: &Policy) -> Option<Vec<Pair>> {
    (gallery.len() <= LOOK_ALIKES_UP_TO).then(|| gallery.pairs(policy.threshold(gallery.len())))
}

/// What was asked of the store, or why it was not done.
fn done<T>(change: Change<T>) -> Result<T, Reason> {
    match change {
        Change::Done(done) => Ok(done),
        Change::EmailTaken => Err(Reason::EmailTaken),
        Change::NoSuchUser => Err(Reason::UserRemoved),
    }
}

fn reference(enrollment: &Enrollment, created_at: Timestamp) -> Reference {
    Reference {
        network_id: NETWORK_ID.into(),
        template: enrollment.template.clone(),
        samples: enrollment.captures.each_ref().map(|capture| (capture.embedding.clone(), capture.quality)),
        created_at,
    }
}

fn ends_at(claims: &Claims) -> Timestamp {
    // A verified or fresh token ends within the calendar.
    Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MAX)
}

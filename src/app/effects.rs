//! What the state machine asks for, done; the answers are its next events.

use std::time::Duration;

use super::{App, AppError};
use crate::biometrics::liveness::Cue;
use crate::biometrics::{Match, UserId};
use crate::desk::{self, Account, Answer, Desk, DeskError, PinAnswer, Profile};
use crate::session::{Effect, Event, Holds, PinOf, Reason};
use crate::store::Role;

impl App {
    /// Does one thing; its answer, where it has one, is the next event.
    pub(super) fn perform(&mut self, effect: Effect) -> Result<Option<Event>, AppError> {
        let answer = match effect {
            Effect::OpenCamera => {
                self.switch_camera_on()?;
                return Ok(None);
            }
            Effect::CloseCamera => {
                self.close_camera();
                return Ok(None);
            }
            Effect::CheckAddress(email) => match self.desk.knows_address(&email).map_err(DeskError::from)? {
                true => Event::Refused(Reason::EmailTaken),
                false => Event::AddressFree,
            },
            Effect::Store { newcomer, enrollment, pin } => {
                let stored = self.desk.admit(newcomer, enrollment.as_deref(), pin.as_ref(), &self.policy);
                match stored.map_err(DeskError::from)? {
                    Ok(user) => Event::Stored { user: user.id },
                    Err(Reason::TooManyAttempts) => {
                        Event::HeldBack(self.desk.wait_left().map_err(DeskError::from)?.unwrap_or_default())
                    }
                    Err(reason) => Event::Refused(reason),
                }
            }
            Effect::LookUpPin(whose) => {
                let known = match whose {
                    PinOf::Operator => self.desk.has_role_pin(Role::Operator),
                    PinOf::User(user) => self.desk.has_pin(user),
                    // Of the one it is not told, and of the other it is known.
                    PinOf::Address(_) | PinOf::Session => Ok(true),
                };
                return Ok((!known.map_err(DeskError::from)?).then_some(Event::PinMissing));
            }
            Effect::CheckPin { whose, pin } => {
                let answer = match whose {
                    // An auditor reads the log, from the command line.
                    PinOf::Operator => {
                        let answer = self.desk.check_role_pin(&pin, Role::Operator, &self.policy)?;
                        if let PinAnswer::Right(role) = answer {
                            self.desk.note_role(role).map_err(DeskError::from)?;
                        }
                        answer.map(|_| None)
                    }
                    PinOf::User(user) => self.desk.check_pin(Account::Recognized(user), &pin, &self.policy)?.map(Some),
                    PinOf::Address(email) => {
                        self.desk.check_pin(Account::Address(&email), &pin, &self.policy)?.map(Some)
                    }
                    PinOf::Session => {
                        let policy = self.policy.clone();
                        match self.with_token(|desk, token| desk.check_own_pin(token, &pin, &policy))? {
                            Ok(answer) => answer.map(Some),
                            Err(reason) => PinAnswer::Refused(reason),
                        }
                    }
                };
                match answer {
                    PinAnswer::Right(user) => Event::PinRight(user),
                    PinAnswer::Refused(reason) => Event::Refused(reason),
                    PinAnswer::HeldBack(left) => Event::HeldBack(left),
                }
            }
            Effect::SetOperatorPin(pin) => match self.desk.set_first_operator_pin(&pin).map_err(DeskError::from)? {
                true => {
                    self.desk.note_role(Role::Operator).map_err(DeskError::from)?;
                    Event::PinSet
                }
                false => Event::Refused(Reason::PinWrong),
            },
            Effect::ChangeOperatorPin(pin) => {
                match self.desk.set_role_pin(Role::Operator, Some(&pin)).map_err(DeskError::from)? {
                    true => Event::PinSet,
                    false => Event::Refused(Reason::PinWrong),
                }
            }
            Effect::SetPin(pin) => self
                .with_token(|desk, token| desk.set_own_pin(token, &pin))?
                .map_or_else(Event::Refused, |()| Event::PinSet),
            Effect::Agree(consent) => {
                let policy = self.policy.clone();
                self.with_token(|desk, token| desk.agree(token, &consent, &policy))?
                    .map_or_else(Event::Refused, |()| Event::Updated)
            }
            Effect::Renew(enrollment) => {
                let policy = self.policy.clone();
                self.with_token(|desk, token| desk.renew_own(token, &enrollment, &policy))?
                    .map_or_else(Event::Refused, |_| Event::Renewed)
            }
            Effect::Search { probe } => {
                if let Some(left) = self.desk.wait_left().map_err(DeskError::from)? {
                    return Ok(Some(Event::HeldBack(left)));
                }
                let gallery = &self.desk.gallery().map_err(DeskError::from)?.gallery;
                let (best, runner_up) = gallery.search(&probe);
                Event::Searched { best, runner_up, gallery: gallery.len() }
            }
            Effect::OpenSession { user, proof } => {
                // Asked before this sign-in is noted: the person knows of this one.
                let before = self.desk.store().last_sign_in(user).map_err(DeskError::from)?;
                let holds = self.desk.holds(user).map_err(DeskError::from)?;
                let holds = Holds { pin_given: proof.pin, ..holds };
                let opened = match self.asks {
                    true => self.desk.open_session_to_agree(user, proof, &self.policy)?,
                    false => self.desk.open_session(user, proof, &self.policy)?,
                };
                let session = match opened {
                    Ok(session) => session,
                    Err(refusal) => return Ok(Some(Event::Refused(refusal.reason))),
                };
                // The token is asked what it opens before anybody is told that it opens anything.
                let profile = match self.desk.profile(&session.token)? {
                    Ok(profile) => profile,
                    Err(refusal) => return Ok(Some(Event::Refused(refusal.reason))),
                };
                let left = session.expires_at.duration_since(self.clock.wall());
                let until = self.clock.elapsed() + Duration::try_from(left).unwrap_or_default();
                self.profile = Some(Profile { last_sign_in: before, ..profile });
                let agreed = session.agreed;
                self.session = Some(session);
                Event::SessionOpened { until, agreed, holds }
            }
            Effect::CloseSession => {
                self.end_session()?;
                return Ok(None);
            }
            Effect::UpdateProfile { name, email } => {
                let policy = self.policy.clone();
                match self.with_token(|desk, token| desk.update_profile(token, Some(&name), Some(&email), &policy))? {
                    Ok(profile) => {
                        if let Some(session) = &mut self.session {
                            session.user = profile.user.clone();
                        }
                        let before = self.profile.as_ref().and_then(|profile| profile.last_sign_in);
                        self.profile = Some(Profile { last_sign_in: before, ..profile });
                        Event::Updated
                    }
                    Err(reason) => Event::Refused(reason),
                }
            }
            Effect::RemoveSelf => {
                let policy = self.policy.clone();
                self.with_token(|desk, token| desk.remove_own(token, &policy))?
                    .map_or_else(Event::Refused, |()| Event::Removed)
            }
            Effect::RemoveUser(user) => {
                self.remove(user)?;
                return Ok(None);
            }
            Effect::NoteLeft(Match { user, score }) => {
                self.desk.note_left(user, score).map_err(DeskError::from)?;
                return Ok(None);
            }
            Effect::DrawOrder => Event::OrderDrawn(desk::draw_order()?),
            Effect::NoteDecline(decline) => {
                tracing::debug!(reason = decline.reason.code(), cue = decline.cue.map(Cue::name), "declined");
                self.desk.note_declined(&decline).map_err(DeskError::from)?;
                if let Some(miss) = decline.miss {
                    self.desk.note_miss(miss, &self.policy).map_err(DeskError::from)?;
                }
                return Ok(None);
            }
        };
        Ok(Some(answer))
    }

    /// Does something that the open session allows.
    pub(super) fn with_token<T>(
        &mut self,
        act: impl FnOnce(&mut Desk, &str) -> Answer<T>,
    ) -> Result<Result<T, Reason>, AppError> {
        let Some(session) = &self.session else { return Ok(Err(Reason::TokenInvalid)) };
        Ok(act(&mut self.desk, &session.token)?.map_err(|refusal| refusal.reason))
    }

    fn remove(&mut self, user: UserId) -> Result<(), AppError> {
        let listed = self.desk.store().user(user).map_err(DeskError::from)?;
        if let Some(listed) = listed {
            self.desk.remove(&listed.email).map_err(DeskError::from)?;
        }
        self.people = None; // read anew
        Ok(())
    }
}

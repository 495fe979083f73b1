//! The keys that sign tokens: the first one, the next one, and those that are still accepted.

use jiff::{SignedDuration, Timestamp};

use super::{Desk, DeskError};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::StoreError;
use crate::store::{SqliteStore, Store, TokenKeyRow, data_dir};
use crate::token::{TokenAlgorithm, TokenKey};

/// A key whose tokens are accepted.
#[derive(Debug, Clone)]
pub struct AcceptedKey {
    /// The key.
    pub key: TokenKey,
    /// Made at.
    pub created_at: Timestamp,
    /// Accepted until then, since another signs; `None`: it signs.
    pub until: Option<Timestamp>,
}

/// A store has a key that signs: of an earlier version's file, which is wiped then, or a new one.
pub(super) fn begin(config: &Config, store: &mut SqliteStore, clock: Clock) -> Result<(), DeskError> {
    let path = config.token_key_path();
    if store.token_keys()?.is_empty() {
        let key = match data_dir::read(&path)? {
            Some(text) => TokenKey::parse(TokenAlgorithm::Hs256, &text),
            None => Some(TokenKey::from_random(TokenAlgorithm::default(), random_bits()?)),
        };
        match key {
            Some(key) => store.add_first_token_key(&row(&key, clock.wall()))?,
            // Another process may have been faster, and be wiping the file.
            None if store.token_keys()?.is_empty() => return Err(DeskError::KeyDamaged { path }),
            None => {}
        }
    }
    let Some(left) = data_dir::read(&path)? else { return Ok(()) };
    // Overwritten, and not removed before the end came.
    let was_wiped = left.bytes().all(|byte| byte == 0);
    let kid = TokenKey::parse(TokenAlgorithm::Hs256, &left).map(|key| key.kid());
    let taken_over = kid.is_some() && store.token_keys()?.iter().any(|row| Some(&row.kid) == kid.as_ref());
    // One that holds another key stays: it is somebody's, and the doctor tells of it.
    if was_wiped || taken_over { Ok(data_dir::wipe(&path)?) } else { Ok(()) }
}

/// What a key is made of.
pub(super) fn random_bits() -> Result<[u8; 32], DeskError> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|source| DeskError::Random { source })?;
    Ok(bits)
}

/// A key made of these, as it is kept, of the kind of the one that signs in this store.
pub(super) fn row_of(bits: [u8; 32], store: &dyn Store, created_at: Timestamp) -> Result<TokenKeyRow, StoreError> {
    let signs = store.token_keys()?.into_iter().find(|row| row.retired_at.is_none());
    let algorithm = signs.and_then(|row| TokenAlgorithm::of(&row.algorithm)).unwrap_or_default();
    Ok(row(&TokenKey::from_random(algorithm, bits), created_at))
}

fn row(key: &TokenKey, created_at: Timestamp) -> TokenKeyRow {
    let algorithm = key.algorithm().as_str().to_owned();
    TokenKeyRow { kid: key.kid(), algorithm, secret: key.reveal().to_owned().into(), created_at, retired_at: None }
}

impl Desk {
    /// The keys whose tokens are accepted now: the one that signs, then those whose last tokens have not ended.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn token_keys(&self) -> Result<Vec<AcceptedKey>, StoreError> {
        let now = self.clock.wall();
        let accepted = |row: TokenKeyRow| {
            let until = row.retired_at.map(|retired| self.last_end(retired));
            let key = TokenKey::parse(TokenAlgorithm::of(&row.algorithm)?, &row.secret)
                .filter(|_| until.is_none_or(|until| now < until))?;
            Some(AcceptedKey { key, created_at: row.created_at, until })
        };
        Ok(self.store.token_keys()?.into_iter().filter_map(accepted).collect())
    }

    /// The key that signs.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be read, or something else has taken the key out of it.
    pub fn token_key(&self) -> Result<TokenKey, DeskError> {
        let signs = self.token_keys()?.into_iter().find(|accepted| accepted.until.is_none());
        signs.map(|accepted| accepted.key).ok_or_else(|| StoreError::BadValue { what: "token key" }.into())
    }

    /// Makes another key sign, of this kind, or that of the one that signs. That one is accepted until its last token has ended.
    ///
    /// # Errors
    /// [`DeskError`] when the database cannot be written, or there are no random numbers.
    pub fn rotate_token_key(&mut self, algorithm: Option<TokenAlgorithm>) -> Result<TokenKey, DeskError> {
        let algorithm = algorithm.map_or_else(|| self.token_key().map(|signs| signs.algorithm()), Ok)?;
        let (key, now) = (TokenKey::from_random(algorithm, random_bits()?), self.clock.wall());
        let lifetime = SignedDuration::from_secs(self.session_lifetime_s.into());
        let forget_before = now.saturating_sub(lifetime).unwrap_or(Timestamp::MIN);
        self.store.rotate_token_key(&row(&key, now), now, forget_before)?;
        Ok(key)
    }

    /// When the last token ends that was issued at this time or before.
    fn last_end(&self, issued: Timestamp) -> Timestamp {
        let lifetime = SignedDuration::from_secs(self.session_lifetime_s.into());
        issued.saturating_add(lifetime).unwrap_or(Timestamp::MAX)
    }
}

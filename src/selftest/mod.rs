//! How a site measures what its signs of life stop: people sign in and pictures of one of them are held before the camera, by
//! the way that visitors take, and what got in is counted. [`Guide`] says what comes next and takes in what came of it, [`Test`]
//! holds the counts, [`Standing`] what follows from them; all of it computes. [`Kept`] alone is a file.
//!
//! Counts are kept, and no picture or template. It is no certificate by ISO/IEC 30107-3.

mod conditions;
mod guide;
mod kept;
mod species;
mod tally;
#[cfg(test)]
mod tests;

pub use conditions::{Camera, Change, Conditions, NETWORKS, median_luma};
pub use guide::{Guide, Plan, Step, Taken};
pub use kept::{Kept, KeptError};
pub use species::Species;
pub use tally::{Count, LEAST_ATTEMPTS, LEAST_EACH, LEAST_PEOPLE, Outcome, Standing, Test};

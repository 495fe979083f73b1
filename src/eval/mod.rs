//! What errors the recognition makes on labelled pictures: error rates with their thresholds and intervals, from the
//! embeddings of the pictures alone. No disk, no clock, no thread of its own.
//!
//! The words are those of ISO/IEC 19795-1: rates per comparison are FMR and FNMR, rates per search FPIR and FNIR. A
//! comparison is accepted when its score reaches the threshold, so that the FMR is the share of non-mated scores that are
//! not below it.

pub mod dataset;
pub mod fit;
pub mod folds;
pub mod identify;
pub mod intervals;
pub mod plots;
pub mod proportion;
pub mod rates;
pub mod scores;
pub mod twice;
pub mod verify;

pub use dataset::{Dataset, Half, Ignored, Picture};
pub use intervals::{Estimate, Resampling};
pub use proportion::Proportion;

#[cfg(test)]
mod tests;

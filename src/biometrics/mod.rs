//! Pixels to numbers: detection, alignment, quality, embedding, comparison. No disk, no clock, no thread.

pub mod alignment;
pub mod comparison;
pub mod detection;
pub mod embedding;
pub mod gallery;
pub mod liveness;
pub mod pipeline;
pub mod quality;

pub use alignment::Sample;
pub use comparison::{Closest, ComparisonScore, Match, UserId};
pub use detection::Face;
pub use embedding::{Embedding, Features, Template};
pub use gallery::{Gallery, Pair};
pub use pipeline::{FaceFinding, Finding, Life, Observation, Pipeline};
pub use quality::{Quality, QualityLimits, Shortcoming};

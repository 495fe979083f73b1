//! What candle lacks on a CPU: convolutions of the separable kind, and the search among many rows.
//!
//! The stock grouped convolution runs one convolution per channel and is 4 to 30 times slower than onnxruntime on these
//! networks. The kernels here are safe, generic over [`pulp`]'s vectors, and compiled for each kind of them; [`Path`]
//! picks one at run time. Maps are cut into groups of 16 channels (see [`Map`]). Where a CPU multiplies bytes, the
//! embedder's products ([`QuantizedPointwise`]) and the search ([`dot`]) call its instructions by name.

mod activation;
mod convolution;
mod dense;
mod depthwise;
pub mod dot;
mod map;
mod path;
mod pointwise;
mod pool;
mod quantized;
mod shortcut;

pub use activation::{Activation, Epilogue};
pub use convolution::{Padded, Picture, Stem};
pub use dense::{Dense, HalfRow, OUTPUTS};
pub use depthwise::Depthwise3x3;
pub use map::{LANES, Lanes, Map, Numbers};
pub use path::{Path, PathError, VARIABLE};
pub use pointwise::Pointwise;
pub use pool::{add_upsampled, max_pool_2x2, patches};
pub use quantized::{Codes, QuantizedMap, QuantizedPointwise, Sums, Vnni};
pub use shortcut::Shortcut;

/// Sizes that do not fit each other.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Unfit(String);

impl Unfit {
    fn unless_channels(groups: usize, map: &Map) -> Result<(), Self> {
        if map.groups() == groups {
            return Ok(());
        }
        Err(Self(format!("expected {} channels, got {}", groups * LANES, map.groups() * LANES)))
    }
}

/// Where the zeros lie that a 3x3 window finds beyond a map or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// One on each side, as in most networks.
    Around,
    /// One to the right and one below, as TensorFlow halves a map with even sides.
    After,
}

impl Border {
    /// By how many places the first window is moved to the right and down.
    fn shift(self) -> usize {
        usize::from(self == Self::After)
    }

    /// Whether windows with this border, `stride` apart, cover the extent.
    fn fits(self, stride: usize, rows: usize, columns: usize) -> Result<(), Unfit> {
        if self == Self::Around || stride == 2 && rows.is_multiple_of(2) && columns.is_multiple_of(2) {
            return Ok(());
        }
        Err(Unfit(format!("a border after {rows}x{columns} places, stride {stride}")))
    }
}

/// Rows or columns after a 3x3 window with padding 1.
fn strided(extent: usize, stride: usize) -> usize {
    extent.div_ceil(stride)
}

#[cfg(test)]
mod tests;

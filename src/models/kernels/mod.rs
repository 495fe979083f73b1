//! What candle lacks on a CPU: convolutions of the separable kind, as custom ops.
//!
//! Maps are (rows, columns, channels), channels last, so that a loop over channels reads memory in order.
//! The stock grouped convolution runs one convolution per channel and is 4 to 30 times slower than
//! onnxruntime on these networks. The loops here are plain Rust over fixed-size arrays; [`pulp`] compiles
//! them for the widest vectors of the CPU at hand and picks at run time. No fused multiply-add is used, so
//! that every CPU computes the same sums.

mod convolution;
mod depthwise;
pub mod dot;
mod pointwise;
mod pool;

pub use convolution::Convolution3x3;
pub use depthwise::Depthwise3x3;
pub use pointwise::Pointwise;
pub use pool::{MaxPool2x2, UpsampleAdd};

use candle_core::{CpuStorage, Layout, Result, Shape, bail};

/// Channels that are computed together. Every layer of both networks has a multiple of it.
pub const LANES: usize = 16;

/// One group of channels.
pub type Lanes = [f32; LANES];

/// What follows the sum: `max(v, 0) + slope * min(v, 0)` with a slope for each channel (a PReLU; slope 0 is
/// a ReLU, slope 1 nothing), together with the bias that starts the sum.
#[derive(Debug, Clone)]
pub struct Epilogue {
    bias: Vec<Lanes>,
    slope: Vec<Lanes>,
}

impl Epilogue {
    /// `bias` and `slope` hold a number for each output channel.
    ///
    /// # Errors
    /// When they differ in length or the channels are no multiple of [`LANES`].
    pub fn new(bias: &[f32], slope: &[f32]) -> Result<Self> {
        if bias.len() != slope.len() {
            bail!("{} biases but {} slopes", bias.len(), slope.len());
        }
        Ok(Self { bias: groups(bias)?, slope: groups(slope)? })
    }

    /// Bias without activation.
    ///
    /// # Errors
    /// As [`Epilogue::new`].
    pub fn linear(bias: &[f32]) -> Result<Self> {
        Self::new(bias, &vec![1.0; bias.len()])
    }

    /// Bias and ReLU.
    ///
    /// # Errors
    /// As [`Epilogue::new`].
    pub fn relu(bias: &[f32]) -> Result<Self> {
        Self::new(bias, &vec![0.0; bias.len()])
    }

    /// Output channels.
    pub fn channels(&self) -> usize {
        self.bias.len() * LANES
    }

    #[inline(always)]
    fn finish(&self, group: usize, sum: &Lanes, out: &mut [f32]) {
        for ((out, &v), &slope) in out.iter_mut().zip(sum).zip(&self.slope[group]) {
            *out = v.max(0.0) + slope * v.min(0.0);
        }
    }
}

/// The loop of an op, over plain slices: (rows, columns, channels) in, the same out.
trait Kernel {
    /// Must be `#[inline(always)]`, so that it is compiled anew for each kind of vectors.
    fn run(&self, input: &[f32], rows: usize, columns: usize, out: &mut [f32]);
}

/// One run of a kernel. A closure would not do: its call is a function of its own, compiled for the plainest
/// CPU.
struct Job<'a, K> {
    kernel: &'a K,
    input: &'a [f32],
    rows: usize,
    columns: usize,
    out: &'a mut [f32],
}

impl<K: Kernel> pulp::WithSimd for Job<'_, K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.kernel.run(self.input, self.rows, self.columns, self.out);
    }
}

/// Runs the kernel with the widest vectors that this CPU has.
fn run<K: Kernel>(kernel: &K, input: &[f32], rows: usize, columns: usize, out: Extent) -> (CpuStorage, Shape) {
    let mut values = vec![0.0; out.0 * out.1 * out.2];
    pulp::Arch::new().dispatch(Job { kernel, input, rows, columns, out: &mut values });
    result(values, out)
}

/// Cuts a row of channels into groups.
fn groups(values: &[f32]) -> Result<Vec<Lanes>> {
    let (groups, rest) = values.as_chunks::<LANES>();
    if !rest.is_empty() || groups.is_empty() {
        bail!("{} channels are no multiple of {LANES}", values.len());
    }
    Ok(groups.to_vec())
}

/// (rows, columns, channels)
type Extent = (usize, usize, usize);

/// The contiguous numbers behind a custom op's argument, and its extent.
fn map<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<(&'a [f32], Extent)> {
    let Some((start, end)) = layout.contiguous_offsets() else { bail!("the map is not contiguous") };
    Ok((&storage.as_slice::<f32>()?[start..end], layout.shape().dims3()?))
}

/// The result of a custom op.
fn result(out: Vec<f32>, shape: Extent) -> (CpuStorage, Shape) {
    (CpuStorage::F32(out), shape.into())
}

/// Rows or columns after a 3x3 window with padding 1.
fn strided(extent: usize, stride: usize) -> usize {
    extent.div_ceil(stride)
}

/// The taps of a 3-wide window around `at * stride` that lie inside `0..extent`: (first tap, input index of
/// that tap, number of taps).
#[inline(always)]
fn taps(at: usize, stride: usize, extent: usize) -> (usize, usize, usize) {
    let center = at * stride;
    let first = usize::from(center == 0);
    let start = center + first - 1;
    (first, start, (center + 2).min(extent) - start)
}

#[cfg(test)]
mod tests;

//! What follows the sum of a layer.

use pulp::Simd;

use super::Unfit;
use super::map::{LANES, Lanes, Numbers, multiply_add, vectors, vectors_a_group};

/// What is done with a sum `v`.
#[derive(Debug, Clone)]
pub enum Activation {
    /// Nothing.
    Linear,
    /// `max(v, 0)`
    Relu,
    /// `max(v, 0) + slope * min(v, 0)`, a slope for each channel.
    PRelu(Numbers),
}

/// The bias that a sum starts with, and the activation that follows it.
#[derive(Debug, Clone)]
pub struct Epilogue {
    bias: Numbers,
    activation: Activation,
}

impl Epilogue {
    /// A bias for each channel, and as many slopes where there are any.
    ///
    /// # Errors
    /// [`Unfit`] when they differ in number, or there are none.
    pub fn new(bias: Numbers, activation: Activation) -> Result<Self, Unfit> {
        if bias.is_empty() {
            return Err(Unfit("a layer without channels".into()));
        }
        if let Activation::PRelu(slope) = &activation
            && slope.len() != bias.len()
        {
            let (biases, slopes) = (bias.len() * LANES, slope.len() * LANES);
            return Err(Unfit(format!("{biases} biases but {slopes} slopes")));
        }
        Ok(Self { bias, activation })
    }

    /// Groups of output channels.
    pub fn groups(&self) -> usize {
        self.bias.len()
    }

    /// Bias and activation.
    pub(super) fn into_parts(self) -> (Numbers, Activation) {
        (self.bias, self.activation)
    }

    /// The biases of `N` vectors, from vector `first` on.
    #[inline(always)]
    pub(super) fn bias<S: Simd, const N: usize>(&self, simd: S, first: usize) -> [S::f32s; N] {
        load(simd, &self.bias, first)
    }

    /// The activation of `N` vectors, from vector `first` on, ready for use.
    #[inline(always)]
    pub(super) fn loaded<S: Simd, const N: usize>(&self, simd: S, first: usize) -> Loaded<S, N> {
        match &self.activation {
            Activation::Linear => Loaded::Linear,
            Activation::Relu => Loaded::Relu,
            Activation::PRelu(slope) => Loaded::PRelu(load(simd, slope, first)),
        }
    }
}

#[inline(always)]
fn load<S: Simd, const N: usize>(simd: S, numbers: &[Lanes], first: usize) -> [S::f32s; N] {
    vectors::<S>(numbers)[first..].first_chunk().copied().unwrap_or([simd.splat_f32s(0.0); N])
}

/// An activation in registers.
#[derive(Clone, Copy)]
pub(super) enum Loaded<S: Simd, const N: usize> {
    Linear,
    Relu,
    PRelu([S::f32s; N]),
}

impl<S: Simd, const N: usize> Loaded<S, N> {
    /// Of the sums at some positions.
    #[inline(always)]
    pub(super) fn finish<const M: usize>(&self, simd: S, sums: &mut [[S::f32s; N]; M]) {
        let zero = simd.splat_f32s(0.0);
        match self {
            Self::Linear => {}
            Self::Relu => {
                for sum in sums {
                    for v in sum {
                        *v = simd.max_f32s(*v, zero);
                    }
                }
            }
            Self::PRelu(slope) => {
                for sum in sums {
                    for n in 0..N {
                        let negative = simd.min_f32s(sum[n], zero);
                        sum[n] = multiply_add(simd, negative, slope[n], simd.max_f32s(sum[n], zero));
                    }
                }
            }
        }
    }
}

/// Writes the sums of `M` neighbouring positions: the first vectors to `out[0]`'s group, and so on. `stride` is the
/// distance from one group to the next.
#[inline(always)]
pub(super) fn store<S: Simd, const N: usize, const M: usize>(
    sums: &[[S::f32s; N]; M],
    out: &mut [Lanes],
    at: usize,
    stride: usize,
) {
    let each = vectors_a_group::<S>();
    for group in 0..N / each {
        let Some(places) = out[group * stride + at..].first_chunk_mut::<M>() else { return };
        for (place, sum) in places.iter_mut().zip(sums) {
            let place = super::map::vectors_mut::<S>(std::slice::from_mut(place));
            for v in 0..each {
                place[v] = sum[group * each + v];
            }
        }
    }
}

//! A matrix times all numbers of a map: the last layer of the embedder.

use std::borrow::Cow;

use bytemuck::{Pod, Zeroable};
use pulp::{Simd, WithSimd};

use super::map::{LANES, Lanes, Map, Numbers, multiply_add, vectors_mut};
use super::{Path, Unfit};

/// Groups of outputs.
const GROUPS: usize = 8;
/// Outputs.
pub const OUTPUTS: usize = GROUPS * LANES;

/// The weights of 128 outputs for one input, in half precision, two in a word: word `j` holds output `j` in its lower
/// half and output `j + 64` in its upper half.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct HalfRow([u32; OUTPUTS / 2]);

/// Dense layer with 128 outputs and a bias.
pub struct Dense {
    /// A row for each number of the map, in the map's own order.
    weight: Cow<'static, [HalfRow]>,
    bias: Numbers,
    /// What a stored weight is multiplied with, a power of two.
    scale: f32,
}

impl Dense {
    /// A row of weights for each input and 128 biases. A weight is `scale` times what is stored, `scale` a power of two
    /// from 2^-30 to 2^10. What is stored must not be subnormal: some CPUs stumble over the numbers that it would be read as.
    ///
    /// # Errors
    /// [`Unfit`] when the sizes do not fit each other.
    pub fn new(weight: Cow<'static, [HalfRow]>, bias: Numbers, scale: f32) -> Result<Self, Unfit> {
        if bias.len() != GROUPS || weight.is_empty() || !weight.len().is_multiple_of(LANES) {
            let (rows, outputs) = (weight.len(), bias.len() * LANES);
            return Err(Unfit(format!("a dense layer of {rows} rows and {outputs} biases, expected {OUTPUTS}")));
        }
        Ok(Self { weight, bias, scale })
    }

    /// The outputs.
    ///
    /// # Errors
    /// [`Unfit`] when the map has another number of values.
    pub fn run(&self, path: Path, input: &Map) -> Result<[f32; OUTPUTS], Unfit> {
        let given = input.values().len() * LANES;
        if given != self.weight.len() {
            return Err(Unfit(format!("expected {} values, got {given}", self.weight.len())));
        }
        let mut out = [Lanes::ZERO; GROUPS];
        out.copy_from_slice(&self.bias);
        path.run(Run { layer: self, input: input.values(), out: &mut out });
        Ok(bytemuck::must_cast(out))
    }
}

struct Run<'a> {
    layer: &'a Dense,
    input: &'a [Lanes],
    out: &'a mut [Lanes; GROUPS],
}

/// A part of the input whose weights (128 kB) stay in the cache while several passes read them.
const PART: usize = 32;

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // The exponent of half precision is smaller by 112: the bits are read as 2^-112 times what they mean.
        let scale = simd.splat_f32s(self.layer.scale * f32::from_bits((127 + 112) << 23));
        for (input, weight) in self.input.chunks(PART).zip(self.layer.weight.chunks(PART * LANES)) {
            // Twice as many sums as words are read at a time.
            if S::F32_LANES == 16 {
                pass::<S, 4>(simd, input, weight, scale, 0, self.out);
            } else {
                let words = OUTPUTS / 2 / S::F32_LANES;
                for first in (0..words).step_by(4) {
                    pass::<S, 4>(simd, input, weight, scale, first, self.out);
                }
            }
        }
    }
}

/// Adds to the outputs of the `N` vectors of words from `first` on.
#[inline(always)]
fn pass<S: Simd, const N: usize>(
    simd: S,
    input: &[Lanes],
    weight: &[HalfRow],
    scale: S::f32s,
    first: usize,
    out: &mut [Lanes; GROUPS],
) {
    let out = vectors_mut::<S>(out);
    let upper = out.len() / 2;
    let mut low = [simd.splat_f32s(0.0); N];
    let mut high = low;
    for n in 0..N {
        low[n] = out[first + n];
        high[n] = out[upper + first + n];
    }
    let (sign, number) = (simd.splat_u32s(0x8000_0000), simd.splat_u32s(0x0FFF_E000));
    let (three, sixteen) = (simd.splat_u32s(3), simd.splat_u32s(16));
    for (place, rows) in input.iter().zip(weight.as_chunks::<LANES>().0) {
        for (value, row) in place.0.iter().zip(rows) {
            let value = simd.mul_f32s(simd.splat_f32s(*value), scale);
            let words: &[S::u32s] = S::as_simd_u32s(&row.0).0;
            for n in 0..N {
                let word = words[first + n];
                let lower = simd.wrapping_dyn_shl_u32s(word, sixteen);
                for (half, sum) in [(lower, &mut low[n]), (word, &mut high[n])] {
                    let shifted = simd.wrapping_dyn_shr_u32s(half, three);
                    let bits = simd.or_u32s(simd.and_u32s(half, sign), simd.and_u32s(shifted, number));
                    *sum = multiply_add(simd, value, simd.transmute_f32s_u32s(bits), *sum);
                }
            }
        }
    }
    for n in 0..N {
        out[first + n] = low[n];
        out[upper + first + n] = high[n];
    }
}

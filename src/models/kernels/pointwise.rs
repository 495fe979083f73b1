//! A 1x1 convolution: at each position the same matrix over the channels.

use pulp::{Simd, WithSimd};

use super::activation::{Epilogue, store};
use super::map::{LANES, Lanes, Map, Numbers, multiply_add, vectors};
use super::{Path, Unfit};

/// Pointwise convolution with bias and activation.
#[derive(Debug, Clone)]
pub struct Pointwise {
    /// (output group, input channel): the order in which the inner loop reads.
    weight: Numbers,
    epilogue: Epilogue,
    inputs: usize,
}

impl Pointwise {
    /// `weight` is (output group, input channel, 16), flat.
    ///
    /// # Errors
    /// [`Unfit`] when the sizes do not fit each other.
    pub fn new(weight: Numbers, epilogue: Epilogue) -> Result<Self, Unfit> {
        let (numbers, groups) = (weight.len() * LANES, epilogue.groups());
        let inputs = weight.len() / groups;
        if inputs == 0 || !weight.len().is_multiple_of(groups) || !inputs.is_multiple_of(LANES) {
            return Err(Unfit(format!("a pointwise convolution of {numbers} weights for {} outputs", groups * LANES)));
        }
        Ok(Self { weight, epilogue, inputs })
    }

    /// Groups of input channels.
    pub fn input_groups(&self) -> usize {
        self.inputs / LANES
    }

    /// Groups of output channels.
    pub fn output_groups(&self) -> usize {
        self.epilogue.groups()
    }

    /// Convolves a whole map.
    ///
    /// # Errors
    /// [`Unfit`] when the map has another number of channels.
    pub fn run(&self, path: Path, input: &Map, out: &mut Map) -> Result<(), Unfit> {
        Unfit::unless_channels(self.input_groups(), input)?;
        out.resize(self.output_groups(), input.rows(), input.columns());
        path.run(Whole { layer: self, input: input.values(), positions: input.positions(), out: out.values_mut() });
        Ok(())
    }

    #[inline(always)]
    fn run_all<S: Simd>(&self, simd: S, input: &[Lanes], positions: usize, out: &mut [Lanes]) {
        // As many sums as leave registers for weights and one value: 32 registers of 16 or 4 numbers, 16 of 8 or 4.
        if S::F32_LANES == 16 {
            self.with_tiles::<S, 14, 2, 1>(simd, input, positions, out);
        } else if S::F32_LANES == 8 {
            self.with_tiles::<S, 6, 2, 2>(simd, input, positions, out);
        } else if cfg!(target_arch = "aarch64") {
            self.with_tiles::<S, 6, 4, 4>(simd, input, positions, out);
        } else {
            self.with_tiles::<S, 2, 4, 4>(simd, input, positions, out);
        }
    }

    /// Tiles of `M` positions and `N` vectors, `EACH` of which make a group. An odd last group goes alone.
    #[inline(always)]
    fn with_tiles<S: Simd, const M: usize, const N: usize, const EACH: usize>(
        &self,
        simd: S,
        input: &[Lanes],
        positions: usize,
        out: &mut [Lanes],
    ) {
        let together = N / EACH;
        let pairs = self.output_groups() / together;
        for pair in 0..pairs {
            self.column::<S, M, N, EACH>(simd, input, positions, pair * together, out);
        }
        for group in pairs * together..self.output_groups() {
            self.column::<S, M, EACH, EACH>(simd, input, positions, group, out);
        }
    }

    /// All positions of the output groups from `group` on.
    #[inline(always)]
    fn column<S: Simd, const M: usize, const N: usize, const EACH: usize>(
        &self,
        simd: S,
        input: &[Lanes],
        positions: usize,
        group: usize,
        out: &mut [Lanes],
    ) {
        let out = &mut out[group * positions..];
        let mut at = 0;
        while at + M <= positions {
            self.tile::<S, M, N, EACH>(simd, input, positions, group, at, out);
            at += M;
        }
        while at + 7 <= positions && M > 7 {
            self.tile::<S, 7, N, EACH>(simd, input, positions, group, at, out);
            at += 7;
        }
        while at + 2 <= positions {
            self.tile::<S, 2, N, EACH>(simd, input, positions, group, at, out);
            at += 2;
        }
        while at < positions {
            self.tile::<S, 1, N, EACH>(simd, input, positions, group, at, out);
            at += 1;
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize, const EACH: usize>(
        &self,
        simd: S,
        input: &[Lanes],
        positions: usize,
        group: usize,
        at: usize,
        out: &mut [Lanes],
    ) {
        let mut sums = [self.epilogue.bias::<S, N>(simd, group * EACH); M];
        // The weights of one or two output groups, in blocks of 16 input channels.
        let blocks = |group: usize| self.weight[group * self.inputs..][..self.inputs].as_chunks::<LANES>().0;
        let second = if N > EACH { group + 1 } else { group };
        for (block, (first, second)) in blocks(group).iter().zip(blocks(second)).enumerate() {
            let Some(places) = input[block * positions + at..].first_chunk::<M>() else { return };
            let (first, second) = (vectors::<S>(first), vectors::<S>(second));
            for channel in 0..LANES {
                // Loops, not closures: a closure is a function of its own, compiled for the plainest CPU.
                let mut weight = [simd.splat_f32s(0.0); N];
                for n in 0..N {
                    weight[n] = if n < EACH { first[channel * EACH + n] } else { second[channel * EACH + n - EACH] };
                }
                for (sum, place) in sums.iter_mut().zip(places) {
                    let value = simd.splat_f32s(place.0[channel]);
                    for n in 0..N {
                        sum[n] = multiply_add(simd, value, weight[n], sum[n]);
                    }
                }
            }
        }
        self.epilogue.loaded::<S, N>(simd, group * EACH).finish(simd, &mut sums);
        store::<S, N, M>(&sums, out, at, positions);
    }
}

struct Whole<'a> {
    layer: &'a Pointwise,
    input: &'a [Lanes],
    positions: usize,
    out: &'a mut [Lanes],
}

impl WithSimd for Whole<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.layer.run_all(simd, self.input, self.positions, self.out);
    }
}

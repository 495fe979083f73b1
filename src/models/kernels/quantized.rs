//! A pointwise convolution in eight bits, for CPUs that multiply and add four of them in one step (VNNI).
//!
//! The weights are codes of -127 to 127 with a scale for each output. A position's values are made codes of -127 to 127
//! with a scale of its own when they come in, which follows their range from pixel to pixel and needs no calibration.
//! Sums are whole numbers and exact; what the codes leave out is about a thousandth of an embedding's direction.

// Elsewhere there is no `Vnni`: nothing runs this layer, and it stands here to be checked by the compiler.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code, unreachable_code, unused_imports))]

use std::borrow::Cow;

use bytemuck::{Pod, Zeroable};

use super::Unfit;
use super::activation::{Activation, Epilogue};
use super::map::{LANES, Lanes, Map, Numbers};

/// Channels whose codes lie side by side: what one instruction sums.
const QUAD: usize = 4;
/// Quads of a group of channels.
const QUADS: usize = LANES / QUAD;

/// The codes of a quad of input channels for each of 16 output channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Codes([[i8; QUAD]; LANES]);

/// A whole number for each of 16 output channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Sums([i32; LANES]);

/// Pointwise convolution in eight bits, with bias and PReLU.
#[derive(Debug, Clone)]
pub struct QuantizedPointwise {
    /// (output group, quad of input channels)
    codes: Cow<'static, [Codes]>,
    /// What a code of each output stands for.
    scale: Numbers,
    /// Minus 128 times the sum of each output's codes: a position's codes are kept with 128 added, as bytes.
    start: Cow<'static, [Sums]>,
    bias: Numbers,
    slope: Numbers,
    inputs: usize,
}

/// A map in eight bits, kept for the next run.
#[derive(Debug, Clone, Default)]
pub struct QuantizedMap {
    /// (group, position): four quads of bytes, each a code plus 128.
    codes: Vec<[i32; QUADS]>,
    /// What a code of each position stands for.
    scale: Vec<f32>,
}

/// A kind of instructions that multiply bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vnni(Width);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    /// AVX-512 VNNI
    #[cfg(target_arch = "x86_64")]
    Bits512,
    /// AVX-VNNI
    #[cfg(target_arch = "x86_64")]
    Bits256,
}

impl Vnni {
    /// 512 bits, where this CPU has them.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn wide() -> Option<Self> {
        let all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vnni");
        (all && is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(Width::Bits512))
    }

    /// 256 bits, where this CPU has them.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn narrow() -> Option<Self> {
        let all =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("avxvnni");
        all.then_some(Self(Width::Bits256))
    }
}

impl QuantizedPointwise {
    /// `codes` is (output group, quad of input channels, output, channel of the quad), `scale` and `start` have a number
    /// for each output; the epilogue must be a PReLU.
    ///
    /// # Errors
    /// [`Unfit`] when the sizes do not fit each other.
    pub fn new(
        codes: Cow<'static, [Codes]>,
        scale: Numbers,
        start: Cow<'static, [Sums]>,
        epilogue: Epilogue,
    ) -> Result<Self, Unfit> {
        let groups = epilogue.groups();
        let inputs = codes.len() / groups * QUAD;
        let (bias, Activation::PRelu(slope)) = epilogue.into_parts() else {
            return Err(Unfit("a quantized convolution without slopes".into()));
        };
        let fits = inputs > 0 && inputs.is_multiple_of(LANES) && codes.len() == groups * inputs / QUAD;
        if !fits || scale.len() != groups || start.len() != groups {
            let numbers = codes.len() * LANES * QUAD;
            return Err(Unfit(format!("a quantized convolution of {numbers} weights for {} outputs", groups * LANES)));
        }
        Ok(Self { codes, scale, start, bias, slope, inputs })
    }

    /// Convolves a whole map.
    ///
    /// # Errors
    /// [`Unfit`] when the map has another number of channels.
    pub fn run(&self, vnni: Vnni, input: &Map, codes: &mut QuantizedMap, out: &mut Map) -> Result<(), Unfit> {
        Unfit::unless_channels(self.inputs / LANES, input)?;
        codes.resize(input);
        out.resize(self.bias.len(), input.rows(), input.columns());
        match vnni.0 {
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            // SAFETY: a `Vnni` of this width exists only where the CPU has these features. There is no other condition.
            Width::Bits512 => unsafe { bits512::run(self, input, codes, out) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            // SAFETY: as above.
            Width::Bits256 => unsafe { bits256::run(self, input, codes, out) },
        }
        Ok(())
    }
}

impl QuantizedMap {
    fn resize(&mut self, map: &Map) {
        // Never smaller: to grow again would fill it with zeros each time.
        self.codes.resize(self.codes.len().max(map.groups() * map.positions()), [0; QUADS]);
        self.scale.resize(self.scale.len().max(map.positions()), 0.0);
    }

    /// Fills in the codes of a map. Called where the compiler knows the vectors.
    #[inline(always)]
    fn fill(&mut self, map: &Map) {
        let positions = map.positions();
        for (position, scale) in self.scale[..positions].iter_mut().enumerate() {
            let mut greatest = [0.0f32; LANES];
            for group in map.values()[position..].iter().step_by(positions) {
                for (greatest, value) in greatest.iter_mut().zip(group.0) {
                    *greatest = greater(value.abs(), *greatest);
                }
            }
            // Halves upon each other, which vectors do in four steps.
            for half in [8, 4, 2, 1] {
                for lane in 0..half {
                    greatest[lane] = greater(greatest[lane + half], greatest[lane]);
                }
            }
            *scale = greatest[0] / 127.0;
        }
        for (codes, values) in self.codes.chunks_exact_mut(positions).zip(map.values().chunks_exact(positions)) {
            for ((codes, values), scale) in codes.iter_mut().zip(values).zip(&self.scale) {
                // A position of zeros has the scale 0, and codes of 0 whatever it is multiplied with.
                let inverse = if *scale > 0.0 { 1.0 / scale } else { 0.0 };
                let codes: &mut [u8; LANES] = bytemuck::must_cast_mut(codes);
                for (code, value) in codes.iter_mut().zip(values.0) {
                    *code = code_of(value * inverse);
                }
            }
        }
    }
}

/// As an instruction does it, which a maximum that looks after what is not a number is not.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The nearest whole number of `value`, -127 to 127, plus 128. Added to 1.5 * 2^23, the fraction of a number is rounded
/// off and its last byte is the whole number.
#[inline(always)]
fn code_of(value: f32) -> u8 {
    (value + (12_582_912.0 + 128.0)).to_bits() as u8
}

/// Both widths fill in codes with AVX2: the compiler makes less of wider vectors here.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fill(codes: &mut QuantizedMap, map: &Map) {
    codes.fill(map);
}

/// The product of the codes, for one width of vectors. What is `$each` vectors wide is a group of outputs.
#[cfg(target_arch = "x86_64")]
macro_rules! width {
    (
        $name:ident, $features:literal, $tile:literal, $each:literal, $together:literal, $int:ty, $float:ty,
        $dot:ident, $broadcast:ident, $to_float:ident, $splat:ident, $multiply:ident, $fused:ident, $max:ident, $min:ident, $zero:ident
    ) => {
        mod $name {
            use std::arch::x86_64::*;

            use super::{Lanes, Map, QUAD, QUADS, QuantizedMap, QuantizedPointwise};

            /// Vectors of sums at one position.
            const WIDE: usize = $each * $together;

            #[target_feature(enable = $features)]
            pub(super) fn run(layer: &QuantizedPointwise, input: &Map, codes: &mut QuantizedMap, out: &mut Map) {
                super::fill(codes, input);
                let groups = layer.bias.len();
                let positions = input.positions();
                let mut group = 0;
                while group < groups {
                    // An odd last group is computed twice in one tile, and stored once.
                    let count = $together.min(groups - group);
                    let out = &mut out.values_mut()[group * positions..][..count * positions];
                    let mut at = 0;
                    while at + $tile <= positions {
                        tile::<$tile>(layer, codes, group, at, positions, out);
                        at += $tile;
                    }
                    while at + 2 <= positions {
                        tile::<2>(layer, codes, group, at, positions, out);
                        at += 2;
                    }
                    if at < positions {
                        tile::<1>(layer, codes, group, at, positions, out);
                    }
                    group += count;
                }
            }

            #[inline]
            #[target_feature(enable = $features)]
            fn tile<const M: usize>(
                layer: &QuantizedPointwise,
                codes: &QuantizedMap,
                group: usize,
                at: usize,
                positions: usize,
                out: &mut [Lanes],
            ) {
                let quads = layer.inputs / QUAD;
                let last = layer.bias.len() - 1;
                let mut sums = [[$zero(); WIDE]; M];
                for sum in &mut sums {
                    for part in 0..$together {
                        let start: [$int; $each] = bytemuck::must_cast(layer.start[(group + part).min(last)]);
                        for v in 0..$each {
                            sum[part * $each + v] = start[v];
                        }
                    }
                }
                let weights = |part: usize| &layer.codes[(group + part).min(last) * quads..][..quads];
                let (first, second) =
                    (weights(0).as_chunks::<QUADS>().0, weights($together - 1).as_chunks::<QUADS>().0);
                let Some(scales) = codes.scale[at..].first_chunk::<M>() else { return };
                let blocks = codes.codes.chunks_exact(positions);
                for ((block, first), second) in blocks.zip(first).zip(second) {
                    let Some(places) = block[at..].first_chunk::<M>() else { return };
                    for quad in 0..QUADS {
                        let parts: [[$int; $each]; 2] =
                            [bytemuck::must_cast(first[quad]), bytemuck::must_cast(second[quad])];
                        for m in 0..M {
                            let value = $broadcast(places[m][quad]);
                            for part in 0..$together {
                                for v in 0..$each {
                                    let sum = &mut sums[m][part * $each + v];
                                    *sum = $dot(*sum, value, parts[part][v]);
                                }
                            }
                        }
                    }
                }
                let zero = $splat(0.0);
                for part in 0..$together {
                    let of = (group + part).min(last);
                    let scale: [$float; $each] = bytemuck::must_cast(layer.scale[of]);
                    let bias: [$float; $each] = bytemuck::must_cast(layer.bias[of]);
                    let slope: [$float; $each] = bytemuck::must_cast(layer.slope[of]);
                    let mut finished = [Lanes::ZERO; M];
                    for m in 0..M {
                        let here = $splat(scales[m]);
                        let mut vectors: [$float; $each] = bytemuck::must_cast(Lanes::ZERO);
                        for v in 0..$each {
                            let sum = $to_float(sums[m][part * $each + v]);
                            let value = $fused(sum, $multiply(here, scale[v]), bias[v]);
                            vectors[v] = $fused($min(value, zero), slope[v], $max(value, zero));
                        }
                        finished[m] = bytemuck::must_cast(vectors);
                    }
                    if let Some(places) = out.get_mut(part * positions + at..).and_then(<[Lanes]>::first_chunk_mut) {
                        *places = finished;
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
width!(
    bits512,
    "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma",
    14,
    1,
    2,
    __m512i,
    __m512,
    _mm512_dpbusd_epi32,
    _mm512_set1_epi32,
    _mm512_cvtepi32_ps,
    _mm512_set1_ps,
    _mm512_mul_ps,
    _mm512_fmadd_ps,
    _mm512_max_ps,
    _mm512_min_ps,
    _mm512_setzero_si512
);
#[cfg(target_arch = "x86_64")]
width!(
    bits256,
    "avx2,fma,avxvnni",
    6,
    2,
    1,
    __m256i,
    __m256,
    _mm256_dpbusd_avx_epi32,
    _mm256_set1_epi32,
    _mm256_cvtepi32_ps,
    _mm256_set1_ps,
    _mm256_mul_ps,
    _mm256_fmadd_ps,
    _mm256_max_ps,
    _mm256_min_ps,
    _mm256_setzero_si256
);

//! One probe against many rows of eight-bit numbers: the first pass of a search, as wide as the CPU can.
//!
//! Sixteen rows lie interleaved, four dimensions of each side by side, so that one instruction multiplies and adds
//! for all of them and no sum has to be gathered from within a vector. The sums are whole numbers and what follows
//! is written once: every path gives the same bits.

use zeroize::Zeroize;

use crate::models::sface::EMBEDDING_SIZE;

/// Rows in a block.
pub const ROWS: usize = 16;
/// Dimensions of a row that lie side by side: what one instruction sums.
const QUAD: usize = 4;
const QUADS: usize = EMBEDDING_SIZE / QUAD;

/// A direction in eight bits: dimension `i` is about `scale * codes[i]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// -127 to 127; -128 is taken for -127.
    pub codes: [i8; EMBEDDING_SIZE],
    /// What a code of 1 stands for.
    pub scale: f32,
    /// How far this is from what it stands for, at most.
    pub error: f32,
}

/// Sixteen rows, interleaved. 136 bytes a row.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Block {
    /// Dimension `4 q + k` of row `r` is `codes[q][4 r + k] - 128`.
    codes: [[u8; ROWS * QUAD]; QUADS],
    scales: [f32; ROWS],
    errors: [f32; ROWS],
}

impl Block {
    /// Without rows: the bound of a place that is vacant is minus infinity.
    pub const VACANT: Self =
        Self { codes: [[128; ROWS * QUAD]; QUADS], scales: [0.0; ROWS], errors: [f32::NEG_INFINITY; ROWS] };

    /// Writes a row; `place` is below [`ROWS`].
    pub fn set(&mut self, place: usize, row: &Row) {
        for (quads, codes) in self.codes.iter_mut().zip(row.codes.as_chunks::<QUAD>().0) {
            quads.as_chunks_mut::<QUAD>().0[place] = codes.map(|code| code.max(-127).cast_unsigned() ^ 128);
        }
        (self.scales[place], self.errors[place]) = (row.scale, row.error);
    }

    /// Reads a row back; `place` is below [`ROWS`].
    pub fn row(&self, place: usize) -> Row {
        let codes = std::array::from_fn(|i| (self.codes[i / QUAD][QUAD * place + i % QUAD] ^ 128).cast_signed());
        Row { codes, scale: self.scales[place], error: self.errors[place] }
    }

    /// Puts zeros in the place of all rows, also where nobody reads them any more.
    pub fn wipe(&mut self) {
        self.codes.as_flattened_mut().zeroize();
        self.scales.zeroize();
        self.errors.zeroize();
    }

    /// Forgets a row; `place` is below [`ROWS`].
    pub fn vacate(&mut self, place: usize) {
        self.set(place, &Row { codes: [0; EMBEDDING_SIZE], scale: 0.0, error: f32::NEG_INFINITY });
    }
}

/// A probe in eight bits, and what follows from how far that is from the probe.
#[derive(Debug, Clone)]
pub struct Query {
    codes: [i8; EMBEDDING_SIZE],
    scale: f32,
    slope: f32,
    offset: f32,
}

impl Query {
    /// `slope` and `offset` turn the error of a row into that of its score: `slope * error + offset`, `slope` being
    /// above zero. The error of `probe` is taken to be in them already.
    pub fn new(probe: &Row, slope: f32, offset: f32) -> Self {
        Self { codes: probe.codes.map(|code| code.max(-127)), scale: probe.scale, slope, offset }
    }

    /// What makes good that codes of rows are kept with 128 added.
    fn start(&self) -> i32 {
        -128 * self.codes.iter().map(|&code| i32::from(code)).sum::<i32>()
    }

    /// Four codes each in one number.
    #[cfg(target_arch = "x86_64")]
    fn quads(&self) -> [i32; QUADS] {
        let quad = |i: usize| std::array::from_fn(|k| self.codes[QUAD * i + k].cast_unsigned());
        std::array::from_fn(|i| i32::from_le_bytes(quad(i)))
    }
}

/// Which instructions are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// 512 bits with VNNI: four products and their sum are one instruction.
    Avx512,
    /// 256 bits. (AVX-VNNI saves two instructions of five, and nothing where memory is what is waited for.)
    Avx2,
    /// Whatever the target has.
    Portable,
}

impl Instructions {
    /// The fastest on this CPU.
    pub fn best() -> Self {
        if Self::Avx512.is_available() {
            Self::Avx512
        } else if Self::Avx2.is_available() {
            Self::Avx2
        } else {
            Self::Portable
        }
    }

    /// Whether this CPU has the instructions.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx512 | Self::Avx2 => false,
            Self::Portable => true,
        }
    }
}

/// Upper bounds of the scores of each row of `blocks`, into as many of `out`:
/// `dot(codes) * row.scale * query.scale + (row.error * slope + offset)`.
///
/// Where the CPU has not got the instructions of `path`, the portable path is taken.
pub fn upper_bounds(path: Instructions, query: &Query, blocks: &[Block], out: &mut [[f32; ROWS]]) {
    match path {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Instructions::Avx512 if path.is_available() => {
            // SAFETY: the CPU has the features that the function is compiled for. There is no other condition.
            unsafe { x86::avx512(query, blocks, out) }
        }
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Instructions::Avx2 if path.is_available() => {
            // SAFETY: the CPU has the features that the function is compiled for. There is no other condition.
            unsafe { x86::avx2(query, blocks, out) }
        }
        _ => portable(query, blocks, out),
    }
}

/// No fused multiply-add, so that every path rounds alike.
#[inline(always)]
fn finish(query: &Query, block: &Block, dots: &[i32; ROWS], out: &mut [f32; ROWS]) {
    for i in 0..ROWS {
        let score = dots[i] as f32 * block.scales[i] * query.scale;
        out[i] = score + (block.errors[i] * query.slope + query.offset);
    }
}

fn portable(query: &Query, blocks: &[Block], out: &mut [[f32; ROWS]]) {
    // The compiler has instructions for products of sixteen-bit numbers everywhere.
    let probe = query.codes.map(i16::from);
    for (block, out) in blocks.iter().zip(out) {
        let mut dots = [query.start(); ROWS];
        for (codes, probe) in block.codes.iter().zip(probe.as_chunks::<QUAD>().0) {
            for (dot, codes) in dots.iter_mut().zip(codes.as_chunks::<QUAD>().0) {
                let product = |k: usize| i32::from(i16::from(codes[k])) * i32::from(probe[k]);
                *dot += product(0) + product(1) + product(2) + product(3);
            }
        }
        finish(query, block, &dots, out);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Block, QUAD, QUADS, Query, ROWS, finish};

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub(super) fn avx512(query: &Query, blocks: &[Block], out: &mut [[f32; ROWS]]) {
        let (start, probe) = (_mm512_set1_epi32(query.start()), query.quads());
        for (block, out) in blocks.iter().zip(out) {
            // Four sums, since each addition waits for the one before.
            let zero = _mm512_setzero_si512();
            let mut sums = [start, zero, zero, zero];
            for (codes, probe) in block.codes.as_chunks::<4>().0.iter().zip(probe.as_chunks::<4>().0) {
                for i in 0..4 {
                    let [low, high]: [__m256i; 2] = pulp::cast(codes[i]);
                    let rows = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high); // one load
                    sums[i] = _mm512_dpbusd_epi32(sums[i], rows, _mm512_set1_epi32(probe[i]));
                }
            }
            let sum = _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
            let halves = [_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64::<1>(sum)];
            finish(query, block, &pulp::cast(halves), out);
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(query: &Query, blocks: &[Block], out: &mut [[f32; ROWS]]) {
        let probe = query.quads();
        let size = |i: usize| std::array::from_fn(|k| query.codes[QUAD * i + k].unsigned_abs());
        let sizes: [i32; QUADS] = std::array::from_fn(|i| i32::from_le_bytes(size(i)));
        let (offset, ones) = (_mm256_set1_epi8(-128), _mm256_set1_epi16(1));
        for (block, out) in blocks.iter().zip(out) {
            let mut sums = [_mm256_setzero_si256(); 2];
            for (codes, (&probe, &size)) in block.codes.iter().zip(probe.iter().zip(&sizes)) {
                let (probe, size) = (_mm256_set1_epi32(probe), _mm256_set1_epi32(size));
                let halves: [__m256i; 2] = pulp::cast(*codes);
                for i in 0..2 {
                    // The signs of the probe go to the rows: two products of at most 127 * 127 fit into sixteen bits,
                    // where the rows as they are kept would be cut off.
                    let rows = _mm256_sign_epi8(_mm256_xor_si256(halves[i], offset), probe);
                    let pairs = _mm256_maddubs_epi16(size, rows);
                    sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, ones));
                }
            }
            finish(query, block, &pulp::cast(sums), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PATHS: [Instructions; 3] = [Instructions::Avx512, Instructions::Avx2, Instructions::Portable];

    /// Codes with many at the ends of their range, where sums overflow if they ever do.
    fn codes() -> impl Strategy<Value = [i8; EMBEDDING_SIZE]> {
        let code = prop_oneof![any::<i8>(), Just(127), Just(-127), Just(-128)];
        let edges = prop_oneof![Just([127; EMBEDDING_SIZE]), Just([-127; EMBEDDING_SIZE])];
        let mixed = prop::collection::vec(code, EMBEDDING_SIZE).prop_map(|codes| std::array::from_fn(|i| codes[i]));
        prop_oneof![4 => mixed, 1 => edges]
    }

    fn row() -> impl Strategy<Value = Row> {
        (codes(), 1e-4f32..1e-2, 0.0f32..0.1).prop_map(|(codes, scale, error)| Row { codes, scale, error })
    }

    fn plain(query: &Query, row: &Row) -> f32 {
        let codes = row.codes.iter().map(|code| code.max(&-127));
        let dot: i32 = query.codes.iter().zip(codes).map(|(&a, &b)| i32::from(a) * i32::from(b)).sum();
        dot as f32 * row.scale * query.scale + (row.error * query.slope + query.offset)
    }

    fn blocks(rows: &[Row]) -> Vec<Block> {
        let mut blocks = vec![Block::VACANT; rows.len().div_ceil(ROWS)];
        rows.iter().enumerate().for_each(|(i, row)| blocks[i / ROWS].set(i % ROWS, row));
        blocks
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_path_gives_the_bits_of_the_plain_sum(
            rows in prop::collection::vec(row(), 0..70), probe in row(), slope in 0.5f32..2.0, offset in 0.0f32..0.1
        ) {
            let query = Query::new(&probe, slope, offset);
            let blocks = blocks(&rows);
            for path in PATHS {
                let mut out = vec![[f32::NAN; ROWS]; blocks.len()];
                upper_bounds(path, &query, &blocks, &mut out);
                for (i, &found) in out.as_flattened().iter().enumerate() {
                    let expected = rows.get(i).map_or(f32::NEG_INFINITY, |row| plain(&query, row));
                    prop_assert_eq!(found.to_bits(), expected.to_bits(), "row {} of {} by {:?}", i, rows.len(), path);
                }
            }
        }

        #[test]
        fn a_row_is_read_as_it_was_written_and_its_neighbours_stay(first in row(), other in row(), place in 0..ROWS) {
            let mut block = Block::VACANT;
            (0..ROWS).for_each(|place| block.set(place, &first));
            block.set(place, &other);
            let kept = |row: &Row| Row { codes: row.codes.map(|code| code.max(-127)), ..row.clone() };
            for i in 0..ROWS {
                prop_assert_eq!(block.row(i), kept(if i == place { &other } else { &first }));
            }
            block.vacate(place);
            prop_assert_eq!(block.row(place).error, f32::NEG_INFINITY);
        }
    }

    #[test]
    fn there_is_always_a_path() {
        assert!(Instructions::best().is_available());
        assert!(Instructions::Portable.is_available());
    }
}

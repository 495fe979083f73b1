//! The gallery in eight bits, which tells cheaply which references cannot be among the closest.
//!
//! A row `r` is kept as whole numbers `q` with a scale `s`, so that `r = s q + e`, and the probe as `p = t k + f`. Then
//! `p r = s t (k q) + f (s q) + p e`, where `k q` is a sum of whole numbers, and by Cauchy and Schwarz
//!
//! ```text
//! p r <= s t (k q) + |f| (|r| + |e|) + |p| |e| = s t (k q) + (|p| + |f|) |e| + |f| |r|
//! ```
//!
//! The lengths `|e|`, `|f|` are measured on each row and rounded up: this holds for whatever the numbers are, and
//! where they are directions in 128 dimensions the bound lies about 0.02 above the score.

use zeroize::ZeroizeOnDrop;

use crate::models::kernels::dot::{self, Block, Instructions, Query, ROWS, Row};
use crate::models::sface::EMBEDDING_SIZE;

type Values = [f32; EMBEDDING_SIZE];

/// Covers, in parts of `|p| |r|`, what 32-bit arithmetic loses: 24 roundings on the way of a number into the score, 5
/// into its bound, at most `2^-24` each, are below 1.8e-6.
const ROUNDING: f32 = 4e-6;
/// The same of a length that is measured over 128 numbers.
const LENGTH_ROUNDING: f32 = 1e-5;
/// Blocks whose bounds are computed at a time: 4 kB of them.
const BLOCKS_AT_A_TIME: usize = 64;

/// What is wiped when it is dropped.
#[derive(Clone, Default)]
struct Blocks(Vec<Block>);

impl ZeroizeOnDrop for Blocks {}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Block::wipe);
    }
}

/// The references in eight bits, in the order of the gallery. A face can be computed from these as well.
#[derive(Clone, Default)]
pub(super) struct Coarse {
    blocks: Blocks,
    len: usize,
    /// Not below the length of any reference that ever was here.
    longest: f32,
}

impl Coarse {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { blocks: Blocks(Vec::with_capacity(rows.div_ceil(ROWS))), ..Self::default() }
    }

    /// What holds the numbers.
    #[cfg(test)]
    pub(super) fn wiped(&self) -> &impl ZeroizeOnDrop {
        &self.blocks
    }

    pub(super) fn push(&mut self, values: &Values) {
        if self.len == self.blocks.0.len() * ROWS {
            self.blocks.0.push(Block::VACANT);
        }
        self.longest = self.longest.max(length(values));
        let row = quantize(values);
        self.blocks.0[self.len / ROWS].set(self.len % ROWS, &row);
        self.len += 1;
    }

    /// Takes a row out; the last one takes its place.
    pub(super) fn swap_remove(&mut self, index: usize) {
        let last = self.len - 1;
        let row = self.blocks.0[last / ROWS].row(last % ROWS);
        self.blocks.0[index / ROWS].set(index % ROWS, &row);
        self.blocks.0[last / ROWS].vacate(last % ROWS);
        self.len = last;
        self.blocks.0.truncate(last.div_ceil(ROWS));
    }

    /// The probe, made ready for [`Coarse::visit`].
    pub(super) fn query(&self, probe: &Values) -> Query {
        let row = quantize(probe);
        let length = length(probe);
        let slope = (length + row.error) * (1.0 + LENGTH_ROUNDING);
        let offset = (row.error * (1.0 + LENGTH_ROUNDING) + length * ROUNDING) * self.longest;
        Query::new(&row, slope, offset)
    }

    /// Calls `visit` with the index of each row that may reach the floor, and with the most that its score can be, in
    /// order; it returns the floor from there on. At first there is none.
    pub(super) fn visit(&self, path: Instructions, query: &Query, visit: impl FnMut(usize, f32) -> f32) {
        self.visit_from(0, f32::NEG_INFINITY, path, query, visit);
    }

    /// As [`Coarse::visit`], with a floor from the beginning, and but for the rows before this one. Some of those may come
    /// all the same: whole blocks are read.
    pub(super) fn visit_from(
        &self,
        row: usize,
        mut floor: f32,
        path: Instructions,
        query: &Query,
        mut visit: impl FnMut(usize, f32) -> f32,
    ) {
        let mut first = row / ROWS * ROWS;
        let mut bounds = [[0.0; ROWS]; BLOCKS_AT_A_TIME];
        for blocks in self.blocks.0.get(row / ROWS..).unwrap_or_default().chunks(BLOCKS_AT_A_TIME) {
            let bounds = &mut bounds[..blocks.len()];
            dot::upper_bounds(path, query, blocks, bounds);
            for bounds in bounds {
                // Without a way out in the middle, so that the compiler makes vectors of it.
                if bounds.iter().fold(false, |any, &bound| any | (bound >= floor)) {
                    for (i, &bound) in (first..self.len).zip(&*bounds) {
                        if bound >= floor {
                            floor = visit(i, bound);
                        }
                    }
                }
                first += ROWS;
            }
        }
    }
}

/// Not below the length of `values`.
fn length(values: &Values) -> f32 {
    // Eight sums side by side, which the compiler turns into vectors.
    let mut sums = [0.0f32; 8];
    for values in values.as_chunks::<8>().0 {
        for i in 0..8 {
            sums[i] += values[i] * values[i];
        }
    }
    sums.iter().sum::<f32>().sqrt() * (1.0 + LENGTH_ROUNDING)
}

fn quantize(values: &Values) -> Row {
    /// Added to a small number, it leaves the nearest whole one in the last bits.
    const WHOLE: f32 = (3 << 22) as f32;
    let largest = values.iter().fold(0.0f32, |largest, v| largest.max(v.abs()));
    let scale = (largest / 127.0).max(f32::MIN_POSITIVE);
    let per_scale = 1.0 / scale;
    let shifted = values.map(|v| (v * per_scale).clamp(-127.0, 127.0) + WHOLE);
    let rest: Values = std::array::from_fn(|i| values[i] - (shifted[i] - WHOLE) * scale);
    Row {
        codes: shifted.map(|v| v.to_bits() as i8),
        scale,
        // Each number of the rest is off by two roundings of one no larger than `largest`.
        error: length(&rest) + length(values) * 2.5e-7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values() -> impl Strategy<Value = Values> {
        let number = prop_oneof![8 => -1.0f32..1.0, 1 => Just(0.0), 1 => -1e-6f32..1e-6];
        prop::collection::vec(number, EMBEDDING_SIZE).prop_map(|numbers| std::array::from_fn(|i| numbers[i]))
    }

    fn exact(a: &Values, b: &Values) -> f64 {
        a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
    }

    proptest! {
        #[test]
        fn the_error_of_a_row_is_not_below_what_it_is(values in values(), scale in 1e-3f32..10.0) {
            let values = values.map(|v| v * scale);
            let row = quantize(&values);
            let rest: f64 = (0..EMBEDDING_SIZE)
                .map(|i| (f64::from(values[i]) - f64::from(row.scale) * f64::from(row.codes[i])).powi(2))
                .sum();
            prop_assert!(rest.sqrt() <= f64::from(row.error));
            prop_assert!(f64::from(row.error) <= rest.sqrt() * 1.001 + exact(&values, &values).sqrt() * 1e-6);
            prop_assert!(exact(&values, &values).sqrt() <= f64::from(length(&values)));
        }

        #[test]
        fn no_score_is_above_its_bound(rows in prop::collection::vec(values(), 1..40), probe in values()) {
            let mut coarse = Coarse::default();
            rows.iter().for_each(|row| coarse.push(row));
            let mut bounds = vec![];
            coarse.visit(Instructions::best(), &coarse.query(&probe), |i, bound| {
                bounds.push((i, bound));
                f32::NEG_INFINITY
            });
            prop_assert_eq!(bounds.len(), rows.len());
            for (i, bound) in bounds {
                let score = exact(&probe, &rows[i]);
                prop_assert!(f64::from(bound) >= score, "row {}: {} above {}", i, score, bound);
            }
        }
    }
}

//! Halving and doubling of maps, and patches as channels.

use pulp::{Simd, WithSimd};

use super::map::{Lanes, Map, vectors, vectors_a_group, vectors_mut};
use super::{Path, Unfit};

/// The maximum of each 2x2 square. Rows and columns must be even.
///
/// # Errors
/// [`Unfit`] when they are not.
pub fn max_pool_2x2(path: Path, input: &Map, out: &mut Map) -> Result<(), Unfit> {
    let (rows, columns) = (input.rows(), input.columns());
    if rows % 2 != 0 || columns % 2 != 0 {
        return Err(Unfit(format!("a map of {rows}x{columns} cannot be halved")));
    }
    out.resize(input.groups(), rows / 2, columns / 2);
    path.run(MaxPool { input: input.values(), columns, out: out.values_mut() });
    Ok(())
}

struct MaxPool<'a> {
    input: &'a [Lanes],
    columns: usize,
    out: &'a mut [Lanes],
}

impl WithSimd for MaxPool<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pairs = self.input.chunks_exact(2 * self.columns);
        for (rows, out) in pairs.zip(self.out.chunks_exact_mut(self.columns / 2)) {
            let (upper, lower) = rows.split_at(self.columns);
            for ((upper, lower), out) in upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0).zip(out) {
                let (upper, lower) = (vectors::<S>(upper), vectors::<S>(lower));
                let out = vectors_mut::<S>(std::slice::from_mut(out));
                let each = vectors_a_group::<S>();
                for v in 0..each {
                    let above = simd.max_f32s(upper[v], upper[each + v]);
                    out[v] = simd.max_f32s(above, simd.max_f32s(lower[v], lower[each + v]));
                }
            }
        }
    }
}

/// Adds to `large` a map of half its size, doubled by repetition.
///
/// # Errors
/// [`Unfit`] when it has another size.
pub fn add_upsampled(path: Path, large: &mut Map, small: &Map) -> Result<(), Unfit> {
    let fits =
        (small.groups(), small.rows() * 2, small.columns() * 2) == (large.groups(), large.rows(), large.columns());
    if !fits {
        return Err(Unfit(format!(
            "a map of {}x{} is not half of one of {}x{}",
            small.rows(),
            small.columns(),
            large.rows(),
            large.columns()
        )));
    }
    let columns = small.columns();
    path.run(AddUpsampled { large: large.values_mut(), small: small.values(), columns });
    Ok(())
}

struct AddUpsampled<'a> {
    large: &'a mut [Lanes],
    small: &'a [Lanes],
    columns: usize,
}

impl WithSimd for AddUpsampled<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pairs = self.large.chunks_exact_mut(4 * self.columns);
        for (rows, small) in pairs.zip(self.small.chunks_exact(self.columns)) {
            for row in rows.chunks_exact_mut(2 * self.columns) {
                for (two, one) in row.as_chunks_mut::<2>().0.iter_mut().zip(small) {
                    let (two, one) = (vectors_mut::<S>(two), vectors::<S>(std::slice::from_ref(one)));
                    let each = vectors_a_group::<S>();
                    for v in 0..2 * each {
                        two[v] = simd.add_f32s(two[v], one[v % each]);
                    }
                }
            }
        }
    }
}

/// Each patch of `side` x `side` places becomes one place that has all their channels, row by row and column by column: a
/// convolution whose windows do not overlap is a pointwise one after it.
///
/// # Errors
/// [`Unfit`] when the map has no whole number of patches.
pub fn patches(side: usize, input: &Map, out: &mut Map) -> Result<(), Unfit> {
    let (rows, columns) = (input.rows(), input.columns());
    if side == 0 || !rows.is_multiple_of(side) || !columns.is_multiple_of(side) {
        return Err(Unfit(format!("a map of {rows}x{columns} cannot be cut into patches of {side}")));
    }
    out.resize(side * side * input.groups(), rows / side, columns / side);
    let positions = out.positions();
    for (at, to) in out.values_mut().chunks_exact_mut(positions.max(1)).enumerate() {
        let (tap, group) = (at / input.groups(), input.group(at % input.groups()));
        let (down, right) = (tap / side, tap % side);
        let lines = group.chunks_exact(columns).skip(down).step_by(side);
        for (to, from) in to.chunks_exact_mut(columns / side).zip(lines) {
            to.iter_mut().zip(from.iter().skip(right).step_by(side)).for_each(|(to, from)| *to = *from);
        }
    }
    Ok(())
}

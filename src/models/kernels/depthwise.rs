//! A 3x3 convolution of each channel by itself.

use pulp::{Simd, WithSimd};

use super::activation::Epilogue;
use super::map::{LANES, Lanes, Map, Numbers, multiply_add, vectors, vectors_a_group};
use super::{Border, Path, Unfit, strided};

/// Taps of the window.
const TAPS: usize = 9;

/// Depthwise 3x3 convolution with padding 1, stride 1 or 2, bias and activation.
#[derive(Debug, Clone)]
pub struct Depthwise3x3 {
    /// (group, tap), the taps row by row.
    weight: Numbers,
    epilogue: Epilogue,
    stride: usize,
    border: Border,
}

/// Three neighbouring rows of one group, of equal length; what lies beyond the map is zeros.
type Window<'a> = [&'a [Lanes]; 3];

impl Depthwise3x3 {
    /// `weight` is (group, tap, 16), flat; `stride` 1 or 2.
    ///
    /// # Errors
    /// [`Unfit`] when the sizes do not fit each other.
    pub fn new(weight: Numbers, epilogue: Epilogue, stride: usize) -> Result<Self, Unfit> {
        let groups = epilogue.groups();
        if weight.len() != groups * TAPS || !(1..=2).contains(&stride) {
            let numbers = weight.len() * LANES;
            let channels = groups * LANES;
            return Err(Unfit(format!("a depthwise convolution of {numbers} weights for {channels}, stride {stride}")));
        }
        Ok(Self { weight, epilogue, stride, border: Border::Around })
    }

    /// The same with its zeros elsewhere. [`Border::After`] is for stride 2 and maps with even sides.
    pub fn with_border(self, border: Border) -> Self {
        Self { border, ..self }
    }

    /// Groups of channels.
    pub fn groups(&self) -> usize {
        self.epilogue.groups()
    }

    /// Convolves a whole map.
    ///
    /// # Errors
    /// [`Unfit`] when the map has another number of channels.
    pub fn run(&self, path: Path, input: &Map, out: &mut Map) -> Result<(), Unfit> {
        Unfit::unless_channels(self.groups(), input)?;
        self.border.fits(self.stride, input.rows(), input.columns())?;
        out.resize(self.groups(), strided(input.rows(), self.stride), strided(input.columns(), self.stride));
        let zeros = vec![Lanes::ZERO; input.columns()];
        path.run(Whole { layer: self, input, zeros: &zeros, out });
        Ok(())
    }

    /// One row of one group: `out` has a place for each window of the three rows.
    #[inline(always)]
    fn run_row<S: Simd>(&self, simd: S, group: usize, window: Window<'_>, out: &mut [Lanes]) {
        if self.stride == 1 {
            self.row::<S, 1, 6>(simd, group, window, out);
        } else if self.border == Border::After {
            self.row_after(simd, group, window, out);
        } else {
            self.row::<S, 2, 9>(simd, group, window, out);
        }
    }

    /// Four windows at a time read `WIDE` columns. The first window has no column to its left, the last may have
    /// none to its right.
    #[inline(always)]
    fn row<S: Simd, const STRIDE: usize, const WIDE: usize>(
        &self,
        simd: S,
        group: usize,
        window: Window<'_>,
        out: &mut [Lanes],
    ) {
        let columns = window[0].len();
        if columns == 1 {
            return self.taps::<S, 1, STRIDE, 1, 1, 2>(simd, group, window, 0, out, 0);
        }
        self.taps::<S, 1, STRIDE, 2, 1, 3>(simd, group, window, 0, out, 0);
        let mut at = 1;
        while at + 4 <= out.len() && (at + 3) * STRIDE + 1 < columns {
            self.taps::<S, 4, STRIDE, WIDE, 0, 3>(simd, group, window, at * STRIDE - 1, out, at);
            at += 4;
        }
        while at < out.len() && at * STRIDE + 1 < columns {
            self.taps::<S, 1, STRIDE, 3, 0, 3>(simd, group, window, at * STRIDE - 1, out, at);
            at += 1;
        }
        if at < out.len() {
            self.taps::<S, 1, STRIDE, 2, 0, 2>(simd, group, window, at * STRIDE - 1, out, at);
        }
    }

    /// As [`Self::row`] with stride 2, where only the last window lacks a column, the one to its right.
    #[inline(always)]
    fn row_after<S: Simd>(&self, simd: S, group: usize, window: Window<'_>, out: &mut [Lanes]) {
        let mut at = 0;
        while at + 4 < out.len() {
            self.taps::<S, 4, 2, 9, 0, 3>(simd, group, window, at * 2, out, at);
            at += 4;
        }
        while at + 1 < out.len() {
            self.taps::<S, 1, 2, 3, 0, 3>(simd, group, window, at * 2, out, at);
            at += 1;
        }
        self.taps::<S, 1, 2, 2, 0, 2>(simd, group, window, at * 2, out, at);
    }

    /// `M` windows side by side, of which the columns `FROM..TO` lie inside the map: `WIDE` columns from `first` on.
    #[inline(always)]
    fn taps<S: Simd, const M: usize, const STRIDE: usize, const WIDE: usize, const FROM: usize, const TO: usize>(
        &self,
        simd: S,
        group: usize,
        window: Window<'_>,
        first: usize,
        out: &mut [Lanes],
        at: usize,
    ) {
        let Some(weight) = self.weight[group * TAPS..].first_chunk::<TAPS>() else { return };
        let weight = vectors::<S>(weight);
        let each = vectors_a_group::<S>();
        for v in 0..each {
            let mut sums = [self.epilogue.bias::<S, 1>(simd, group * each + v); M];
            for (row, columns) in window.iter().enumerate() {
                let Some(columns) = columns[first..].first_chunk::<WIDE>() else { return };
                let columns = vectors::<S>(columns);
                for (m, sum) in sums.iter_mut().enumerate() {
                    for tap in FROM..TO {
                        let value = columns[(m * STRIDE + tap - FROM) * each + v];
                        sum[0] = multiply_add(simd, value, weight[(row * 3 + tap) * each + v], sum[0]);
                    }
                }
            }
            self.epilogue.loaded::<S, 1>(simd, group * each + v).finish(simd, &mut sums);
            let Some(places) = out[at..].first_chunk_mut::<M>() else { return };
            let places = super::map::vectors_mut::<S>(places);
            for (m, sum) in sums.iter().enumerate() {
                places[m * each + v] = sum[0];
            }
        }
    }
}

/// The rows around row `center` of a group that begins at `start`.
#[inline(always)]
fn window<'a>(group: &'a [Lanes], columns: usize, center: usize, zeros: &'a [Lanes]) -> Window<'a> {
    let zeros = &zeros[..columns];
    let mut rows = [zeros; 3];
    for (tap, row) in rows.iter_mut().enumerate() {
        // Row `center + tap - 1`, where there is one.
        if let Some(above) = (center + tap).checked_sub(1)
            && (above + 1) * columns <= group.len()
        {
            *row = &group[above * columns..][..columns];
        }
    }
    rows
}

struct Whole<'a> {
    layer: &'a Depthwise3x3,
    input: &'a Map,
    zeros: &'a [Lanes],
    out: &'a mut Map,
}

impl WithSimd for Whole<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { layer, input, zeros, out } = self;
        let (rows, columns) = (out.rows(), out.columns());
        for group in 0..layer.groups() {
            for y in 0..rows {
                let window =
                    window(input.group(group), input.columns(), y * layer.stride + layer.border.shift(), zeros);
                let row = &mut out.values_mut()[(group * rows + y) * columns..][..columns];
                layer.run_row(simd, group, window, row);
            }
        }
    }
}

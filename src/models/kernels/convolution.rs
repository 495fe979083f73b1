//! A full 3x3 convolution over pixels, for the first layer of a network.

use pulp::{Simd, WithSimd};

use super::activation::{Epilogue, store};
use super::map::{LANES, Lanes, Map, Numbers, multiply_add, vectors};
use super::{Border, Path, Unfit, strided};

/// Numbers of a pixel.
const CHANNELS: usize = 3;
/// Numbers under a window.
const UNDER: usize = 9 * CHANNELS;

/// 3x3 convolution of a picture with padding 1, stride 1 or 2, bias and activation.
#[derive(Debug, Clone)]
pub struct Stem {
    /// (output group, row of the window, column, channel of the pixel).
    weight: Numbers,
    epilogue: Epilogue,
    stride: usize,
    border: Border,
    /// Taken from each channel of each pixel; the padding stays zero.
    mean: f32,
}

/// A picture as numbers with a border of zeros, one pixel wide, kept between runs.
#[derive(Debug, Clone, Default)]
pub struct Padded {
    values: Vec<f32>,
    /// Width, height, columns and rows of the picture that is in it: what is zero stays zero under the next of its size.
    extent: [usize; 4],
}

/// Interleaved bytes: `width * height` pixels of three, shown to the network as the upper left part of `columns` x `rows`.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// The bytes, row by row.
    pub rgb: &'a [u8],
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Pixels of a row as the network sees it: at least `width`.
    pub columns: usize,
    /// Rows as the network sees them: at least `height`.
    pub rows: usize,
}

impl Stem {
    /// `weight` is (output group, ky, kx, channel, 16), flat; `stride` 1 or 2.
    ///
    /// # Errors
    /// [`Unfit`] when the sizes do not fit each other.
    pub fn new(weight: Numbers, epilogue: Epilogue, stride: usize, mean: f32) -> Result<Self, Unfit> {
        if weight.len() != epilogue.groups() * UNDER || !(1..=2).contains(&stride) {
            let (numbers, channels) = (weight.len() * LANES, epilogue.groups() * LANES);
            return Err(Unfit(format!("a stem of {numbers} weights for {channels} channels, stride {stride}")));
        }
        Ok(Self { weight, epilogue, stride, border: Border::Around, mean })
    }

    /// The same with its zeros elsewhere. [`Border::After`] is for stride 2 and pictures with even sides.
    pub fn with_border(self, border: Border) -> Self {
        Self { border, ..self }
    }

    /// Convolves a picture. What `Picture` adds to the right and below is zeros, as the padding is.
    ///
    /// # Errors
    /// [`Unfit`] when the bytes do not fit the picture's size, or it has no pixel.
    pub fn run(&self, path: Path, picture: Picture<'_>, padded: &mut Padded, out: &mut Map) -> Result<(), Unfit> {
        let Picture { rgb, width, height, columns, rows } = picture;
        let fits = width > 0 && height > 0 && columns >= width && rows >= height;
        if !fits || rgb.len() != width * height * CHANNELS {
            return Err(Unfit(format!("a picture of {width}x{height} RGB pixels cannot have {} bytes", rgb.len())));
        }
        self.border.fits(self.stride, rows, columns)?;
        out.resize(self.epilogue.groups(), strided(rows, self.stride), strided(columns, self.stride));
        path.run(Run { layer: self, picture, padded, out });
        Ok(())
    }
}

impl Padded {
    #[inline(always)]
    fn fill(&mut self, picture: Picture<'_>, mean: f32) {
        let (row, before) = ((picture.columns + 2) * CHANNELS, CHANNELS);
        let extent = [picture.width, picture.height, picture.columns, picture.rows];
        if self.extent != extent {
            self.values.clear();
            self.values.resize(row * (picture.rows + 2), 0.0);
            self.extent = extent;
        }
        let lines = picture.rgb.chunks_exact(picture.width * CHANNELS);
        for (to, from) in self.values.chunks_exact_mut(row).skip(1).zip(lines) {
            for (to, from) in to[before..].iter_mut().zip(from) {
                *to = f32::from(*from) - mean;
            }
        }
    }
}

struct Run<'a> {
    layer: &'a Stem,
    picture: Picture<'a>,
    padded: &'a mut Padded,
    out: &'a mut Map,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.padded.fill(self.picture, self.layer.mean);
        // (positions, their numbers under a row of the window at stride 1, at stride 2): 3 * stride * (M - 1) + 9
        if S::F32_LANES == 16 {
            self.tiles::<S, 14, 48, 87, 2, 1>(simd);
        } else if S::F32_LANES == 8 {
            self.tiles::<S, 6, 24, 39, 2, 2>(simd);
        } else {
            self.tiles::<S, 2, 12, 15, 4, 4>(simd);
        }
    }
}

impl Run<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const M: usize, const WIDE1: usize, const WIDE2: usize, const N: usize, const EACH: usize>(
        self,
        simd: S,
    ) {
        let groups = self.layer.epilogue.groups();
        let together = N / EACH;
        let row = (self.picture.columns + 2) * CHANNELS;
        let (rows, columns, positions) = (self.out.rows(), self.out.columns(), self.out.positions());
        let (stride, shift) = (self.layer.stride, self.layer.border.shift());
        for y in 0..rows {
            let lines = &self.padded.values[(y * stride + shift) * row..][..3 * row];
            for group in (0..groups).step_by(together) {
                let pair = groups - group >= together;
                let out = &mut self.out.values_mut()[group * positions..];
                let tile = Tile { layer: self.layer, lines, row, group, first: y * columns, positions };
                let mut x = 0;
                while x < columns {
                    let many = x + M <= columns;
                    match (stride, many, pair) {
                        (1, true, true) => tile.run::<S, M, 1, WIDE1, N, EACH>(simd, x, out),
                        (1, true, false) => tile.run::<S, M, 1, WIDE1, EACH, EACH>(simd, x, out),
                        (1, false, true) => tile.run::<S, 1, 1, 9, N, EACH>(simd, x, out),
                        (1, false, false) => tile.run::<S, 1, 1, 9, EACH, EACH>(simd, x, out),
                        (_, true, true) => tile.run::<S, M, 2, WIDE2, N, EACH>(simd, x, out),
                        (_, true, false) => tile.run::<S, M, 2, WIDE2, EACH, EACH>(simd, x, out),
                        (_, false, true) => tile.run::<S, 1, 2, 9, N, EACH>(simd, x, out),
                        (_, false, false) => tile.run::<S, 1, 2, 9, EACH, EACH>(simd, x, out),
                    }
                    x += if many { M } else { 1 };
                }
            }
        }
    }
}

/// What the tiles of one row of one or two output groups have in common.
struct Tile<'a> {
    layer: &'a Stem,
    /// Three rows of the padded picture, `row` numbers each.
    lines: &'a [f32],
    row: usize,
    group: usize,
    /// The row's first position in the output.
    first: usize,
    positions: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize, const STRIDE: usize, const WIDE: usize, const N: usize, const EACH: usize>(
        &self,
        simd: S,
        x: usize,
        out: &mut [Lanes],
    ) {
        let mut sums = [self.layer.epilogue.bias::<S, N>(simd, self.group * EACH); M];
        for line in 0..3 {
            let under = &self.lines[line * self.row + (x * STRIDE + self.layer.border.shift()) * CHANNELS..];
            let Some(under) = under.first_chunk::<WIDE>() else { return };
            let second = if N > EACH { self.group + 1 } else { self.group };
            let weights = |group: usize| self.layer.weight[group * UNDER + line * 9..].first_chunk::<9>();
            let (Some(first), Some(second)) = (weights(self.group), weights(second)) else { return };
            let (first, second) = (vectors::<S>(first), vectors::<S>(second));
            for tap in 0..9 {
                let mut weight = [simd.splat_f32s(0.0); N];
                for n in 0..N {
                    weight[n] = if n < EACH { first[tap * EACH + n] } else { second[tap * EACH + n - EACH] };
                }
                for (m, sum) in sums.iter_mut().enumerate() {
                    let value = simd.splat_f32s(under[m * STRIDE * CHANNELS + tap]);
                    for n in 0..N {
                        sum[n] = multiply_add(simd, value, weight[n], sum[n]);
                    }
                }
            }
        }
        self.layer.epilogue.loaded::<S, N>(simd, self.group * EACH).finish(simd, &mut sums);
        store::<S, N, M>(&sums, out, self.first + x, self.positions);
    }
}

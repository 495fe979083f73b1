//! Rows of YUV as RGB: BT.601 with limited range, which USB cameras use where they do not tell.
//!
//! Two neighbours share their color. Pairs are computed by the block, in loops without branches over arrays of fixed
//! size, which the compiler turns into vectors.

/// Pairs of pixels that are computed together.
const PAIRS: usize = 64;
/// Bytes of RGB that a pair gives.
const OUT: usize = 6;

/// A block of neighbouring pixels, each plane by itself.
struct Block {
    left: [u8; PAIRS],
    right: [u8; PAIRS],
    u: [u8; PAIRS],
    v: [u8; PAIRS],
}

/// Turns a row of Y0 U Y1 V into RGB; of an odd number of pixels the last Y1 is left out.
pub(super) fn yuyv(line: &[u8], rgb: &mut [u8]) {
    let (blocks, rest) = line.as_chunks::<{ 4 * PAIRS }>();
    let (outs, out_rest) = rgb.as_chunks_mut::<{ OUT * PAIRS }>();
    // Of an odd row that ends with a block, the last pixel has no whole block to go to.
    let whole = blocks.len().min(outs.len());
    let mut block = Block::new();
    for (bytes, out) in blocks.iter().zip(outs) {
        for (i, [left, u, right, v]) in bytes.as_chunks().0.iter().enumerate() {
            (block.left[i], block.u[i], block.right[i], block.v[i]) = (*left, *u, *right, *v);
        }
        block.rgb(out);
    }
    let rest = if whole < blocks.len() { blocks[whole].as_slice() } else { rest };
    for ([left, u, right, v], out) in rest.as_chunks().0.iter().zip(out_rest.chunks_mut(OUT)) {
        let pixels = [pixel(*left, *u, *v), pixel(*right, *u, *v)];
        out.copy_from_slice(&pixels.as_flattened()[..out.len()]);
    }
}

/// Turns a row of Y and its row of U V into RGB; an odd last column has no V of its own.
pub(super) fn nv12(luma: &[u8], color: &[u8], rgb: &mut [u8]) {
    let (lumas, luma_rest) = luma.as_chunks::<{ 2 * PAIRS }>();
    let (colors, color_rest) = color.as_chunks::<{ 2 * PAIRS }>();
    let (outs, out_rest) = rgb.as_chunks_mut::<{ OUT * PAIRS }>();
    let mut block = Block::new();
    for ((luma, color), out) in lumas.iter().zip(colors).zip(outs) {
        for (i, ([left, right], [u, v])) in luma.as_chunks().0.iter().zip(color.as_chunks().0).enumerate() {
            (block.left[i], block.right[i], block.u[i], block.v[i]) = (*left, *right, *u, *v);
        }
        block.rgb(out);
    }
    for ((luma, color), out) in luma_rest.chunks(2).zip(color_rest.chunks(2)).zip(out_rest.chunks_mut(OUT)) {
        let v = color.get(1).unwrap_or(&color[0]);
        for (luma, out) in luma.iter().zip(out.as_chunks_mut().0) {
            *out = pixel(*luma, color[0], *v);
        }
    }
}

impl Block {
    fn new() -> Self {
        let plane = [0; PAIRS];
        Self { left: plane, right: plane, u: plane, v: plane }
    }

    fn rgb(&self, rgb: &mut [u8; OUT * PAIRS]) {
        let [left, right] = [&self.left, &self.right].map(|luma| planes(luma, &self.u, &self.v));
        for (i, out) in rgb.as_chunks_mut::<OUT>().0.iter_mut().enumerate() {
            *out = [left[0][i], left[1][i], left[2][i], right[0][i], right[1][i], right[2][i]];
        }
    }
}

/// R, G and B of pixels, each by itself.
#[inline(never)] // in a loop of its own the compiler sees the vectors
fn planes(luma: &[u8; PAIRS], u: &[u8; PAIRS], v: &[u8; PAIRS]) -> [[u8; PAIRS]; 3] {
    let mut planes = [[0; PAIRS]; 3];
    for (channel, plane) in planes.iter_mut().enumerate() {
        for (i, out) in plane.iter_mut().enumerate() {
            *out = bytes(sums(luma[i], u[i], v[i]))[channel];
        }
    }
    planes
}

/// R, G, B, 256 times as large.
#[inline(always)]
fn sums(y: u8, u: u8, v: u8) -> [i32; 3] {
    let (y, u, v) = (298 * (i32::from(y) - 16), i32::from(u) - 128, i32::from(v) - 128);
    [y + 409 * v, y - 100 * u - 208 * v, y + 516 * u]
}

#[inline(always)]
fn bytes(sums: [i32; 3]) -> [u8; 3] {
    sums.map(|sum| ((sum + 128) >> 8).clamp(0, 255) as u8)
}

fn pixel(y: u8, u: u8, v: u8) -> [u8; 3] {
    bytes(sums(y, u, v))
}

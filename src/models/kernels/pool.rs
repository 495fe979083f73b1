//! Halving and doubling of maps.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, bail};

use super::{map, result};

/// The maximum of each 2x2 square. Rows and columns must be even.
#[derive(Debug, Clone, Copy)]
pub struct MaxPool2x2;

impl CustomOp1 for MaxPool2x2 {
    fn name(&self) -> &'static str {
        "max-pool-2x2"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (input, (rows, columns, channels)) = map(storage, layout)?;
        if rows % 2 != 0 || columns % 2 != 0 {
            bail!("{}: {rows}x{columns} is not even", self.name());
        }
        let shape = (rows / 2, columns / 2, channels);
        let row = columns * channels;
        let mut out = Vec::with_capacity(shape.0 * shape.1 * channels);
        for pair in input.chunks_exact(2 * row) {
            let (upper, lower) = pair.split_at(row);
            for (upper, lower) in upper.chunks_exact(2 * channels).zip(lower.chunks_exact(2 * channels)) {
                out.extend(
                    (0..channels).map(|c| upper[c].max(upper[channels + c]).max(lower[c].max(lower[channels + c]))),
                );
            }
        }
        Ok(result(out, shape))
    }
}

/// A map plus another of half its size, doubled by repetition.
#[derive(Debug, Clone, Copy)]
pub struct UpsampleAdd;

impl CustomOp2 for UpsampleAdd {
    fn name(&self) -> &'static str {
        "upsample-add"
    }

    fn cpu_fwd(&self, s1: &CpuStorage, l1: &Layout, s2: &CpuStorage, l2: &Layout) -> Result<(CpuStorage, Shape)> {
        let (large, shape) = map(s1, l1)?;
        let (small, half) = map(s2, l2)?;
        let (rows, columns, channels) = shape;
        if (half.0 * 2, half.1 * 2, half.2) != shape {
            bail!("{}: {half:?} is not half of {shape:?}", self.name());
        }
        let mut out = Vec::with_capacity(large.len());
        for (at, pixel) in large.chunks_exact(channels).enumerate() {
            let (y, x) = (at / columns, at % columns);
            debug_assert!(y < rows);
            let from = &small[(y / 2 * half.1 + x / 2) * channels..][..channels];
            out.extend(pixel.iter().zip(from).map(|(a, b)| a + b));
        }
        Ok(result(out, shape))
    }
}

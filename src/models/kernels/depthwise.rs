//! A 3x3 convolution of each channel by itself.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, bail};

use super::{Epilogue, Kernel, LANES, Lanes, groups, map, run, strided, taps};

/// Depthwise 3x3 convolution with padding 1, bias and activation.
#[derive(Debug, Clone)]
pub struct Depthwise3x3 {
    /// (tap, group); tap = 3 ky + kx.
    weight: Vec<Lanes>,
    epilogue: Epilogue,
    stride: usize,
}

impl Depthwise3x3 {
    /// `weight` is (9, channels), flat.
    ///
    /// # Errors
    /// When the sizes do not fit each other.
    pub fn new(weight: &[f32], epilogue: Epilogue, stride: usize) -> Result<Self> {
        if weight.len() != 9 * epilogue.channels() || stride == 0 {
            bail!("depthwise: {} weights for {} channels, stride {stride}", weight.len(), epilogue.channels());
        }
        Ok(Self { weight: groups(weight)?, epilogue, stride })
    }
}

impl Kernel for Depthwise3x3 {
    #[inline(always)]
    fn run(&self, input: &[f32], rows: usize, columns: usize, out: &mut [f32]) {
        let count = self.epilogue.bias.len();
        let channels = count * LANES;
        let out_columns = strided(columns, self.stride);
        for (at, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let (ky, y, high) = taps(at / out_columns, self.stride, rows);
            let (kx, x, wide) = taps(at % out_columns, self.stride, columns);
            for (group, pixel) in pixel.chunks_exact_mut(LANES).enumerate() {
                let mut sum = self.epilogue.bias[group];
                for row in 0..high {
                    for column in 0..wide {
                        let from = ((y + row) * columns + x + column) * channels + group * LANES;
                        let weight = &self.weight[((ky + row) * 3 + kx + column) * count + group];
                        for ((sum, value), weight) in sum.iter_mut().zip(&input[from..from + LANES]).zip(weight) {
                            *sum += value * weight;
                        }
                    }
                }
                self.epilogue.finish(group, &sum, pixel);
            }
        }
    }
}

impl CustomOp1 for Depthwise3x3 {
    fn name(&self) -> &'static str {
        "depthwise-3x3"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (input, (rows, columns, channels)) = map(storage, layout)?;
        if channels != self.epilogue.channels() {
            bail!("{}: expected {} channels, got {channels}", self.name(), self.epilogue.channels());
        }
        let shape = (strided(rows, self.stride), strided(columns, self.stride), channels);
        Ok(run(self, input, rows, columns, shape))
    }
}

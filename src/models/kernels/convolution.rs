//! A full 3x3 convolution, for the first layer of a network.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, bail};

use super::{Epilogue, Kernel, LANES, Lanes, groups, map, run, strided, taps};

/// 3x3 convolution with padding 1, bias and activation.
#[derive(Debug, Clone)]
pub struct Convolution3x3 {
    /// (ky, kx, input channel, output group).
    weight: Vec<Lanes>,
    epilogue: Epilogue,
    inputs: usize,
    stride: usize,
}

impl Convolution3x3 {
    /// `weight` is (3, 3, inputs, outputs), flat.
    ///
    /// # Errors
    /// When the sizes do not fit each other.
    pub fn new(weight: &[f32], epilogue: Epilogue, stride: usize) -> Result<Self> {
        let outputs = epilogue.channels();
        if !weight.len().is_multiple_of(9 * outputs) || stride == 0 {
            bail!("3x3 convolution: {} weights for {outputs} outputs, stride {stride}", weight.len());
        }
        Ok(Self { inputs: weight.len() / 9 / outputs, weight: groups(weight)?, epilogue, stride })
    }
}

impl Kernel for Convolution3x3 {
    #[inline(always)]
    fn run(&self, input: &[f32], rows: usize, columns: usize, out: &mut [f32]) {
        let (inputs, out_groups) = (self.inputs, self.epilogue.bias.len());
        let out_columns = strided(columns, self.stride);
        for (at, pixel) in out.chunks_exact_mut(out_groups * LANES).enumerate() {
            let (ky, y, high) = taps(at / out_columns, self.stride, rows);
            let (kx, x, wide) = taps(at % out_columns, self.stride, columns);
            for (group, pixel) in pixel.chunks_exact_mut(LANES).enumerate() {
                let mut sum = self.epilogue.bias[group];
                for row in 0..high {
                    // The taps of a row lie side by side, in the input as in the weights.
                    let values = &input[((y + row) * columns + x) * inputs..][..wide * inputs];
                    let weights = self.weight[((ky + row) * 3 + kx) * inputs * out_groups..].iter();
                    for (&value, weight) in values.iter().zip(weights.skip(group).step_by(out_groups)) {
                        for lane in 0..LANES {
                            sum[lane] += value * weight[lane];
                        }
                    }
                }
                self.epilogue.finish(group, &sum, pixel);
            }
        }
    }
}

impl CustomOp1 for Convolution3x3 {
    fn name(&self) -> &'static str {
        "convolution-3x3"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (input, (rows, columns, channels)) = map(storage, layout)?;
        if channels != self.inputs {
            bail!("{}: expected {} channels, got {channels}", self.name(), self.inputs);
        }
        let shape = (strided(rows, self.stride), strided(columns, self.stride), self.epilogue.channels());
        Ok(run(self, input, rows, columns, shape))
    }
}

//! A 1x1 convolution: at each position the same matrix over the channels.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, bail};

use super::{Epilogue, Kernel, LANES, Lanes, map, run};

/// Positions that are computed together: 6 sums of 16 lanes, a weight and a value fit the registers of AVX2.
const POSITIONS: usize = 6;

/// Pointwise convolution with bias and activation.
#[derive(Debug, Clone)]
pub struct Pointwise {
    /// (output group, input channel): the order in which the inner loop reads.
    weight: Vec<Lanes>,
    epilogue: Epilogue,
    inputs: usize,
}

impl Pointwise {
    /// `weight` is (inputs, outputs), flat.
    ///
    /// # Errors
    /// When the sizes do not fit each other.
    pub fn new(weight: &[f32], epilogue: Epilogue) -> Result<Self> {
        let outputs = epilogue.channels();
        if weight.is_empty() || !weight.len().is_multiple_of(outputs) {
            bail!("pointwise: {} weights for {outputs} outputs", weight.len());
        }
        let (groups, _) = weight.as_chunks::<LANES>();
        let count = outputs / LANES;
        let packed = (0..count).flat_map(|group| groups.iter().skip(group).step_by(count).copied()).collect();
        Ok(Self { weight: packed, inputs: weight.len() / outputs, epilogue })
    }

    #[inline(always)]
    fn tile<const N: usize>(&self, input: &[f32], out: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.epilogue.channels());
        let positions: [&[f32]; N] = std::array::from_fn(|n| &input[n * inputs..][..inputs]);
        for (group, weight) in self.weight.chunks_exact(inputs).enumerate() {
            let mut sums = [self.epilogue.bias[group]; N];
            for (channel, weight) in weight.iter().enumerate() {
                for (sum, position) in sums.iter_mut().zip(&positions) {
                    let value = position[channel];
                    for lane in 0..LANES {
                        sum[lane] += value * weight[lane];
                    }
                }
            }
            for (n, sum) in sums.iter().enumerate() {
                self.epilogue.finish(group, sum, &mut out[n * outputs + group * LANES..][..LANES]);
            }
        }
    }
}

impl Kernel for Pointwise {
    #[inline(always)]
    fn run(&self, input: &[f32], _: usize, _: usize, out: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.epilogue.channels());
        let mut blocks = input.chunks_exact(POSITIONS * inputs);
        let mut out_blocks = out.chunks_exact_mut(POSITIONS * outputs);
        for (input, out) in blocks.by_ref().zip(out_blocks.by_ref()) {
            self.tile::<POSITIONS>(input, out);
        }
        let rest = blocks.remainder().chunks_exact(inputs);
        for (input, out) in rest.zip(out_blocks.into_remainder().chunks_exact_mut(outputs)) {
            self.tile::<1>(input, out);
        }
    }
}

impl CustomOp1 for Pointwise {
    fn name(&self) -> &'static str {
        "pointwise"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (input, (rows, columns, channels)) = map(storage, layout)?;
        if channels != self.inputs {
            bail!("{}: expected {} channels, got {channels}", self.name(), self.inputs);
        }
        let shape = (rows, columns, self.epilogue.channels());
        Ok(run(self, input, rows, columns, shape))
    }
}

//! SFace, the face embedder (Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face
//! Recognition", 2021), as OpenCV Zoo publishes it: a MobileNetV1 over a 112x112 crop.
//!
//! | part | rows x columns | channels |
//! | --- | --- | --- |
//! | stem: 3x3 | 112 | 3 -> 32 |
//! | block 0 | 112 | 32 -> 64 |
//! | blocks 1, 2 (the first halves the map) | 56 | 64 -> 128 -> 128 |
//! | blocks 3, 4 | 28 | 128 -> 256 -> 256 |
//! | blocks 5 to 10 | 14 | 256 -> 512 ... 512 |
//! | blocks 11, 12 | 7 | 512 -> 1024 -> 1024 |
//! | head: dense | 1 | 50176 -> 128 |
//!
//! A block is a depthwise 3x3 and a pointwise convolution, each followed by a PReLU; batch norm is folded.

use candle_core::{Device, Result, Tensor};
use candle_nn::{Linear, Module};

use super::kernels::{Convolution3x3, Depthwise3x3, Epilogue, Pointwise};
use super::tensor_error;
use super::weights::{SFACE, Weights};
use crate::error::ModelError;

/// Columns and rows of the aligned crop.
pub const CROP_SIZE: usize = 112;
/// Numbers in an embedding.
pub const EMBEDDING_SIZE: usize = 128;
/// Names the network and all that is done to a frame before it, so that only embeddings made in one way are
/// ever compared. Change it with whatever changes the numbers.
pub const NETWORK_ID: &str = "sface-2021dec/yunet-2023mar/1";

const BLOCKS: usize = 13;
/// Blocks that halve the map.
const HALVING: [usize; 4] = [1, 3, 5, 11];
const NAME: &str = "sface";

/// The network, ready to run.
pub struct SFace {
    stem: Convolution3x3,
    blocks: Vec<(Depthwise3x3, Pointwise)>,
    head: Linear,
}

impl SFace {
    /// Loads the weights that are compiled in.
    ///
    /// # Errors
    /// [`ModelError`] when they are not those of this network.
    pub fn load() -> std::result::Result<Self, ModelError> {
        Self::from_weights(SFACE).map_err(tensor_error(NAME))
    }

    fn from_weights(file: &[u8]) -> Result<Self> {
        let weights = Weights::new(file)?;
        let layer = |name: &str| -> Result<(Vec<f32>, Epilogue)> {
            let (bias, slope) = (weights.vector(&format!("{name}.bias"))?, weights.vector(&format!("{name}.slope"))?);
            Ok((weights.vector(&format!("{name}.weight"))?, Epilogue::new(&bias, &slope)?))
        };
        let (weight, epilogue) = layer("stem")?;
        let stem = Convolution3x3::new(&weight, epilogue, 1)?;
        let blocks = (0..BLOCKS)
            .map(|i| {
                let stride = if HALVING.contains(&i) { 2 } else { 1 };
                let (weight, epilogue) = layer(&format!("block.{i}.depthwise"))?;
                let depthwise = Depthwise3x3::new(&weight, epilogue, stride)?;
                let (weight, epilogue) = layer(&format!("block.{i}.pointwise"))?;
                Ok((depthwise, Pointwise::new(&weight, epilogue)?))
            })
            .collect::<Result<_>>()?;
        // Stored as (inputs, outputs), which the product reads in order; a dense layer's own order is the other.
        let head = Linear::new(weights.tensor("head.weight")?.t()?, Some(weights.tensor("head.bias")?));
        Ok(Self { stem, blocks, head })
    }

    /// The raw embedding (not unit length) of an aligned crop: 112x112 interleaved RGB bytes.
    ///
    /// # Errors
    /// [`ModelError`] when the crop has another size.
    pub fn embed(&self, crop: &[u8]) -> std::result::Result<[f32; EMBEDDING_SIZE], ModelError> {
        self.forward(crop).map_err(tensor_error(NAME))
    }

    fn forward(&self, crop: &[u8]) -> Result<[f32; EMBEDDING_SIZE]> {
        // The scale 1/128 is folded into the stem; the mean is not, because the stem's zero padding comes after it.
        let pixels: Vec<f32> = crop.iter().map(|&v| f32::from(v) - 127.5).collect();
        let mut map =
            Tensor::from_vec(pixels, (CROP_SIZE, CROP_SIZE, 3), &Device::Cpu)?.apply_op1_no_bwd(&self.stem)?;
        for (depthwise, pointwise) in &self.blocks {
            map = map.apply_op1_no_bwd(depthwise)?.apply_op1_no_bwd(pointwise)?;
        }
        let out = self.head.forward(&map.flatten_all()?.unsqueeze(0)?)?.squeeze(0)?.to_vec1()?;
        let count = out.len();
        out.try_into().map_err(|_| candle_core::Error::Msg(format!("{count} outputs instead of {EMBEDDING_SIZE}")))
    }
}

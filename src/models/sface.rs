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

use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::kernels::{
    Dense, Depthwise3x3, Map, Padded, Path, Picture, Pointwise, QuantizedMap, QuantizedPointwise, Stem, Unfit, Vnni,
};
use super::over_crop::{self, OverCrop};
use super::tensor_error;
use super::weights::{SFACE, Weights, WeightsError};
use crate::error::ModelError;

/// Columns and rows of the aligned crop.
pub const CROP_SIZE: usize = 112;
/// Numbers in an embedding.
pub const EMBEDDING_SIZE: usize = super::kernels::OUTPUTS;
/// Names the network and all that is done to a frame before it, so that only embeddings made in one way are
/// ever compared. Change it with whatever changes the numbers, but for the kernels' path: embeddings in eight bits and in
/// single precision are compared with each other (docs/PERFORMANCE.md tells what that costs).
pub const NETWORK_ID: &str = "sface-2021dec/yunet-2023mar/3";

const BLOCKS: usize = 13;
/// Blocks that halve the map.
const HALVING: [usize; 4] = [1, 3, 5, 11];
/// The last layer's weights are stored 2^20 times as large, so that half precision's range is used.
const HEAD_SCALE: f32 = 1.0 / 1_048_576.0;
const NAME: &str = "sface";

/// The network, ready to run: a candle op from an aligned crop, (112, 112, 3) RGB bytes, to the raw embedding.
pub struct SFace {
    path: Path,
    stem: Stem,
    blocks: Vec<(Depthwise3x3, Product)>,
    head: Dense,
    maps: Mutex<Maps>,
}

/// A pointwise convolution: in eight bits where the CPU multiplies bytes, which moves the embedding's
/// direction a little (a cosine of 0.999); docs/PERFORMANCE.md tells what that costs in decisions.
enum Product {
    Single(Pointwise),
    Eight(Vnni, QuantizedPointwise),
}

/// What a run writes to, kept for the next: after the first run nothing large is allocated.
#[derive(Default)]
struct Maps {
    padded: Padded,
    map: Map,
    between: Map,
    codes: QuantizedMap,
}

impl SFace {
    /// Loads the weights that are compiled in, for the kernels that [`Path::choose`] gives.
    ///
    /// # Errors
    /// [`ModelError`] when they are not those of this network, or the environment asks for kernels that are not there.
    pub fn load() -> Result<Self, ModelError> {
        let path = Path::choose().map_err(tensor_error(NAME))?;
        Self::load_for(path)
    }

    /// Loads the weights that are compiled in, for these kernels.
    ///
    /// # Errors
    /// [`ModelError`] when they are not those of this network.
    pub fn load_for(path: Path) -> Result<Self, ModelError> {
        Self::from_weights(path).map_err(tensor_error(NAME))
    }

    fn from_weights(path: Path) -> Result<Self, WeightsError> {
        let weights = Weights::new(SFACE)?;
        let weight = |layer: &str| weights.numbers(&format!("{layer}.weight"));
        // The scale 1/128 is folded into the stem; the mean is not, because the stem's zero padding comes after it.
        let stem = Stem::new(weight("stem")?, weights.prelu("stem")?, 1, 127.5)?;
        let product = |layer: &str| -> Result<Product, WeightsError> {
            let epilogue = weights.prelu(layer)?;
            let Some(vnni) = path.vnni() else { return Ok(Product::Single(Pointwise::new(weight(layer)?, epilogue)?)) };
            let (codes, start) = (weights.codes(&format!("{layer}.codes"))?, weights.sums(&format!("{layer}.start"))?);
            let scale = weights.numbers(&format!("{layer}.scale"))?;
            Ok(Product::Eight(vnni, QuantizedPointwise::new(codes, scale, start, epilogue)?))
        };
        let block = |i: usize| -> Result<(Depthwise3x3, Product), WeightsError> {
            let (depthwise, pointwise) = (format!("block.{i}.depthwise"), format!("block.{i}.pointwise"));
            let stride = if HALVING.contains(&i) { 2 } else { 1 };
            let depthwise = Depthwise3x3::new(weight(&depthwise)?, weights.prelu(&depthwise)?, stride)?;
            Ok((depthwise, product(&pointwise)?))
        };
        let blocks = (0..BLOCKS).map(block).collect::<Result<_, _>>()?;
        let head = Dense::new(weights.half_rows("head.weight")?, weights.numbers("head.bias")?, HEAD_SCALE)?;
        Ok(Self { path, stem, blocks, head, maps: Mutex::default() })
    }

    /// The raw embedding (not unit length) of an aligned crop: 112x112 interleaved RGB bytes.
    ///
    /// # Errors
    /// [`ModelError`] when the crop has another size.
    pub fn embed(&self, crop: &[u8]) -> Result<[f32; EMBEDDING_SIZE], ModelError> {
        let out = Zeroizing::new(over_crop::run(self, crop)?);
        let count = out.len();
        let wrong = |_: std::array::TryFromSliceError| {
            candle_core::Error::Msg(format!("{count} outputs instead of {EMBEDDING_SIZE}"))
        };
        out.as_slice().try_into().map_err(wrong).map_err(tensor_error(NAME))
    }
}

impl OverCrop for SFace {
    const NAME: &'static str = NAME;
    const SIZE: usize = CROP_SIZE;

    fn forward(&self, crop: Picture<'_>) -> Result<Vec<f32>, Unfit> {
        // After a panic the maps hold half a run, which the next one writes over.
        let Maps { padded, map, between, codes } = &mut *self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        self.stem.run(self.path, crop, padded, map)?;
        for (depthwise, product) in &self.blocks {
            depthwise.run(self.path, map, between)?;
            match product {
                Product::Single(pointwise) => pointwise.run(self.path, between, map)?,
                Product::Eight(vnni, pointwise) => pointwise.run(*vnni, between, codes, map)?,
            }
        }
        Ok(self.head.run(self.path, map)?.to_vec())
    }
}

//! MediaPipe's iris network (Ablavatski et al., "Real-time Pupil Tracking from Monocular Video for Digital Puppetry", 2020),
//! of which the branch of the eye's contour is used: 71 points of the lids and around them, over a 64x64 crop.
//!
//! | part | rows x columns | channels (in the middle) |
//! | --- | --- | --- |
//! | stem: 3x3 | 32 | 3 -> 64 |
//! | blocks 0 to 3 | 32 | 64 (32) |
//! | blocks 4 to 8 (the first halves the map) | 16 | 128 (64) |
//! | blocks 9 to 11 | 8 | 128 (64) |
//! | blocks 12 to 14 | 4 | 128 (64) |
//! | blocks 15 to 17 | 2 | 128 (64) |
//! | out: 2x2 | 1 | 128 -> 213 |
//!
//! A block is a pointwise convolution with a PReLU (2x2 where it halves the map), a depthwise 3x3 and a pointwise convolution,
//! with a way around them, and a PReLU of both.

use std::sync::{Mutex, PoisonError};

use super::kernels::{
    Border, Depthwise3x3, Map, Padded, Path, Picture, Pointwise, Shortcut, Stem, Unfit, max_pool_2x2, patches,
};
use super::over_crop::{self, OverCrop};
use super::tensor_error;
use super::weights::{IRIS, Weights, WeightsError};
use crate::error::ModelError;

/// Columns and rows of the crop.
pub const CROP_SIZE: usize = 64;
/// Points of an eye. The first 16 are its outline: 0 and 8 are the corners, 1 to 7 lie on the lower lid, 9 to 15 on the upper.
pub const POINTS: usize = 71;

const BLOCKS: usize = 18;
/// Blocks that halve the map.
const HALVING: [usize; 4] = [4, 9, 12, 15];
/// Numbers that come out: x, y and depth of each point.
const OUTPUTS: usize = 3 * POINTS;
const NAME: &str = "iris";

/// The network, ready to run: a candle op from a crop, (64, 64, 3) RGB bytes, to 213 numbers: x, y and depth of each point.
pub struct Iris {
    path: Path,
    stem: Stem,
    blocks: Vec<Block>,
    out: Pointwise,
    maps: Mutex<Maps>,
}

struct Block {
    reduce: Pointwise,
    depthwise: Depthwise3x3,
    expand: Pointwise,
    shortcut: Shortcut,
    halves: bool,
}

/// What a run writes to, kept for the next.
#[derive(Default)]
struct Maps {
    padded: Padded,
    map: Map,
    halved: Map,
    reduced: Map,
    between: Map,
    sums: Map,
}

impl Block {
    fn load(weights: &Weights, name: &str, halves: bool) -> Result<Self, WeightsError> {
        let [reduce, depthwise, expand] = ["reduce", "depthwise", "expand"].map(|part| format!("{name}.{part}"));
        let weight = |layer: &str| weights.numbers(&format!("{layer}.weight"));
        Ok(Self {
            reduce: Pointwise::new(weight(&reduce)?, weights.prelu(&reduce)?)?,
            depthwise: Depthwise3x3::new(weight(&depthwise)?, weights.linear(&depthwise)?, 1)?,
            expand: Pointwise::new(weight(&expand)?, weights.linear(&expand)?)?,
            shortcut: Shortcut::new(weights.numbers(&format!("{name}.slope"))?)?,
            halves,
        })
    }

    /// From `maps.map` to `maps.map`.
    fn run(&self, path: Path, maps: &mut Maps) -> Result<(), Unfit> {
        let Maps { map, halved, reduced, between, sums, .. } = maps;
        if self.halves {
            patches(2, map, between)?;
            self.reduce.run(path, between, reduced)?;
            max_pool_2x2(path, map, halved)?;
        } else {
            self.reduce.run(path, map, reduced)?;
        }
        self.depthwise.run(path, reduced, between)?;
        self.expand.run(path, between, sums)?;
        self.shortcut.run(path, if self.halves { halved } else { map }, sums)?;
        std::mem::swap(map, sums);
        Ok(())
    }
}

impl Iris {
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
        let weights = Weights::new(IRIS)?;
        let block = |i: usize| Block::load(&weights, &format!("block.{i}"), HALVING.contains(&i));
        // The scale 1/255 is folded into the stem.
        let stem = Stem::new(weights.numbers("stem.weight")?, weights.prelu("stem")?, 2, 0.0)?;
        Ok(Self {
            path,
            stem: stem.with_border(Border::After),
            blocks: (0..BLOCKS).map(block).collect::<Result<_, _>>()?,
            out: Pointwise::new(weights.numbers("out.weight")?, weights.linear("out")?)?,
            maps: Mutex::default(),
        })
    }

    /// The contour of the eye in a crop: 64x64 interleaved RGB bytes, the crop 2.3 times as wide as the eye, its outer corner to
    /// the left. x, y and depth of each point in pixels of the crop.
    ///
    /// # Errors
    /// [`ModelError`] when the crop has another size.
    pub fn contour(&self, crop: &[u8]) -> Result<[[f32; 3]; POINTS], ModelError> {
        let out = over_crop::run(self, crop)?;
        let mut points = [[0.0; 3]; POINTS];
        points.iter_mut().zip(out.as_chunks::<3>().0).for_each(|(point, found)| *point = *found);
        Ok(points)
    }
}

impl OverCrop for Iris {
    const NAME: &'static str = NAME;
    const SIZE: usize = CROP_SIZE;

    fn forward(&self, crop: Picture<'_>) -> Result<Vec<f32>, Unfit> {
        // After a panic the maps hold half a run, which the next one writes over.
        let maps = &mut *self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        self.stem.run(self.path, crop, &mut maps.padded, &mut maps.map)?;
        for block in &self.blocks {
            block.run(self.path, maps)?;
        }
        patches(2, &maps.map, &mut maps.between)?;
        self.out.run(self.path, &maps.between, &mut maps.sums)?;
        Ok(maps.sums.values().iter().flat_map(|lanes| lanes.0).take(OUTPUTS).collect())
    }
}

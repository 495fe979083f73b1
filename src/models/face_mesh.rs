//! MediaPipe's face mesh (Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs", 2019):
//! 468 points of a face in depth, over a 192x192 crop.
//!
//! | part | rows x columns | channels |
//! | --- | --- | --- |
//! | stem: 3x3 | 96 | 3 -> 16 |
//! | blocks 0, 1 | 96 | 16 |
//! | blocks 2 to 4 (the first halves the map) | 48 | 32 |
//! | blocks 5 to 7 | 24 | 64 |
//! | blocks 8 to 10 | 12 | 128 |
//! | blocks 11 to 13 | 6 | 128 |
//! | points: 3 blocks, a reduction, a block, a product | 3 | 128 -> 32 -> 1404 |
//! | score: a block, a reduction, a block, a product | 3 | 128 -> 32 -> 1 |
//!
//! A block is a depthwise 3x3 and a pointwise convolution with a way around them, and a PReLU of both. The points lean on
//! what faces look like: those of a flat picture of a face have depth as well.

use std::sync::{Mutex, PoisonError};

use super::kernels::{
    Border, Depthwise3x3, Map, Padded, Path, Picture, Pointwise, Shortcut, Stem, Unfit, max_pool_2x2, patches,
};
use super::over_crop::{self, OverCrop};
use super::tensor_error;
use super::weights::{FACE_MESH, Weights, WeightsError};
use crate::error::ModelError;

/// Columns and rows of the crop.
pub const CROP_SIZE: usize = 192;
/// Points of a face.
pub const POINTS: usize = 468;

/// Blocks up to the map that both heads read.
const BLOCKS: usize = 14;
/// Blocks that halve the map.
const HALVING: [usize; 4] = [2, 5, 8, 11];
/// Numbers that come out: x, y and depth of each point, and the score.
const OUTPUTS: usize = 3 * POINTS + 1;
/// Rows and columns of the last map.
const LAST: usize = 3;
const NAME: &str = "face_mesh";

/// The points of the face in a crop.
#[derive(Clone)]
pub struct Mesh {
    /// x, y and depth, in pixels of the crop; the depth grows away from the camera and is zero about the middle of the head.
    pub points: [[f32; 3]; POINTS],
    /// How much of a face the crop shows, 0 to 1.
    pub score: f32,
}

// Where the points of a face lie tells whose it is: they never get into a log.
impl std::fmt::Debug for Mesh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mesh(score {:.2})", self.score)
    }
}

/// The network, ready to run: a candle op from a crop, (192, 192, 3) RGB bytes, to 1405 numbers: x, y and depth of each
/// point, and the score before its sigmoid.
pub struct FaceMesh {
    path: Path,
    stem: Stem,
    blocks: Vec<Block>,
    points: Head,
    score: Head,
    maps: Mutex<Maps>,
}

struct Block {
    depthwise: Depthwise3x3,
    pointwise: Pointwise,
    shortcut: Shortcut,
    halves: bool,
}

struct Head {
    blocks: Vec<Block>,
    reduce: Pointwise,
    narrow: Block,
    out: Pointwise,
}

/// What a run writes to, kept for the next.
#[derive(Default)]
struct Maps {
    padded: Padded,
    trunk: Map,
    map: Map,
    between: Map,
    sums: Map,
    halved: Map,
}

impl Block {
    fn load(weights: &Weights, name: &str, halves: bool) -> Result<Self, WeightsError> {
        let (depthwise, pointwise) = (format!("{name}.depthwise"), format!("{name}.pointwise"));
        let weight = |layer: &str| weights.numbers(&format!("{layer}.weight"));
        let (stride, border) = if halves { (2, Border::After) } else { (1, Border::Around) };
        Ok(Self {
            depthwise: Depthwise3x3::new(weight(&depthwise)?, weights.linear(&depthwise)?, stride)?.with_border(border),
            pointwise: Pointwise::new(weight(&pointwise)?, weights.linear(&pointwise)?)?,
            shortcut: Shortcut::new(weights.numbers(&format!("{name}.slope"))?)?,
            halves,
        })
    }

    /// Writes the result to `sums`.
    fn run(&self, path: Path, input: &Map, between: &mut Map, halved: &mut Map, sums: &mut Map) -> Result<(), Unfit> {
        self.depthwise.run(path, input, between)?;
        self.pointwise.run(path, between, sums)?;
        if !self.halves {
            return self.shortcut.run(path, input, sums);
        }
        max_pool_2x2(path, input, halved)?;
        self.shortcut.run(path, halved, sums)
    }
}

impl Head {
    fn load(weights: &Weights, name: &str, blocks: usize) -> Result<Self, WeightsError> {
        let (reduce, out) = (format!("{name}.reduce"), format!("{name}.out"));
        let weight = |layer: &str| weights.numbers(&format!("{layer}.weight"));
        let block = |i: usize| Block::load(weights, &format!("{name}.block.{i}"), i == 0);
        Ok(Self {
            blocks: (0..blocks).map(block).collect::<Result<_, _>>()?,
            reduce: Pointwise::new(weight(&reduce)?, weights.prelu(&reduce)?)?,
            narrow: Block::load(weights, &format!("{name}.narrow"), false)?,
            out: Pointwise::new(weight(&out)?, weights.linear(&out)?)?,
        })
    }

    /// The first `count` numbers.
    fn run(&self, path: Path, maps: &mut Maps, count: usize) -> Result<Vec<f32>, Unfit> {
        let Maps { trunk, map, between, sums, halved, .. } = maps;
        for (i, block) in self.blocks.iter().enumerate() {
            block.run(path, if i == 0 { trunk } else { map }, between, halved, sums)?;
            std::mem::swap(map, sums);
        }
        self.reduce.run(path, map, between)?;
        std::mem::swap(map, between);
        self.narrow.run(path, map, between, halved, sums)?;
        patches(LAST, sums, map)?;
        self.out.run(path, map, sums)?;
        Ok(sums.values().iter().flat_map(|lanes| lanes.0).take(count).collect())
    }
}

impl FaceMesh {
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
        let weights = Weights::new(FACE_MESH)?;
        let block = |i: usize| Block::load(&weights, &format!("block.{i}"), HALVING.contains(&i));
        // The scale 1/255 is folded into the stem.
        let stem = Stem::new(weights.numbers("stem.weight")?, weights.prelu("stem")?, 2, 0.0)?;
        Ok(Self {
            path,
            stem: stem.with_border(Border::After),
            blocks: (0..BLOCKS).map(block).collect::<Result<_, _>>()?,
            points: Head::load(&weights, "points", 3)?,
            score: Head::load(&weights, "score", 1)?,
            maps: Mutex::default(),
        })
    }

    /// The points of the face in a crop: 192x192 interleaved RGB bytes, in which the face stands upright and fills two thirds.
    ///
    /// # Errors
    /// [`ModelError`] when the crop has another size.
    pub fn find(&self, crop: &[u8]) -> Result<Mesh, ModelError> {
        let out = over_crop::run(self, crop)?;
        let mut points = [[0.0; 3]; POINTS];
        points.iter_mut().zip(out.as_chunks::<3>().0).for_each(|(point, found)| *point = *found);
        let score = out.last().map_or(0.0, |score| 1.0 / (1.0 + (-score).exp()));
        Ok(Mesh { points, score })
    }
}

impl OverCrop for FaceMesh {
    const NAME: &'static str = NAME;
    const SIZE: usize = CROP_SIZE;

    fn forward(&self, crop: Picture<'_>) -> Result<Vec<f32>, Unfit> {
        // After a panic the maps hold half a run, which the next one writes over.
        let maps = &mut *self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        let Maps { padded, trunk, between, sums, halved, .. } = maps;
        self.stem.run(self.path, crop, padded, trunk)?;
        for block in &self.blocks {
            block.run(self.path, trunk, between, halved, sums)?;
            std::mem::swap(trunk, sums);
        }
        let mut out = self.points.run(self.path, maps, OUTPUTS - 1)?;
        out.extend(self.score.run(self.path, maps, 1)?);
        Ok(out)
    }
}

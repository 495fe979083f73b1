//! YuNet, the face detector (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023), as OpenCV
//! Zoo publishes it: boxes and five points of all faces in one pass.
//!
//! A block is a pointwise convolution, a depthwise 3x3, and a ReLU. Blocks 0 to 11 go down to an eighth, a
//! sixteenth and a thirty-second of the picture; 12 and 13 climb back up; one head for each of the three
//! maps gives 16 numbers a cell: class, object, box (4), points (10).

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Shape, Tensor, bail};

use super::kernels::{
    Activation, Depthwise3x3, Epilogue, LANES, Map, Padded, Path, Picture, Pointwise, Stem, Unfit, add_upsampled,
    max_pool_2x2,
};
use super::tensor_error;
use super::weights::{Weights, WeightsError, YUNET};
use crate::error::ModelError;

/// Pictures are padded to a multiple of it.
const MULTIPLE: usize = 32;
const BLOCKS: usize = 14;
/// Blocks whose result is halved before the next.
const POOLED: [usize; 4] = [0, 4, 6, 8];
/// Blocks on the way down; two more climb back up.
const DOWN: usize = 12;
const STRIDES: [usize; 3] = [8, 16, 32];
/// Numbers a cell: one group of channels.
const CELL: usize = LANES;
const NAME: &str = "yunet";

/// A face as one cell of the network sees it; neighbours see the same one. In pixels of the given picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// How much of a face it is, 0 to 1.
    pub score: f32,
    /// Left, top, width, height.
    pub bounds: [f32; 4],
    /// x, y of the image-left eye, image-right eye, nose tip, image-left and image-right corner of the mouth.
    pub points: [[f32; 2]; 5],
}

/// The network, ready to run: a candle op from a picture, (rows, columns, 3) RGB bytes, to the cells of the three maps
/// one after the other, (cells, 16).
pub struct YuNet {
    path: Path,
    stem: Stem,
    blocks: Vec<Block>,
    heads: Vec<Block>,
    maps: Mutex<Maps>,
}

struct Block {
    pointwise: Pointwise,
    depthwise: Depthwise3x3,
}

/// What a run writes to, kept for the next: after the first run of a size nothing large is allocated.
#[derive(Default)]
struct Maps {
    padded: Padded,
    between: Map,
    map: Map,
    halved: Map,
    /// At an eighth, a sixteenth, a thirty-second of the picture.
    pyramid: [Map; 3],
}

impl Block {
    fn run(&self, path: Path, input: &Map, between: &mut Map, out: &mut Map) -> Result<(), Unfit> {
        self.pointwise.run(path, input, between)?;
        self.depthwise.run(path, between, out)
    }
}

impl YuNet {
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
        let weights = Weights::new(YUNET)?;
        let pair = |name: &str, activation: Activation| -> Result<Block, WeightsError> {
            let part = |part: &str, what: &str| weights.numbers(&format!("{name}.{part}.{what}"));
            let linear = Epilogue::new(part("pointwise", "bias")?, Activation::Linear)?;
            let pointwise = Pointwise::new(part("pointwise", "weight")?, linear)?;
            let epilogue = Epilogue::new(part("depthwise", "bias")?, activation)?;
            Ok(Block { pointwise, depthwise: Depthwise3x3::new(part("depthwise", "weight")?, epilogue, 1)? })
        };
        let relu = Epilogue::new(weights.numbers("stem.bias")?, Activation::Relu)?;
        Ok(Self {
            path,
            stem: Stem::new(weights.numbers("stem.weight")?, relu, 2, 0.0)?,
            blocks: (0..BLOCKS).map(|i| pair(&format!("block.{i}"), Activation::Relu)).collect::<Result<_, _>>()?,
            heads: STRIDES.iter().map(|s| pair(&format!("head.{s}"), Activation::Linear)).collect::<Result<_, _>>()?,
            maps: Mutex::default(),
        })
    }

    /// All cells that score at least `min_score` (0 to 1), best first, in a picture of `width` x `height`
    /// interleaved RGB bytes. Any size; the faces that are found are about 10 to 500 pixels wide.
    ///
    /// # Errors
    /// [`ModelError`] when the bytes do not fit the size, or the picture has no pixel.
    pub fn candidates(
        &self,
        rgb: &[u8],
        width: usize,
        height: usize,
        min_score: f32,
    ) -> Result<Vec<Candidate>, ModelError> {
        let cells = || -> candle_core::Result<Vec<f32>> {
            Tensor::from_slice(rgb, (height, width, 3), &Device::Cpu)?.apply_op1_no_bwd(self)?.flatten_all()?.to_vec1()
        };
        let cells = cells().map_err(tensor_error(NAME))?;
        let mut candidates = vec![];
        let mut rest = cells.as_slice();
        for stride in STRIDES {
            let columns = width.next_multiple_of(MULTIPLE) / stride;
            let (map, others) = rest.split_at(columns * (height.next_multiple_of(MULTIPLE) / stride) * CELL);
            candidates.extend(decode(map, stride, columns, min_score));
            rest = others;
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(candidates)
    }

    /// The cells of the three maps, row by row.
    fn forward(&self, rgb: &[u8], width: usize, height: usize) -> Result<Vec<f32>, Unfit> {
        // After a panic the maps hold half a run, which the next one writes over.
        let Maps { padded, between, map, halved, pyramid } =
            &mut *self.maps.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path;
        let (columns, rows) = (width.next_multiple_of(MULTIPLE), height.next_multiple_of(MULTIPLE));
        self.stem.run(path, Picture { rgb, width, height, columns, rows }, padded, map)?;
        for (i, block) in self.blocks[..DOWN].iter().enumerate() {
            let input = if i > 0 && POOLED.contains(&(i - 1)) { &*halved } else { &*map };
            block.pointwise.run(path, input, between)?;
            // A map that is kept goes where it is kept.
            let out = match i {
                6 => &mut pyramid[0],
                8 => &mut pyramid[1],
                11 => &mut pyramid[2],
                _ => &mut *map,
            };
            block.depthwise.run(path, between, out)?;
            if POOLED.contains(&i) {
                max_pool_2x2(path, out, halved)?;
            }
        }
        let [p8, p16, p32] = pyramid;
        add_upsampled(path, p16, p32)?;
        self.blocks[DOWN].run(path, p16, between, map)?;
        std::mem::swap(p16, map);
        add_upsampled(path, p8, p16)?;
        self.blocks[DOWN + 1].run(path, p8, between, map)?;
        std::mem::swap(p8, map);
        let mut cells = Vec::with_capacity((p8.positions() + p16.positions() + p32.positions()) * CELL);
        for (input, head) in [&*p8, p16, p32].into_iter().zip(&self.heads) {
            head.run(path, input, between, map)?;
            cells.extend_from_slice(bytemuck::must_cast_slice(map.values()));
        }
        Ok(cells)
    }
}

impl CustomOp1 for YuNet {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("the picture is not contiguous") };
        let (height, width, channels) = layout.shape().dims3()?;
        if channels != 3 {
            bail!("expected a picture of (rows, columns, 3), got {:?}", layout.dims());
        }
        let rgb = &storage.as_slice::<u8>()?[start..end];
        let cells = self.forward(rgb, width, height).map_err(candle_core::Error::wrap)?;
        let count = cells.len() / CELL;
        Ok((CpuStorage::F32(cells), (count, CELL).into()))
    }
}

/// The cells of a map that score enough, with their numbers turned into pixels.
fn decode(cells: &[f32], stride: usize, columns: usize, min_score: f32) -> impl Iterator<Item = Candidate> {
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let stride = stride as f32;
    cells.chunks_exact(CELL).enumerate().filter_map(move |(at, v)| {
        let score = (sigmoid(v[0]) * sigmoid(v[1])).sqrt();
        if score.is_nan() || score < min_score {
            return None;
        }
        let (column, row) = ((at % columns) as f32, (at / columns) as f32);
        let (width, height) = (v[4].exp() * stride, v[5].exp() * stride);
        let (cx, cy) = ((column + v[2]) * stride, (row + v[3]) * stride);
        let point = |i: usize| [(column + v[6 + 2 * i]) * stride, (row + v[7 + 2 * i]) * stride];
        Some(Candidate {
            score,
            bounds: [cx - width / 2.0, cy - height / 2.0, width, height],
            points: std::array::from_fn(point),
        })
    })
}

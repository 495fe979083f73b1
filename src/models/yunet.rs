//! YuNet, the face detector (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023), as OpenCV
//! Zoo publishes it: boxes and five points of all faces in one pass.
//!
//! A block is a pointwise convolution, a depthwise 3x3, and a ReLU. Blocks 0 to 11 go down to an eighth, a
//! sixteenth and a thirty-second of the picture; 12 and 13 climb back up; one head for each of the three
//! maps gives 16 numbers a cell: class, object, box (4), points (10).

use candle_core::{Device, Result, Tensor};

use super::kernels::{Convolution3x3, Depthwise3x3, Epilogue, MaxPool2x2, Pointwise, UpsampleAdd};
use super::tensor_error;
use super::weights::{Weights, YUNET};
use crate::error::ModelError;

/// Pictures are padded to a multiple of it.
const MULTIPLE: usize = 32;
const BLOCKS: usize = 14;
/// Blocks whose result is halved before the next.
const POOLED: [usize; 4] = [0, 4, 6, 8];
const STRIDES: [usize; 3] = [8, 16, 32];
/// Numbers a cell.
const CELL: usize = 16;
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

/// The network, ready to run.
pub struct YuNet {
    stem: Convolution3x3,
    blocks: Vec<(Pointwise, Depthwise3x3)>,
    heads: Vec<(Pointwise, Depthwise3x3)>,
}

impl YuNet {
    /// Loads the weights that are compiled in.
    ///
    /// # Errors
    /// [`ModelError`] when they are not those of this network.
    pub fn load() -> std::result::Result<Self, ModelError> {
        Self::from_weights(YUNET).map_err(tensor_error(NAME))
    }

    fn from_weights(file: &[u8]) -> Result<Self> {
        let weights = Weights::new(file)?;
        let pair = |name: &str, activation: fn(&[f32]) -> Result<Epilogue>| {
            let part = |part: &str, what: &str| weights.vector(&format!("{name}.{part}.{what}"));
            let pointwise =
                Pointwise::new(&part("pointwise", "weight")?, Epilogue::linear(&part("pointwise", "bias")?)?)?;
            let depthwise =
                Depthwise3x3::new(&part("depthwise", "weight")?, activation(&part("depthwise", "bias")?)?, 1)?;
            Ok((pointwise, depthwise))
        };
        Ok(Self {
            stem: Convolution3x3::new(
                &weights.vector("stem.weight")?,
                Epilogue::relu(&weights.vector("stem.bias")?)?,
                2,
            )?,
            blocks: (0..BLOCKS).map(|i| pair(&format!("block.{i}"), Epilogue::relu)).collect::<Result<_>>()?,
            heads: STRIDES.iter().map(|s| pair(&format!("head.{s}"), Epilogue::linear)).collect::<Result<_>>()?,
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
    ) -> std::result::Result<Vec<Candidate>, ModelError> {
        let found = self.forward(rgb, width, height).map_err(tensor_error(NAME))?;
        let mut candidates: Vec<_> = found.iter().flat_map(|map| decode(map, min_score)).collect();
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        Ok(candidates)
    }

    fn forward(&self, rgb: &[u8], width: usize, height: usize) -> Result<Vec<Cells>> {
        let mut map = padded(rgb, width, height)?.apply_op1_no_bwd(&self.stem)?;
        let block = |i: usize, map: &Tensor| {
            let (pointwise, depthwise): &(Pointwise, Depthwise3x3) = &self.blocks[i];
            map.apply_op1_no_bwd(pointwise)?.apply_op1_no_bwd(depthwise)
        };
        let mut kept = Vec::with_capacity(2); // the maps at an eighth and a sixteenth
        for i in 0..12 {
            map = block(i, &map)?;
            if i == 6 || i == 8 {
                kept.push(map.clone());
            }
            if POOLED.contains(&i) {
                map = map.apply_op1_no_bwd(&MaxPool2x2)?;
            }
        }
        let p32 = map;
        let p16 = block(12, &kept[1].apply_op2_no_bwd(&p32, &UpsampleAdd)?)?;
        let p8 = block(13, &kept[0].apply_op2_no_bwd(&p16, &UpsampleAdd)?)?;
        [p8, p16, p32]
            .iter()
            .zip(&self.heads)
            .zip(STRIDES)
            .map(|((map, (pointwise, depthwise)), stride)| {
                let cells = map.apply_op1_no_bwd(pointwise)?.apply_op1_no_bwd(depthwise)?;
                let (_, columns, _) = cells.dims3()?;
                Ok(Cells { stride, columns, values: cells.flatten_all()?.to_vec1()? })
            })
            .collect()
    }
}

/// What a head gives for its map, row by row.
struct Cells {
    stride: usize,
    columns: usize,
    values: Vec<f32>,
}

/// The picture as the network was trained: B, G, R from 0 to 255, zeros to the right and below.
fn padded(rgb: &[u8], width: usize, height: usize) -> Result<Tensor> {
    if width == 0 || height == 0 || rgb.len() != width * height * 3 {
        candle_core::bail!("a picture of {width}x{height} RGB pixels cannot have {} bytes", rgb.len());
    }
    let (columns, rows) = (width.next_multiple_of(MULTIPLE), height.next_multiple_of(MULTIPLE));
    let mut map = vec![0.0f32; rows * columns * 3];
    for (to, from) in map.chunks_exact_mut(columns * 3).zip(rgb.chunks_exact(width * 3)) {
        for (to, from) in to.chunks_exact_mut(3).zip(from.chunks_exact(3)) {
            to[0] = f32::from(from[2]);
            to[1] = f32::from(from[1]);
            to[2] = f32::from(from[0]);
        }
    }
    Tensor::from_vec(map, (rows, columns, 3), &Device::Cpu)
}

/// The cells of a map that score enough, with their numbers turned into pixels.
fn decode(cells: &Cells, min_score: f32) -> impl Iterator<Item = Candidate> {
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let stride = cells.stride as f32;
    cells.values.chunks_exact(CELL).enumerate().filter_map(move |(at, v)| {
        let score = (sigmoid(v[0]) * sigmoid(v[1])).sqrt();
        if score.is_nan() || score < min_score {
            return None;
        }
        let (column, row) = ((at % cells.columns) as f32, (at / cells.columns) as f32);
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

//! The converted networks, compiled in (`weights/README.md` tells where they come from and how).

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Result, Tensor};

/// YuNet, batch norm folded.
pub(super) static YUNET: &[u8] = include_bytes!("../../weights/yunet.safetensors");
/// SFace, batch norm folded, the last layer in half precision.
pub(super) static SFACE: &[u8] = include_bytes!("../../weights/sface.safetensors");

/// The named arrays of one network.
pub(super) struct Weights<'a>(SliceSafetensors<'a>);

impl<'a> Weights<'a> {
    pub(super) fn new(file: &'a [u8]) -> Result<Self> {
        SliceSafetensors::new(file).map(Self)
    }

    /// The array `name` as single precision numbers, whatever precision it is stored in.
    pub(super) fn tensor(&self, name: &str) -> Result<Tensor> {
        self.0.load(name, &Device::Cpu)?.to_dtype(DType::F32)
    }

    /// The same, flat.
    pub(super) fn vector(&self, name: &str) -> Result<Vec<f32>> {
        self.tensor(name)?.flatten_all()?.to_vec1()
    }
}

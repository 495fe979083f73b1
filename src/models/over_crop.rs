//! What networks over a square crop have in common: bytes in, a candle op, numbers out.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Shape, Tensor, bail};

use super::kernels::{Picture, Unfit};
use super::tensor_error;
use crate::error::ModelError;

/// A network over a crop of `SIZE` x `SIZE` interleaved RGB bytes.
pub(super) trait OverCrop {
    /// Its name, as errors tell it.
    const NAME: &'static str;
    /// Columns and rows of the crop.
    const SIZE: usize;

    /// All that comes out, one after the other.
    fn forward(&self, crop: Picture<'_>) -> Result<Vec<f32>, Unfit>;
}

/// Runs the network over a crop.
///
/// # Errors
/// [`ModelError`] when the crop has another size.
pub(super) fn run<N: OverCrop>(network: &N, crop: &[u8]) -> Result<Vec<f32>, ModelError> {
    let run =
        || Tensor::from_slice(crop, (N::SIZE, N::SIZE, 3), &Device::Cpu)?.apply_op1_no_bwd(&Op(network))?.to_vec1();
    run().map_err(tensor_error(N::NAME))
}

/// The network as a candle op, from (`SIZE`, `SIZE`, 3) bytes.
struct Op<'a, N>(&'a N);

impl<N: OverCrop> CustomOp1 for Op<'_, N> {
    fn name(&self) -> &'static str {
        N::NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let size = N::SIZE;
        let Some((start, end)) = layout.contiguous_offsets() else { bail!("the crop is not contiguous") };
        if layout.dims() != [size, size, 3] {
            bail!("expected a crop of ({size}, {size}, 3), got {:?}", layout.dims());
        }
        let rgb = &storage.as_slice::<u8>()?[start..end];
        let crop = Picture { rgb, width: size, height: size, columns: size, rows: size };
        let out = self.0.forward(crop).map_err(candle_core::Error::wrap)?;
        let count = out.len();
        Ok((CpuStorage::F32(out), Shape::from(count)))
    }
}

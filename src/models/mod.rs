//! The networks, one a file, with their weights inside the binary. Pixels go in as bytes, numbers come out. Each is a
//! candle op as a whole; within, the maps go from kernel to kernel in memory that is kept for the next run.

pub mod face_mesh;
pub mod iris;
pub mod kernels;
mod over_crop;
pub mod sface;
mod weights;
pub mod yunet;

pub use face_mesh::FaceMesh;
pub use iris::Iris;
pub use sface::SFace;
pub use yunet::YuNet;

use crate::error::ModelError;

fn tensor_error<E: std::error::Error + Send + Sync + 'static>(network: &'static str) -> impl Fn(E) -> ModelError {
    move |source| ModelError::Tensor { network, source: Box::new(source) }
}

//! The converted networks, compiled in (`weights/README.md` tells where they come from and how). Nothing is copied: the
//! numbers are used where they lie in the program's file, which is read page by page as they are needed.

use std::borrow::Cow;

use bytemuck::AnyBitPattern;
use safetensors::{Dtype, SafeTensors};

use super::kernels::{Activation, Codes, Epilogue, HalfRow, Numbers, Sums, Unfit};

/// A file that begins on a cache line, as each array in it does.
#[repr(C, align(64))]
struct Aligned<Bytes: ?Sized>(Bytes);

/// YuNet, batch norm folded.
pub(super) const YUNET: &[u8] = {
    const FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../weights/yunet.safetensors"));
    &FILE.0
};
/// SFace, batch norm folded, the last layer in half precision.
pub(super) const SFACE: &[u8] = {
    const FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../weights/sface.safetensors"));
    &FILE.0
};

/// MediaPipe's face mesh.
pub(super) const FACE_MESH: &[u8] = {
    const FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../weights/face_mesh.safetensors"));
    &FILE.0
};
/// The contour's branch of MediaPipe's iris network.
pub(super) const IRIS: &[u8] = {
    const FILE: &Aligned<[u8]> = &Aligned(*include_bytes!("../../weights/iris.safetensors"));
    &FILE.0
};

/// Weights that are not those of the network.
#[derive(Debug, thiserror::Error)]
pub(super) enum WeightsError {
    /// The file as a whole.
    #[error("the weights cannot be read: {0}")]
    File(#[from] safetensors::SafeTensorError),
    /// One array.
    #[error("the weights {name} are {found}, expected {expected} on a multiple of 64 bytes")]
    Array { name: String, found: String, expected: &'static str },
    /// Arrays that do not fit each other.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// The named arrays of one network.
pub(super) struct Weights(SafeTensors<'static>);

impl Weights {
    pub(super) fn new(file: &'static [u8]) -> Result<Self, WeightsError> {
        Ok(Self(SafeTensors::deserialize(file)?))
    }

    /// Single precision numbers in groups of 16.
    pub(super) fn numbers(&self, name: &str) -> Result<Numbers, WeightsError> {
        self.array(name, Dtype::F32, "float32 in groups of 16").map(Cow::Borrowed)
    }

    /// Rows of 64 pairs in half precision.
    pub(super) fn half_rows(&self, name: &str) -> Result<Cow<'static, [HalfRow]>, WeightsError> {
        self.array(name, Dtype::F16, "float16 in rows of 128").map(Cow::Borrowed)
    }

    /// Codes of -127 to 127, four input channels for 16 outputs.
    pub(super) fn codes(&self, name: &str) -> Result<Cow<'static, [Codes]>, WeightsError> {
        self.array(name, Dtype::I8, "int8 in fours for 16 outputs").map(Cow::Borrowed)
    }

    /// Whole numbers in groups of 16.
    pub(super) fn sums(&self, name: &str) -> Result<Cow<'static, [Sums]>, WeightsError> {
        self.array(name, Dtype::I32, "int32 in groups of 16").map(Cow::Borrowed)
    }

    /// The bias of a layer, and its slopes where it has some.
    pub(super) fn prelu(&self, layer: &str) -> Result<Epilogue, WeightsError> {
        let slope = self.numbers(&format!("{layer}.slope"))?;
        Ok(Epilogue::new(self.numbers(&format!("{layer}.bias"))?, Activation::PRelu(slope))?)
    }

    /// The bias of a layer that has no activation.
    pub(super) fn linear(&self, layer: &str) -> Result<Epilogue, WeightsError> {
        Ok(Epilogue::new(self.numbers(&format!("{layer}.bias"))?, Activation::Linear)?)
    }

    fn array<T: AnyBitPattern>(
        &self,
        name: &str,
        dtype: Dtype,
        expected: &'static str,
    ) -> Result<&'static [T], WeightsError> {
        let array = self.0.tensor(name)?;
        let unfit = || WeightsError::Array {
            name: name.into(),
            found: format!("{:?} {:?}", array.dtype(), array.shape()),
            expected,
        };
        if array.dtype() != dtype {
            return Err(unfit());
        }
        bytemuck::try_cast_slice(array.data()).map_err(|_| unfit())
    }
}

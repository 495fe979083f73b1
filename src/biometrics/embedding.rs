//! What is kept of a face: a direction in 128 dimensions. A face can be computed from it: where one was in memory, zeros
//! are put when it is dropped.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::ModelError;
use crate::models::SFace;
use crate::models::sface::EMBEDDING_SIZE;

use super::alignment::Sample;

/// The mean direction of the features of strangers, from `mirilla eval fit`; assets/score-model tells whose. The network's
/// directions do not spread around zero: what all faces share says nothing about anybody.
const MEAN: [f32; EMBEDDING_SIZE] = include!("../../assets/score-model/mean.txt");

/// What the network says of a sample, as it comes.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Features([f32; EMBEDDING_SIZE]);

/// The features of one sample, of unit length.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Embedding([f32; EMBEDDING_SIZE]);

/// The fused embedding of an enrollment, of unit length.
#[derive(Clone, PartialEq)]
pub struct Template(Embedding);

impl Features {
    /// The features of a sample, whatever its quality.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn of(network: &SFace, sample: &Sample) -> Result<Self, ModelError> {
        network.embed(sample.rgb()).map(Self)
    }

    /// Features that were kept.
    pub fn from_values(values: [f32; EMBEDDING_SIZE]) -> Self {
        Self(values)
    }

    /// The 128 numbers.
    pub fn values(&self) -> &[f32; EMBEDDING_SIZE] {
        &self.0
    }

    /// Their length: the surer the network is of what it sees, the longer.
    pub fn norm(&self) -> f32 {
        self.0.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt() as f32
    }

    /// What comparisons are made with: their direction as seen from that of a mean face. `None` where the network gives no
    /// direction (never seen on a picture of anything).
    pub fn embedding(&self) -> Option<Embedding> {
        self.embedding_from(&MEAN)
    }

    /// As [`Features::embedding`], as seen from another mean.
    pub fn embedding_from(&self, mean: &[f32; EMBEDDING_SIZE]) -> Option<Embedding> {
        let Embedding(unit) = self.direction()?;
        Embedding::normalized(std::array::from_fn(|i| unit[i] - mean[i]))
    }

    /// Their direction as it is. `None` where there is none.
    pub fn direction(&self) -> Option<Embedding> {
        Embedding::normalized(self.0)
    }
}

impl Embedding {
    /// Scales `features` to unit length. `None` where that is impossible: all zero, or not finite.
    pub fn normalized(mut features: [f32; EMBEDDING_SIZE]) -> Option<Self> {
        let norm = features.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
        if !(norm.is_finite() && norm > 1e-6) {
            return None;
        }
        features.iter_mut().for_each(|v| *v = (f64::from(*v) / norm) as f32);
        Some(Self(features))
    }

    /// The 128 numbers.
    pub fn values(&self) -> &[f32; EMBEDDING_SIZE] {
        &self.0
    }

    /// The numbers as 512 little-endian bytes, for the store.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(4 * EMBEDDING_SIZE));
        self.0.iter().for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
        bytes
    }

    /// Back from [`Embedding::to_bytes`]. `None` for anything else: another length, or not of unit length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        if numbers.len() != EMBEDDING_SIZE || !rest.is_empty() {
            return None;
        }
        let values: [f32; EMBEDDING_SIZE] = std::array::from_fn(|i| f32::from_le_bytes(numbers[i]));
        // Eight sums side by side, which the compiler turns into vectors.
        let mut sums = [0.0f32; 8];
        for values in values.as_chunks::<8>().0 {
            for i in 0..8 {
                sums[i] += values[i] * values[i];
            }
        }
        let norm = sums.iter().sum::<f32>();
        ((norm - 1.0).abs() < 1e-3).then_some(Self(values))
    }
}

impl Template {
    /// The mean direction of the embeddings of one enrollment. `None` without embeddings, or where they
    /// cancel out.
    pub fn fuse<'a>(embeddings: impl IntoIterator<Item = &'a Embedding>) -> Option<Self> {
        let mut sum = [0.0; EMBEDDING_SIZE];
        for embedding in embeddings {
            for (sum, value) in sum.iter_mut().zip(embedding.values()) {
                *sum += value;
            }
        }
        Embedding::normalized(sum).map(Self)
    }

    /// A template read back from the store.
    pub fn from_embedding(embedding: Embedding) -> Self {
        Self(embedding)
    }

    /// The direction itself.
    pub fn embedding(&self) -> &Embedding {
        &self.0
    }
}

// A template can be inverted into a face: none of them gets into a log.
impl std::fmt::Debug for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Features(..)")
    }
}

impl std::fmt::Debug for Embedding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedding(..)")
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Template(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along(axis: usize) -> Embedding {
        Embedding::normalized(std::array::from_fn(|i| if i == axis { 3.0 } else { 0.0 })).unwrap()
    }

    #[test]
    fn the_template_is_the_mean_direction() {
        let template = Template::fuse([&along(0), &along(1)]).unwrap();
        let values = template.embedding().values();
        assert!((values[0] - 0.5f32.sqrt()).abs() < 1e-6 && (values[1] - values[0]).abs() < 1e-6);
        assert!(Template::fuse([]).is_none());
    }

    #[test]
    fn what_is_known_of_a_face_is_wiped_when_it_is_dropped() {
        fn wiped<T: ZeroizeOnDrop>() {}
        wiped::<Features>();
        wiped::<Embedding>();
        wiped::<Zeroizing<Vec<u8>>>();
        // A template is an embedding and nothing else.
        let Template(embedding) = Template::from_embedding(along(1));
        let _: Embedding = embedding;
    }

    #[test]
    fn bytes_lead_back_and_foreign_bytes_do_not() {
        let embedding = along(7);
        assert_eq!(Embedding::from_bytes(&embedding.to_bytes()), Some(embedding.clone()));
        assert_eq!(Embedding::from_bytes(&embedding.to_bytes()[1..]), None);
        assert_eq!(Embedding::from_bytes(&[0; 512]), None);
        assert_eq!(Embedding::from_bytes(&[0xFF; 512]), None, "not a number");
        assert_eq!(Embedding::normalized([0.0; 128]), None);
        assert_eq!(Embedding::normalized([f32::INFINITY; 128]), None);
    }

    #[test]
    fn the_debug_text_shows_no_number() {
        assert_eq!(format!("{:?} {:?}", along(1), Template::fuse([&along(1)])), "Embedding(..) Some(Template(..))");
    }
}

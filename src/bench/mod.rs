//! How fast this machine is: the stages of a recognition, each alone, and the whole from a camera's picture to a
//! decision. `cli` prints what is found; the benches run the same stages.

mod picture;
mod sampling;
mod verdict;
mod workbench;

use crate::clock::Clock;
use crate::error::{CameraError, ModelError, PhotoError};
use crate::models::kernels::Path;

pub use picture::Studio;
pub use sampling::{Effort, Timing, sample};
pub use verdict::Verdict;
pub use workbench::{Workbench, synthetic};

/// What can go wrong: all of it means a broken build, or a machine without memory.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A network cannot run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A bundled portrait cannot be decoded.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The camera's picture cannot be decoded.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// The camera's picture cannot be encoded.
    #[error("the picture cannot be written as a JPEG: {detail}")]
    Jpeg {
        /// What the encoder said.
        detail: String,
    },
    /// The bundled face is not found, or not recognized, so that less would be measured than is said.
    #[error("expected {expected} in the picture that is measured with")]
    Unexpected {
        /// What should have been seen.
        expected: &'static str,
    },
}

/// One thing whose time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The detector's network over 320x192 pixels.
    Detect320x192,
    /// The same over 640x640 pixels.
    Detect640x640,
    /// The face cut out of a 1280x720 frame, upright.
    Align,
    /// The embedder's network over one aligned crop.
    Embed,
    /// The face mesh's network over one crop.
    FaceMesh,
    /// The iris network over one eye.
    Iris,
    /// A 1280x720 frame to the subject's embedding, as the kiosk does it: detection, alignment, quality, embedding.
    Frame720pToEmbedding,
    /// The same frame as it is watched for signs of life at level 1: a rectangle around the face and what its surround does, as well.
    Frame720pPassive,
    /// And in a challenge: the face mesh and both irises, as well.
    Frame720pActive,
    /// What of that is for signs of life: detection, mesh, irises and cues, without the crop and its embedding.
    Frame720pLiveness,
    /// A frame to the decision from the JPEG that a webcam sends to the decision among 10,000 references.
    Mjpeg720pToDecision,
    /// The search among 10,000 references.
    Identify10k,
    /// The search among 100,000 references.
    Identify100k,
    /// The search among 1,000,000 references.
    Identify1m,
}

impl Stage {
    /// All, in the order in which they are measured: the gallery only grows.
    pub const ALL: [Self; 14] = [
        Self::Detect320x192,
        Self::Detect640x640,
        Self::Align,
        Self::Embed,
        Self::FaceMesh,
        Self::Iris,
        Self::Frame720pToEmbedding,
        Self::Frame720pPassive,
        Self::Frame720pActive,
        Self::Frame720pLiveness,
        Self::Mjpeg720pToDecision,
        Self::Identify10k,
        Self::Identify100k,
        Self::Identify1m,
    ];

    /// Its name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detect320x192 => "detect_320x192",
            Self::Detect640x640 => "detect_640x640",
            Self::Align => "align",
            Self::Embed => "embed",
            Self::FaceMesh => "face_mesh",
            Self::Iris => "iris",
            Self::Frame720pToEmbedding => "frame_720p_to_embedding",
            Self::Frame720pPassive => "frame_720p_passive",
            Self::Frame720pActive => "frame_720p_active",
            Self::Frame720pLiveness => "frame_720p_liveness",
            Self::Mjpeg720pToDecision => "mjpeg_720p_to_decision",
            Self::Identify10k => "identify_10k",
            Self::Identify100k => "identify_100k",
            Self::Identify1m => "identify_1m",
        }
    }

    /// So many references are enrolled for it.
    pub fn references(self) -> usize {
        match self {
            Self::Mjpeg720pToDecision | Self::Identify10k => 10_000,
            Self::Identify100k => 100_000,
            Self::Identify1m => 1_000_000,
            _ => 0,
        }
    }
}

/// What was found: a time for each stage, or none where the machine has too little memory for it.
pub type Findings = Vec<(Stage, Option<Timing>)>;

/// Measures all stages, on this thread.
///
/// # Errors
/// [`BenchError`] when a stage cannot run.
pub fn measure(effort: Effort, clock: Clock) -> Result<Findings, BenchError> {
    let mut bench = Workbench::load()?;
    Stage::ALL
        .into_iter()
        .map(|stage| {
            if !is_room_for(stage.references()) {
                return Ok((stage, None));
            }
            bench.enroll(stage.references());
            let timing = sample(effort, clock, || bench.run(stage))?;
            tracing::info!(stage = stage.name(), median_ms = timing.cpu_ms.median, "measured");
            Ok((stage, Some(timing)))
        })
        .collect()
}

/// Bytes of a reference in memory: 128 numbers, an identity, and as much again while the gallery grows.
const REFERENCE_BYTES: usize = 1_100;

/// Whether the machine has memory for so many references. Where it does not tell, it has.
fn is_room_for(references: usize) -> bool {
    available_bytes().is_none_or(|available| references.saturating_mul(REFERENCE_BYTES) < available)
}

/// Memory that can be had without swapping; Linux alone tells.
fn available_bytes() -> Option<usize> {
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// The processor as its maker calls it, or its architecture.
pub fn cpu() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.trim_start().strip_prefix(':'));
    let named = model.map(|model| model.trim().to_owned()).or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The path that the networks' kernels take on this machine, as [`Path`] names it.
///
/// # Errors
/// [`BenchError`] when the environment asks for one that is not there.
pub fn path() -> Result<String, BenchError> {
    let error = |source| ModelError::Tensor { network: "of any kind", source: Box::new(source) };
    Ok(Path::choose().map_err(error)?.to_string())
}

//! Photos in place of a camera.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::output::{Failure, quality_json};
use crate::biometrics::liveness::{Detail, Looking};
use crate::biometrics::{Observation, Pipeline};
use crate::camera::Frame;
use crate::camera::photo;
use crate::session::{Capture, Reason, enrollment};

/// Reads the photos, all before any is looked at, so that a wrong path costs no time.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Frame>, Failure> {
    let read = |(i, path): (usize, &PathBuf)| photo::read(path).map_err(|e| Failure::from(e).about(&name(i)));
    paths.iter().enumerate().map(read).collect()
}

/// What the pipeline sees in a photo.
pub(super) fn observe(pipeline: &mut Pipeline, photo: &Frame) -> Result<Observation, Failure> {
    let observation = pipeline.observe(photo, Some(Looking { detail: Detail::Passive, since: Duration::ZERO }))?;
    tracing::debug!(width = photo.width(), height = photo.height(), found = found(&observation), "photo");
    Ok(observation)
}

/// What a photo shows, in a word, for the log.
fn found(observation: &Observation) -> &'static str {
    Capture::from_observation(observation).map_or_else(Reason::code, |_| "a good face")
}

/// What was measured on the one face of a photo, for programs; null where there is not exactly one.
pub(super) fn quality(observation: &Observation) -> Value {
    enrollment::subject(observation).map_or(Value::Null, |face| quality_json(&face.quality))
}

/// How a photo is called in messages: its path may tell whose it is.
pub(super) fn name(index: usize) -> String {
    format!("photo {}", index + 1)
}

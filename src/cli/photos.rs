//! Photos in place of a camera.

use std::path::Path;

use serde_json::Value;

use super::output::{Failure, quality_json};
use crate::biometrics::{Observation, Pipeline};
use crate::camera::Frame;
use crate::camera::photo;
use crate::session::{Reason, enrollment};

/// Reads the photos, all before any is looked at, so that a wrong path costs no time.
pub(super) fn read(paths: &[impl AsRef<Path>]) -> Result<Vec<Frame>, Failure> {
    paths
        .iter()
        .enumerate()
        .map(|(i, path)| photo::read(path.as_ref()).map_err(|e| named(i, paths.len(), e.into())))
        .collect()
}

/// What the pipeline sees in each photo.
pub(super) fn observe(pipeline: &Pipeline, photos: &[Frame]) -> Result<Vec<Observation>, Failure> {
    let look = |photo: &Frame| {
        let observation = pipeline.observe(photo)?;
        tracing::debug!(width = photo.width(), height = photo.height(), found = %found(&observation), "photo");
        Ok(observation)
    };
    photos.iter().map(look).collect()
}

fn named(index: usize, count: usize, failure: Failure) -> Failure {
    if count > 1 { failure.about(&name(index)) } else { failure }
}

/// What a photo shows, in a word, for the log.
fn found(observation: &Observation) -> &'static str {
    enrollment::subject(observation)
        .and_then(|face| face.embedding.as_ref().map_err(|e| (*e).into()))
        .map_or_else(Reason::code, |_| "a good face")
}

/// What was measured on the one face of a photo, for programs; null where there is not exactly one.
pub(super) fn quality(observation: &Observation) -> Value {
    enrollment::subject(observation).map_or(Value::Null, |face| quality_json(&face.quality))
}

/// How a photo is called in messages: its path may tell whose it is.
pub(super) fn name(index: usize) -> String {
    format!("photo {}", index + 1)
}

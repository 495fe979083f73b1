//! From a folder of pictures to what can be compared.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use super::cache::{self, Cache};
use crate::biometrics::Pipeline;
use crate::camera::photo;
use crate::cli::output::{Exit, Failure};
use crate::config::Config;
use crate::eval::dataset::{Half, Picture, Seen};
use crate::models::kernels;

/// File names that end otherwise are passed over.
pub(super) const ENDINGS: [&str; 5] = ["jpg", "jpeg", "png", "webp", "bmp"];

/// What was seen in each picture of `folder/NAME/`.
pub(super) struct Pictures {
    /// In the order of their names; none where there is no face.
    pub(super) seen: Vec<(Picture, Option<Seen>)>,
    /// Files that are no pictures, or damaged ones: they count as pictures without a face.
    pub(super) unreadable: usize,
}

/// How a picture is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As the kiosk does.
    OfTheKiosk,
    /// As the networks' publishers do.
    Plain,
}

/// Looks at all pictures of the people of this half, on as many threads as the present pool has.
pub(super) fn look(
    folder: &Path,
    half: Option<Half>,
    cache: Option<&Path>,
    way: Way,
    config: &Config,
) -> Result<Pictures, Failure> {
    let files = list(folder, half)?;
    let path = kernels::Path::choose().map_err(|error| Failure::usage(error.to_string()))?;
    let cache = Cache::open(cache, path, way)?;
    let progress = progress(files.len());
    // The networks lie in the program: a pipeline costs nothing until it runs.
    let load = || Pipeline::load(config.quality_limits);
    let seen: Vec<(Picture, Outcome)> = files
        .into_par_iter()
        .map_init(load, |pipeline, (picture, path)| {
            let outcome = match pipeline {
                Ok(pipeline) => look_at(&path, &cache, way, pipeline)?,
                Err(error) => return Err(Failure::new(Exit::Machine, "network", error.to_string())),
            };
            progress.inc(1);
            Ok((picture, outcome))
        })
        .collect::<Result<_, Failure>>()?;
    progress.finish_and_clear();
    let unreadable = seen.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Unreadable)).count();
    let seen = seen.into_iter().map(|(picture, outcome)| match outcome {
        Outcome::Seen(seen) => (picture, seen.map(|seen| *seen)),
        Outcome::Unreadable => (picture, None),
    });
    Ok(Pictures { seen: seen.collect(), unreadable })
}

enum Outcome {
    Seen(Option<Box<Seen>>),
    Unreadable,
}

fn look_at(path: &Path, cache: &Cache, way: Way, pipeline: &mut Pipeline) -> Result<Outcome, Failure> {
    let Ok(bytes) = std::fs::read(path) else { return Ok(Outcome::Unreadable) };
    let key = cache::key(&bytes);
    if let Some(seen) = cache.get(&key) {
        return Ok(Outcome::Seen(seen.map(Box::new)));
    }
    let Ok(frame) = photo::decode(&bytes) else { return Ok(Outcome::Unreadable) };
    let seen = match way {
        Way::OfTheKiosk => pipeline.examine(&frame)?,
        Way::Plain => pipeline.examine_plainly(&frame)?,
    };
    let seen = seen.map(|(quality, features)| Seen { quality, features });
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Machine, "file_unusable", format!("the cache cannot be written: {error}"))
    };
    cache.put(&key, seen.as_ref()).map_err(failed)?;
    Ok(Outcome::Seen(seen.map(Box::new)))
}

/// The pictures of each person's folder, in the order of their names.
fn list(folder: &Path, half: Option<Half>) -> Result<Vec<(Picture, PathBuf)>, Failure> {
    let mut files = vec![];
    for person in below(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = person.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if half.is_some_and(|half| Half::of(&name) != half) {
            continue;
        }
        let is_picture = |path: &PathBuf| {
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            ENDINGS.contains(&ending.as_str())
        };
        for (at, path) in below(&person)?.into_iter().filter(is_picture).enumerate() {
            let number = number(&path).unwrap_or(at as u32 + 1);
            files.push((Picture { person: name.clone(), number }, path));
        }
    }
    if files.is_empty() {
        let message = format!("expected pictures in folders named after people, found none ({})", folder.display());
        return Err(Failure::new(Exit::Input, "no_pictures", message));
    }
    Ok(files)
}

/// `NAME_0007.jpg` is number 7.
fn number(path: &Path) -> Option<u32> {
    path.file_stem()?.to_str()?.rsplit_once('_')?.1.parse().ok()
}

pub(super) fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut found =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        found.sort();
        Ok(found)
    };
    list().map_err(|error| {
        let message = format!("cannot read the folder: {error} ({})", folder.display());
        Failure::new(Exit::Input, "folder_unreadable", message)
    })
}

/// A bar on standard error, where somebody may be looking.
fn progress(pictures: usize) -> ProgressBar {
    let target =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(pictures as u64), target);
    let template = "{wide_bar} {pos} of {len} pictures, {eta} left";
    ProgressStyle::with_template(template).map_or(bar.clone(), |style| bar.with_style(style))
}

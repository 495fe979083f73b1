//! `mirilla eval pad`: presentation attacks and bona fide presentations, counted by the words of ISO/IEC 30107-3.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::pictures::{ENDINGS, below};
use crate::biometrics::QualityLimits;
use crate::camera::{Frame, photo};
use crate::cli::output::{Answer, Exit, Failure, percent};
use crate::eval::Proportion;
use crate::session::liveness::Outcome;
use crate::session::{LivenessLevel, Policy};
use crate::simulation::{Performer, Species, Stage, Trial, Verdict};

#[derive(Args)]
pub(in crate::cli) struct Arguments {
    /// 0: none; 1: passive cues; 2 and 3: a challenge besides (a PIN is not part of what is measured).
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=3))]
    level: u8,
    /// A folder for each species: pictures, or folders of frames.
    #[arg(long, value_name = "DIR", requires = "bonafide")]
    attacks: Option<PathBuf>,
    /// Pictures of living people, or folders of frames; they may lie in folders of folders.
    #[arg(long, value_name = "DIR")]
    bonafide: Option<PathBuf>,
    /// How often each rendered species is tried.
    #[arg(long, value_name = "N", default_value_t = 10, conflicts_with = "bonafide")]
    attempts: u32,
    /// How far rendered heads and prints are turned, in degrees.
    #[arg(long, value_name = "DEGREES", default_value_t = 30.0, conflicts_with = "bonafide")]
    turn: f32,
    /// One species alone.
    #[arg(long, value_name = "NAME")]
    species: Option<String>,
}

/// Time from one frame of a folder to the next.
const PACE: Duration = Duration::from_millis(66);
const BONA_FIDE: &str = "bona_fide";

/// One presentation.
enum Attempt {
    Rendered(Species, u64),
    Picture(PathBuf),
    Frames(Vec<PathBuf>),
}

/// What came of the attempts at one species.
#[derive(Default)]
struct Count {
    attempts: u32,
    passed: u32,
    rejected: u32,
    no_verdict: u32,
    /// What was said of those that did not pass, by which sign of life.
    declined: BTreeMap<String, u32>,
    seconds: Vec<f64>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Answer, Failure> {
    let level = LivenessLevel::numbered(arguments.level).unwrap_or_default();
    let is_rendered = arguments.bonafide.is_none();
    if !is_rendered && level >= LivenessLevel::Active {
        return Err(Failure::usage("a challenge needs somebody who answers it: folders are for the levels 0 and 1"));
    }
    let mut attempts = if is_rendered { rendered(arguments.attempts) } else { recorded(arguments)? };
    if let Some(species) = &arguments.species {
        let known: BTreeSet<&str> = attempts.iter().map(|(name, _)| name.as_str()).collect();
        if !known.contains(species.as_str()) {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Failure::usage(format!(
                "--species {species}: there is none of this name; expected one of: {known}"
            )));
        }
        attempts.retain(|(name, _)| name == species || name == BONA_FIDE);
    }
    let failed = |error: &dyn std::fmt::Display| Failure::new(Exit::Machine, "network", error.to_string());
    let stage = is_rendered.then(Stage::open).transpose().map_err(|error| failed(&error))?;
    let policy = Policy::default();
    let verdicts = attempts
        .into_par_iter()
        .map_init(
            || Trial::load(policy.clone(), QualityLimits::default()),
            |trial, (name, attempt)| {
                let trial = trial.as_mut().map_err(|error| failed(error))?;
                let verdict = match (attempt, &stage) {
                    (Attempt::Rendered(species, seed), Some(stage)) => {
                        let mut order = fastrand::Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
                        let mut performer = Performer::new(species, arguments.turn, seed);
                        let choose = |n: usize| order.usize(..n);
                        Some(trial.run(stage, seed as usize, &mut performer, level, choose).map_err(|e| failed(&e))?)
                    }
                    (Attempt::Picture(path), _) => watched(trial, &[path], level)?,
                    (Attempt::Frames(paths), _) => watched(trial, &paths, level)?,
                    (Attempt::Rendered(..), None) => None,
                };
                Ok((name, verdict))
            },
        )
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut counts = BTreeMap::<String, Count>::new();
    for (name, verdict) in verdicts {
        counts.entry(name).or_default().add(verdict);
    }
    Ok(answer(arguments.level, is_rendered, &counts))
}

impl Count {
    /// A picture that cannot be read, or shows nobody, gives no verdict.
    fn add(&mut self, verdict: Option<Verdict>) {
        self.attempts += 1;
        match verdict.map(|verdict| verdict.outcome) {
            Some(Outcome::Passed) => self.passed += 1,
            Some(Outcome::Denied(_)) => self.rejected += 1,
            Some(Outcome::NoVerdict(_) | Outcome::Going) | None => self.no_verdict += 1,
        }
        if let Some(Verdict { outcome: Outcome::Denied(cue) | Outcome::NoVerdict(cue), reason, .. }) = verdict {
            let told =
                reason.map_or_else(|| cue.name().to_owned(), |reason| format!("{}:{}", reason.code(), cue.name()));
            *self.declined.entry(told).or_default() += 1;
        }
        self.seconds.extend(verdict.map(|verdict| verdict.after.as_secs_f64()));
    }

    /// The middle one of the times to a verdict.
    fn median(&self) -> Option<f64> {
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied()
    }
}

/// Each species so often, and as many living heads.
fn rendered(times: u32) -> Vec<(String, Attempt)> {
    let species = Species::ATTACKS.into_iter().chain([Species::BonaFide]);
    let each = |species: Species| {
        (0..u64::from(times)).map(move |seed| (species.name().to_owned(), Attempt::Rendered(species, seed)))
    };
    species.flat_map(each).collect()
}

/// What lies in the folders.
fn recorded(arguments: &Arguments) -> Result<Vec<(String, Attempt)>, Failure> {
    let mut attempts = vec![];
    if let Some(folder) = &arguments.attacks {
        for species in below(folder)?.into_iter().filter(|path| path.is_dir()) {
            let name = species.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for path in below(&species)? {
                attempts.extend(attempt(&path)?.map(|attempt| (name.clone(), attempt)));
            }
        }
        if attempts.is_empty() {
            let found =
                if below(folder)?.iter().any(|path| is_picture(path)) { "pictures without one" } else { "none" };
            let message = format!(
                "expected a folder for each species, with pictures or folders of frames in it, found {found} ({})",
                folder.display()
            );
            return Err(Failure::new(Exit::Input, "no_pictures", message));
        }
    }
    let mut folders: Vec<PathBuf> = arguments.bonafide.iter().cloned().collect();
    while let Some(folder) = folders.pop() {
        for path in below(&folder)? {
            if path.is_dir() && below(&path)?.iter().any(|path| path.is_dir()) {
                folders.push(path);
            } else if path.is_dir() && !is_clip(&path) {
                let pictures = below(&path)?.into_iter().filter(|path| is_picture(path));
                attempts.extend(pictures.map(|path| (BONA_FIDE.to_owned(), Attempt::Picture(path))));
            } else {
                attempts.extend(attempt(&path)?.map(|attempt| (BONA_FIDE.to_owned(), attempt)));
            }
        }
    }
    if attempts.is_empty() {
        return Err(Failure::new(Exit::Input, "no_pictures", "expected pictures in the folders, found none"));
    }
    Ok(attempts)
}

/// A folder of frames is named so: `walk.clip`. Others hold pictures of a person.
fn is_clip(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "clip")
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ENDINGS.contains(&ending.as_str())
}

fn attempt(path: &Path) -> Result<Option<Attempt>, Failure> {
    if path.is_dir() {
        let frames: Vec<PathBuf> = below(path)?.into_iter().filter(|path| is_picture(path)).collect();
        return Ok((!frames.is_empty()).then_some(Attempt::Frames(frames)));
    }
    Ok(is_picture(path).then(|| Attempt::Picture(path.to_owned())))
}

/// What the cues say of pictures that were taken one after the other; `None` where none can be read.
fn watched(trial: &mut Trial, paths: &[PathBuf], level: LivenessLevel) -> Result<Option<Verdict>, Failure> {
    let read = |(i, path): (usize, &PathBuf)| {
        let frame = photo::read(path).ok()?;
        Frame::new(frame.width(), frame.height(), frame.rgb().to_vec(), PACE.saturating_mul(i as u32)).ok()
    };
    let frames: Vec<Frame> = paths.iter().enumerate().filter_map(read).collect();
    if frames.is_empty() {
        return Ok(None);
    }
    let verdict = trial.watch(frames)?;
    let off = level == LivenessLevel::Off && matches!(verdict.outcome, Outcome::Denied(_));
    Ok(Some(if off { Verdict { outcome: Outcome::Passed, ..verdict } } else { verdict }))
}

fn answer(level: u8, is_rendered: bool, counts: &BTreeMap<String, Count>) -> Answer {
    let mut species = Map::new();
    let source = if is_rendered { "rendered heads, prints and screens: a simulation" } else { "recorded pictures" };
    let mut text = format!("Level {level}, {source}.\n\n");
    text += "| species | attempts | passed | APCER | 95 % interval | median time |\n| --- | --- | --- | --- | --- | --- |\n";
    let time = |count: &Count| count.median().map_or("-".into(), |seconds| format!("{seconds:.1} s"));
    for (name, count) in counts.iter().filter(|(name, _)| *name != BONA_FIDE) {
        let apcer = Proportion { hits: count.passed, of: count.attempts };
        let (low, high) = apcer.interval();
        let figures = json!({
            "attempts": count.attempts, "passed": count.passed, "apcer": apcer.value(), "low": low, "high": high,
            "median_s": count.median(), "declined": count.declined,
        });
        species.insert(name.clone(), figures);
        text += &format!(
            "| {name} | {} | {} | {} | {} to {} | {} |\n",
            count.attempts,
            count.passed,
            percent(apcer.value()),
            percent(low),
            percent(high),
            time(count)
        );
    }
    let none = Count::default();
    let count = counts.get(BONA_FIDE).unwrap_or(&none);
    // Whoever gets no verdict is not let in either.
    let bpcer = Proportion { hits: count.rejected + count.no_verdict, of: count.attempts };
    let (low, high) = bpcer.interval();
    let bona_fide: Value = json!({
        "attempts": count.attempts, "rejected": count.rejected, "no_verdict": count.no_verdict,
        "bpcer": bpcer.value(), "low": low, "high": high, "median_s": count.median(), "declined": count.declined,
    });
    text += &format!(
        "\nBona fide: {} of {} rejected, {} without a verdict; BPCER {} ({} to {}), median time {}.",
        count.rejected,
        count.attempts,
        count.no_verdict,
        percent(bpcer.value()),
        percent(low),
        percent(high),
        time(count)
    );
    for (name, count) in counts.iter().filter(|(_, count)| !count.declined.is_empty()) {
        let declined = count.declined.iter().map(|(told, times)| format!("{told} {times}"));
        text += &format!("\n{name} was declined by: {}.", declined.collect::<Vec<_>>().join(", "));
    }
    let json = json!({
        "outcome": "measured", "level": level, "simulated": is_rendered, "species": species, "bona_fide": bona_fide,
    });
    Answer::yes(json, text)
}

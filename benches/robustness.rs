//! What is left of an embedding, and of its length, when a picture is of another size, dark, noisy or blurred.
//!
//!     cargo bench --bench robustness
//!
//! needs Labeled Faces in the Wild at `../shared/lfw-dev` (research data, not part of the project); a minute or two.

#![allow(clippy::print_stdout)] // a table for whoever measures

mod pictures;

use std::path::{Path, PathBuf};
use std::time::Duration;

use mirilla::biometrics::comparison::compare;
use mirilla::biometrics::{Embedding, Pipeline, QualityLimits, Shortcoming, Template, alignment};
use mirilla::camera::{Frame, photo};
use mirilla::geometry::Point;
use mirilla::session::Policy;
use rayon::prelude::*;

use pictures::{below, resized, sorted};

/// One person in so many is looked at, in the first picture.
const EACH: usize = 4;

/// A picture made worse; the number makes noise that is another's in no other picture.
type Change = (&'static str, fn(&Frame, u64) -> Frame);

const CHANGES: [Change; 11] = [
    ("as it is", |frame, _| frame.clone()),
    ("half the size", |frame, _| resized(frame, 0.5)),
    ("twice the size", |frame, _| resized(frame, 2.0)),
    ("four times the size", |frame, _| resized(frame, 4.0)),
    ("three times, noise of sd 10", |frame, seed| noisy(&resized(frame, 3.0), 10.0, seed)),
    ("noise of sd 15", |frame, seed| noisy(frame, 15.0, seed)),
    ("noise of sd 30", |frame, seed| noisy(frame, 30.0, seed)),
    ("a third of the light", |frame, _| darker(frame, 0.3)),
    ("an eighth of the light, noise of sd 4", |frame, seed| noisy(&darker(frame, 0.125), 4.0, seed)),
    ("blurred over 4 pixels", |frame, _| resized(&resized(frame, 0.25), 4.0)),
    ("blurred over 8 pixels", |frame, _| resized(&resized(frame, 0.125), 8.0)),
];

/// What is seen in a changed picture.
struct Seen {
    norm: f32,
    embedding: Embedding,
    acquired: bool,
}

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lfw-dev/images");
    if !folder.is_dir() {
        return println!("skipped: needs the faces of ../shared/lfw-dev, which are not part of the project");
    }
    let load = || Pipeline::load(QualityLimits::default()).expect("the weights");
    let pictures: Vec<PathBuf> =
        below(&folder).iter().step_by(EACH).filter_map(|person| below(person).into_iter().next()).collect();
    let rows: Vec<Vec<Option<Seen>>> = pictures
        .par_iter()
        .enumerate()
        .map_init(load, |pipeline, (seed, path)| {
            let frame = photo::read(path).expect("a photo");
            CHANGES.iter().map(|(_, change)| see(pipeline, &change(&frame, seed as u64))).collect()
        })
        .collect();
    println!("| picture | mean cosine to itself as it is | 5 % below | norm, median | acquired |");
    println!("| --- | --- | --- | --- | --- |");
    for (i, (name, _)) in CHANGES.iter().enumerate() {
        let cosines = sorted(rows.iter().filter_map(|row| likeness(row, 0, i)).collect());
        let norms = sorted(rows.iter().filter_map(|row| Some(row[i].as_ref()?.norm)).collect());
        let acquired = rows.iter().filter(|row| row[i].as_ref().is_some_and(|seen| seen.acquired)).count();
        let share = 100.0 * acquired as f64 / rows.len() as f64;
        let (low, median) = (cosines[cosines.len() / 20], norms[norms.len() / 2]);
        println!("| {name} | {:.4} | {low:.4} | {median:.2} | {share:.1} % |", mean(&cosines));
    }
    let between =
        |row: &Vec<Option<Seen>>| Some(mean(&[likeness(row, 0, 1)?, likeness(row, 0, 2)?, likeness(row, 1, 2)?]));
    println!(
        "\nHalf, one and twice the size, mean of the three: {:.4}",
        mean(&rows.iter().filter_map(between).collect::<Vec<_>>())
    );
    let cosines: Vec<f32> =
        pictures.par_iter().map_init(load, |pipeline, path| placed(pipeline, path)).flatten().collect();
    println!("The same of one picture, cut out where it was detected at these sizes: {:.4}", mean(&cosines));
    gate(&folder);
}

/// The score of a picture, and what speaks against it.
type Judged = (f32, Option<Shortcoming>);

/// People who are enrolled from three pictures as they are, and come again in a fourth that was made worse.
fn gate(folder: &Path) {
    const PEOPLE: usize = 300;
    let load = || Pipeline::load(QualityLimits::default()).expect("the weights");
    let threshold = Policy::default().threshold(PEOPLE);
    let people: Vec<Vec<PathBuf>> =
        below(folder).iter().map(|person| below(person)).filter(|all| all.len() > 3).collect();
    // Of each change; none where there is no face.
    let rows: Vec<Vec<Option<Judged>>> = people
        .par_iter()
        .enumerate()
        .map_init(load, |pipeline, (seed, pictures)| {
            let read = |at: usize| photo::read(&pictures[at]).expect("a photo");
            let captures: Vec<Embedding> = (0..3).filter_map(|at| Some(see(pipeline, &read(at))?.embedding)).collect();
            let template = Template::fuse(&captures)?;
            let (frame, limits) = (read(3), QualityLimits::default());
            let score = |change: fn(&Frame, u64) -> Frame, pipeline: &mut Pipeline| {
                let (quality, features) = pipeline.examine(&change(&frame, seed as u64)).expect("the networks")?;
                Some((compare(&features.embedding()?, template.embedding()).0, quality.shortcoming(&limits)))
            };
            Some(CHANGES.iter().map(|(_, change)| score(*change, pipeline)).collect())
        })
        .flatten()
        .collect();
    println!("\nFourth pictures of {} people against templates of three, missed at {threshold:.3}:\n", rows.len());
    println!(
        "| picture | acquired | of these missed | refused by the norm alone | of these missed | refused otherwise | of these missed |"
    );
    println!("|{}", " --- |".repeat(7));
    for (i, (name, _)) in CHANGES.iter().enumerate() {
        let tell = |which: fn(Option<Shortcoming>) -> bool| {
            let of = rows.iter().filter_map(|row| row[i]).filter(|(_, short)| which(*short));
            let (missed, all) = of.fold((0, 0), |(m, n), (score, _)| (m + u32::from(score < threshold), n + 1));
            let share =
                if all == 0 { "-".into() } else { format!("{:.1} %", 100.0 * f64::from(missed) / f64::from(all)) };
            format!("{all} | {share}")
        };
        println!(
            "| {name} | {} | {} | {} |",
            tell(|short| short.is_none()),
            tell(|short| short == Some(Shortcoming::FaceUnclear)),
            tell(|short| short.is_some_and(|short| short != Shortcoming::FaceUnclear)),
        );
    }
}

/// Cosines between what is cut out of one picture at the points that were found at half, one and twice its size.
fn placed(pipeline: &mut Pipeline, path: &Path) -> Option<f32> {
    let frame = photo::read(path).expect("a photo");
    let mut found = vec![];
    for factor in [0.5f32, 1.0, 2.0] {
        let face = pipeline.detect_central(&resized(&frame, f64::from(factor))).expect("the detector")?;
        let back = |p: Point| Point::new((p.x + 0.5) / factor - 0.5, (p.y + 0.5) / factor - 0.5);
        let sample = alignment::align(&frame, &face.landmarks.map(back))?;
        found.push(pipeline.embed(&sample).expect("the embedder").embedding()?);
    }
    let cosine = |a: usize, b: usize| compare(&found[a], &found[b]).0;
    Some(mean(&[cosine(0, 1), cosine(0, 2), cosine(1, 2)]))
}

fn see(pipeline: &mut Pipeline, frame: &Frame) -> Option<Seen> {
    let (quality, features) = pipeline.examine(frame).expect("the networks")?;
    let acquired = quality.shortcoming(&QualityLimits::default()).is_none();
    Some(Seen { norm: features.norm(), embedding: features.embedding()?, acquired })
}

fn likeness(row: &[Option<Seen>], a: usize, b: usize) -> Option<f32> {
    Some(compare(&row[a].as_ref()?.embedding, &row[b].as_ref()?.embedding).0)
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

fn changed(frame: &Frame, mut value: impl FnMut(f32) -> f32) -> Frame {
    let pixels = frame.rgb().iter().map(|v| value(f32::from(*v)).round().clamp(0.0, 255.0) as u8).collect();
    Frame::new(frame.width(), frame.height(), pixels, Duration::ZERO).expect("a frame")
}

/// Noise that is nearly normal: the sum of twelve even numbers.
fn noisy(frame: &Frame, sd: f32, seed: u64) -> Frame {
    let mut random = fastrand::Rng::with_seed(seed);
    changed(frame, |value| value + sd * ((0..12).map(|_| random.f32()).sum::<f32>() - 6.0))
}

fn darker(frame: &Frame, gain: f32) -> Frame {
    changed(frame, |value| value * gain)
}

//! Where a face points: by the detector's five points, and by the face mesh. Which of the two says the same of a picture and of that
//! picture in a mirror, moved by a pixel, of another size, or compressed, and which follows a head that is known to turn. And how often the
//! middle of a living face is taken for straight, as on paper.
//!
//!     cargo bench --bench pose
//!
//! needs Labeled Faces in the Wild at `../shared/lfw-dev` (research data, not part of the project); a minute or two. The rendered heads,
//! which get their depth from the mesh, are bundled.

#![allow(clippy::print_stdout)] // a table for whoever measures

mod pictures;

use std::path::{Path, PathBuf};
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use mirilla::biometrics::liveness::{Detail, Looking, Watcher};
use mirilla::biometrics::{Pipeline, Quality, QualityLimits, alignment};
use mirilla::camera::{Frame, photo};
use mirilla::simulation::{Pose, Stage};
use rayon::prelude::*;

use pictures::{below, resized, sorted};

/// One person in so many is looked at, in the first picture.
const EACH: usize = 4;
/// A face that points further to a side than this, by either estimate, in degrees, is turned.
const TURNED: f32 = 20.0;
/// So many pictures of each person are compared with each other.
const MOST_PICTURES: usize = 4;
/// A middle that bends by less is taken for that of paper, in eye distances.
const STRAIGHT: f32 = 0.035;

/// A picture that should point where the one before it did; in a mirror, the other way.
type Change = (&'static str, fn(&Frame) -> Frame);

const CHANGES: [Change; 6] = [
    ("in a mirror", |frame| mapped(frame, |x, y| (frame.width() as f32 - 1.0 - x, y))),
    ("moved by a pixel", |frame| mapped(frame, |x, y| (x + 1.0, y))),
    ("moved by 1.5 and 1.3 pixels", |frame| mapped(frame, |x, y| (x - 1.5, y + 1.3))),
    ("four fifths of the size", |frame| resized(frame, 0.8)),
    ("twice the size", |frame| resized(frame, 2.0)),
    ("compressed once more, at 50", |frame| compressed(frame, 50)),
];

/// How a direction is told: names for the tables.
const WAYS: [&str; 2] = ["five points", "mesh"];

/// Yaw to the picture's right and pitch upwards, in degrees, each way.
type Direction = [[f32; 2]; WAYS.len()];

struct Eye {
    pipeline: Pipeline,
    watcher: Watcher,
}

impl Eye {
    fn open() -> Self {
        let pipeline = Pipeline::load(QualityLimits::default()).expect("the weights");
        Self { pipeline, watcher: Watcher::default() }
    }

    /// Where the middle face points; none where either way sees none.
    fn see(&mut self, frame: &Frame) -> Option<Direction> {
        let face = self.pipeline.detect_central(frame).expect("the detector")?;
        let quality = Quality::assess(&face, &alignment::align(frame, &face.landmarks)?);
        self.watcher.forget();
        let mesh = self.watcher.mesh(frame, Some(&face)).expect("the mesh")?;
        Some([[quality.yaw_deg, quality.pitch_deg], by_mesh(&mesh[..])])
    }
}

/// The points of the mesh that span the face: its sides before the ears, the top of the forehead and the chin.
const SIDES: [usize; 2] = [234, 454];
const ENDS: [usize; 2] = [10, 152];

/// Yaw and pitch of the plane through the sides and the ends of the face, by the mesh's own depth, upright.
fn by_mesh(points: &[[f32; 3]]) -> [f32; 2] {
    let along = |[from, to]: [usize; 2]| -> [f32; 3] { std::array::from_fn(|i| points[to][i] - points[from][i]) };
    let (x, y) = (along(SIDES), along(ENDS));
    let cross = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    // Depth grows away from the camera, and so does the cross product of right and down.
    let [fx, fy, fz] = cross.map(|v| -v);
    let (sin, cos) = (-x[1].atan2(x[0])).sin_cos();
    let (fx, fy) = (fx * cos - fy * sin, fx * sin + fy * cos);
    [fx.atan2(-fz).to_degrees(), (-fy).atan2(fx.hypot(fz)).to_degrees()]
}

fn main() {
    if !faces().is_dir() {
        return println!("skipped: needs the faces of ../shared/lfw-dev, which are not part of the project");
    }
    repeats();
    follows();
    bends();
}

fn faces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lfw-dev/images")
}

/// What both ways say of one picture twice.
fn repeats() {
    let pictures: Vec<PathBuf> =
        below(&faces()).iter().step_by(EACH).filter_map(|person| below(person).into_iter().next()).collect();
    let rows: Vec<(Direction, Vec<Option<Direction>>)> = pictures
        .par_iter()
        .map_init(Eye::open, |eye, path| {
            let frame = photo::read(path).expect("a photo");
            Some((eye.see(&frame)?, CHANGES.iter().map(|(_, change)| eye.see(&change(&frame))).collect()))
        })
        .flatten()
        .collect();
    let is_turned = |seen: &Direction| seen.iter().any(|[yaw, _]| yaw.abs() > TURNED);
    for (name, wanted) in [("not turned", false), ("turned", true)] {
        let rows: Vec<_> = rows.iter().filter(|(seen, _)| is_turned(seen) == wanted).collect();
        println!(
            "\n{} pictures, {name}. Differences in degrees, median and 95 % below; as a share of the spread.\n",
            rows.len()
        );
        println!("| picture | way | yaw | pitch | yaw, share | pitch, share |");
        println!("|{}", " --- |".repeat(6));
        for (i, (change, _)) in CHANGES.iter().enumerate() {
            for (way, told) in WAYS.iter().enumerate() {
                let cell = |axis: usize| {
                    let sign = if i == 0 && axis == 0 { -1.0 } else { 1.0 };
                    let differences = rows.iter().filter_map(|(first, again)| {
                        Some((first[way][axis] - sign * again[i].as_ref()?[way][axis]).abs())
                    });
                    let differences = sorted(differences.collect());
                    let values = sorted(rows.iter().map(|(first, _)| first[way][axis]).collect());
                    let spread = at(&values, 0.84) - at(&values, 0.16);
                    let median = at(&differences, 0.5);
                    (format!("{median:.1} / {:.1}", at(&differences, 0.95)), format!("{:.3}", median / (spread / 2.0)))
                };
                let ((yaw, yaw_share), (pitch, pitch_share)) = (cell(0), cell(1));
                println!("| {change} | {told} | {yaw} | {pitch} | {yaw_share} | {pitch_share} |");
            }
        }
    }
}

/// What the relief says of two pictures of one living person, on one of which the head is turned further.
fn bends() {
    let people: Vec<Vec<PathBuf>> = below(&faces()).iter().map(|person| below(person)).collect();
    let pairs: Vec<(PathBuf, PathBuf)> = people
        .into_iter()
        .flat_map(|pictures| {
            let pictures: Vec<_> = pictures.into_iter().take(MOST_PICTURES).collect();
            let again = pictures.clone();
            pictures.into_iter().flat_map(move |a| again.clone().into_iter().map(move |b| (a.clone(), b)))
        })
        .filter(|(a, b)| a != b)
        .collect();
    let bows: Vec<f32> = pairs
        .par_iter()
        .map_init(Eye::open, |eye, (ahead, turned)| {
            eye.watcher.forget();
            let mut look = |path: &Path, number: u32| {
                let read = photo::read(path).expect("a photo");
                let at = Duration::from_millis(100) * number;
                let frame = Frame::new(read.width(), read.height(), read.rgb().to_vec(), at).expect("a frame");
                let face = eye.pipeline.detect_central(&frame).expect("the detector");
                let looking = Looking { detail: Detail::Active, since: Duration::ZERO };
                eye.watcher.look(&frame, face.as_ref(), looking).expect("the mesh")
            };
            // Whoever is seen twice in one place holds still.
            look(ahead, 1);
            look(ahead, 2);
            Some(look(turned, 3)?.relief?.bow)
        })
        .flatten()
        .collect();
    let straight = bows.iter().filter(|bow| bow.abs() < STRAIGHT).count();
    let bows = sorted(bows);
    println!(
        "\n{} pairs of pictures of one person; the middle of the face is found again, turned, in {}; straight within {STRAIGHT} in {straight}. Bow: {:.2} / {:.2} / {:.2} (5, 50, 95 %).",
        pairs.len(),
        bows.len(),
        at(&bows, 0.05),
        at(&bows, 0.5),
        at(&bows, 0.95)
    );
}

/// What both ways say of heads that turn by known angles.
fn follows() {
    let stage = Stage::open().expect("the heads");
    let angles = [-40.0f32, -30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 40.0];
    println!("\nRendered heads, turned by what stands above: what is told, less what is told of the head as it is.\n");
    println!("| head | axis | way | {} |", angles.map(|angle| format!("{angle:.0}")).join(" | "));
    println!("|{}", " --- |".repeat(3 + angles.len()));
    for number in 0..stage.heads() {
        let head = stage.head(number).expect("a head");
        for (axis, name) in ["yaw", "pitch"].into_iter().enumerate() {
            let see = |angle: f32| {
                let pose = match axis {
                    0 => Pose { yaw: angle, ..Pose::default() },
                    // Rendered heads nod downwards; directions are told upwards.
                    _ => Pose { pitch: -0.6 * angle, ..Pose::default() },
                };
                Eye::open().see(&head.render(pose).frame().expect("a frame"))
            };
            let Some(rest) = see(0.0) else { continue };
            let seen: Vec<_> = angles.par_iter().map(|angle| see(*angle)).collect();
            for (way, told) in WAYS.iter().enumerate() {
                let cells = seen.iter().map(|seen| {
                    seen.as_ref().map_or("-".into(), |seen| format!("{:.0}", seen[way][axis] - rest[way][axis]))
                });
                println!("| {number} | {name} | {told} | {} |", cells.collect::<Vec<_>>().join(" | "));
            }
        }
    }
    println!("\n(up and down, heads are turned by 0.6 of it)");
}

/// The value below which this share lies.
fn at(sorted: &[f32], share: f32) -> f32 {
    sorted.get(((sorted.len() as f32 - 1.0) * share) as usize).copied().unwrap_or(f32::NAN)
}

/// Each pixel from where `from` says, between those of the picture; beyond the edge its last ones go on.
fn mapped(frame: &Frame, from: impl Fn(f32, f32) -> (f32, f32)) -> Frame {
    let (width, height) = (frame.width(), frame.height());
    let pixel = |x: f32, y: f32, channel: usize| {
        let (x, y) = (x.clamp(0.0, width as f32 - 1.0) as usize, y.clamp(0.0, height as f32 - 1.0) as usize);
        f32::from(frame.rgb()[(y * width as usize + x) * 3 + channel])
    };
    let value = |i: u32| {
        let (x, y) = from((i / 3 % width) as f32, (i / 3 / width) as f32);
        let (left, top, channel) = (x.floor(), y.floor(), (i % 3) as usize);
        let row = |y: f32| pixel(left, y, channel) * (1.0 - x + left) + pixel(left + 1.0, y, channel) * (x - left);
        (row(top) * (1.0 - y + top) + row(top + 1.0) * (y - top) + 0.5) as u8
    };
    Frame::new(width, height, (0..3 * width * height).map(value).collect(), Duration::ZERO).expect("a frame")
}

fn compressed(frame: &Frame, quality: u8) -> Frame {
    let mut bytes = vec![];
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.write_image(frame.rgb(), frame.width(), frame.height(), ExtendedColorType::Rgb8).expect("a JPEG");
    photo::decode(&bytes).expect("the same JPEG")
}

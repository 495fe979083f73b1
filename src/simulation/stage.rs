//! The room, the camera, and all that can be put before it.

use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::biometrics::detection::Detector;
use crate::biometrics::liveness::Watcher;
use crate::camera::Frame;
use crate::demo;
use crate::error::{CameraError, ModelError, PhotoError};
use crate::geometry::Point;
use crate::session::Ask;

use super::head::{Head, Pose};
use super::performer::{Performer, Species};
use super::sheet::{FOCAL, Shape, Sheet};

/// Columns of a rendered picture.
pub const WIDTH: usize = 640;
/// Its rows.
pub const HEIGHT: usize = 480;
/// Quality of the JPEGs in which most webcams send their pictures; what it is called by libjpeg, 1 to 100.
const JPEG_QUALITY: u8 = 80;
/// How far from the middle somebody stands who shows a picture beside them, in pixels.
const ASIDE: f32 = 225.0;

/// What can go wrong: all of it means a broken build.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A network cannot run.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A bundled portrait cannot be decoded.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// A picture has another size than it says.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// A picture cannot be compressed.
    #[error("a rendered picture cannot be compressed: {detail}")]
    Jpeg {
        /// What the library says.
        detail: String,
    },
    /// A bundled portrait shows no face.
    #[error("a bundled portrait shows no face")]
    NoFace,
}

/// A picture in light, 0 to 255.
#[derive(Clone)]
pub struct Canvas(Vec<[f32; 3]>);

impl Canvas {
    /// From the bytes of [`WIDTH`] x [`HEIGHT`] pixels.
    pub(super) fn of(rgb: &[u8]) -> Self {
        Self(rgb.as_chunks::<3>().0.iter().map(|pixel| pixel.map(f32::from)).collect())
    }

    /// Each pixel as `color` says of its place.
    pub(super) fn drawn(color: impl Fn(f32, f32) -> [f32; 3]) -> Self {
        Self((0..WIDTH * HEIGHT).map(|i| color((i % WIDTH) as f32, (i / WIDTH) as f32)).collect())
    }

    /// Between the pixels; beyond the edge its last ones go on.
    pub(super) fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let (x, y) = (x.clamp(0.0, WIDTH as f32 - 1.001), y.clamp(0.0, HEIGHT as f32 - 1.001));
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let i = top * WIDTH + left;
        let at = |i: usize| self.0.get(i).copied().unwrap_or_default();
        let (a, b, c, d) = (at(i), at(i + 1), at(i + WIDTH), at(i + WIDTH + 1));
        std::array::from_fn(|i| (a[i] * (1.0 - fx) + b[i] * fx) * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy)
    }

    /// As it is, taken at no time.
    ///
    /// # Errors
    /// [`SimulationError`] when its size is not that of a canvas.
    pub fn frame(&self) -> Result<Frame, SimulationError> {
        let rgb = self.0.iter().flat_map(|pixel| pixel.map(|v| (v + 0.5) as u8)).collect();
        Ok(Frame::new(WIDTH as u32, HEIGHT as u32, rgb, Duration::ZERO)?)
    }

    /// As a camera sends it: with the noise of its sensor, as a JPEG.
    fn taken(&self, at: Duration, random: &mut fastrand::Rng) -> Result<Frame, SimulationError> {
        // The sum of three even spreads is near enough to a normal one: standard deviation 2.
        let mut noise = || (0..3).map(|_| random.f32() - 0.5).sum::<f32>() * 4.0;
        let rgb: Vec<u8> = self.0.iter().flat_map(|pixel| pixel.map(|v| (v + noise() + 0.5) as u8)).collect();
        let (width, height, mut jpeg) = (WIDTH as u32, HEIGHT as u32, vec![]);
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY);
        encoder
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
            .map_err(|error| SimulationError::Jpeg { detail: error.to_string() })?;
        Ok(Frame::from_mjpeg(&jpeg, width, height, at)?)
    }
}

/// The bundled heads, and a room for what shows them.
pub struct Stage {
    heads: Vec<Head>,
    room: Canvas,
}

impl Stage {
    /// Makes the heads.
    ///
    /// # Errors
    /// [`SimulationError`] when a portrait or a network is broken.
    pub fn open() -> Result<Self, SimulationError> {
        let (mut detector, mut watcher) = (Detector::load()?, Watcher::default());
        let portraits = [demo::OBAMA, demo::BIDEN, demo::COLLINS];
        let heads = portraits.iter().map(|portrait| Head::of(portrait, &mut detector, &mut watcher));
        Ok(Self { heads: heads.collect::<Result<_, _>>()?, room: room() })
    }

    /// One of the heads, by any number.
    pub fn head(&self, number: usize) -> Option<&Head> {
        self.heads.get(number % self.heads.len().max(1))
    }

    /// How many heads there are.
    pub fn heads(&self) -> usize {
        self.heads.len()
    }

    /// What the camera sends of a head, by any number, or of what shows it, when somebody performs so at this time of their
    /// performance.
    ///
    /// # Errors
    /// [`SimulationError`] when the picture cannot be made.
    pub fn frame(
        &self,
        number: usize,
        performer: &mut Performer,
        ask: Option<Ask>,
        [since, at]: [Duration; 2],
    ) -> Result<Frame, SimulationError> {
        let poses = performer.pose(ask, at.saturating_sub(since));
        let (species, other) = performer.shows();
        let head = |number| self.head(number).ok_or(SimulationError::NoFace);
        let (shown, beside) = (head(number + usize::from(other))?, head(number + 1)?);
        let canvas = match species {
            Species::BonaFide => shown.render(poses[1]),
            Species::PrintBeside => {
                let [held, played] = poses;
                let living = beside.render(Pose { shift: [0.0; 2], ..played });
                self.shown(shown, species, [held, played], |x, y| living.at(x + ASIDE, y))
            }
            _ => self.shown(shown, species, poses, |x, y| self.room.at(x, y)),
        };
        canvas.taken(at, performer.random())
    }

    /// A sheet or a screen before what is behind it: `held` is how it is held, `played` what it shows by itself where it can (a screen,
    /// eyes behind holes, pictures that are changed).
    fn shown(
        &self,
        head: &Head,
        species: Species,
        [held, played]: [Pose; 2],
        behind: impl Fn(f32, f32) -> [f32; 3],
    ) -> Canvas {
        let kind = Kind::of(species);
        // Metres to a pixel of the portrait, and how far away it has to be so that the face is so many pixels wide.
        let metre = kind.face / head.width;
        let away = FOCAL * kind.face / kind.pixels;
        let [dx, dy] = held.shift;
        let sheet = Sheet::new(held.yaw, held.pitch, [dx + kind.aside, dy, away], kind.shape);
        let screen = (kind.plays || kind.changes).then(|| head.render(played));
        let light = if kind.plays { 1.0 } else { sheet.light() };
        let (center, border) = (head.middle, 0.02 * 2.0 * kind.half_width);
        let color = |x: f32, y: f32| -> Option<[f32; 3]> {
            let [u, v] = sheet.hit(x - WIDTH as f32 / 2.0, y - HEIGHT as f32 / 2.0)?;
            // In widths of the face.
            let (across, down) = (u / kind.face, v / kind.face);
            let (top, bottom) = (-kind.above, kind.below);
            let beyond = (across.abs() - kind.half_width).max(top - down).max(down - bottom);
            if beyond > 0.0 {
                return (beyond <= kind.bezel / kind.face).then_some([14.0; 3]);
            }
            let place = Point::new(center.x + u / metre, center.y + v / metre);
            if kind.cut_out && !head.is_face(place) {
                return None;
            }
            if let Some(screen) = screen.as_ref().filter(|_| kind.plays) {
                // Light from behind: darker shadows, black not quite black.
                return Some(screen.at(place.x, place.y).map(|v| (v / 255.0).powf(1.08) * 243.0 + 10.0));
            }
            let paper = beyond > -border && !kind.cut_out;
            let has_holes = matches!(species, Species::CutEyes | Species::RolledEyesCut);
            let closed = if has_holes { played.closed } else { 0.0 };
            let printed = match &screen {
                Some(still) => still.at(place.x, place.y),
                None => head.color(place.x, place.y, closed),
            };
            let ink = if paper { [235.0; 3] } else { printed.map(|v| 18.0 + 0.8 * v) };
            Some(ink.map(|v| (v * light).clamp(0.0, 255.0)))
        };
        Canvas::drawn(|x, y| {
            // Two rays to a pixel, so that edges are not jagged.
            let behind = behind(x, y);
            let rays = [color(x - 0.25, y + 0.25).unwrap_or(behind), color(x + 0.25, y - 0.25).unwrap_or(behind)];
            std::array::from_fn(|i| (rays[0][i] + rays[1][i]) / 2.0)
        })
    }
}

/// What a species is made of.
struct Kind {
    /// Width of the face on it, in metres.
    face: f32,
    /// Half its width, and how far it goes above and below the middle of the face, in widths of the face.
    half_width: f32,
    above: f32,
    below: f32,
    shape: Shape,
    /// Width of a black frame, in metres.
    bezel: f32,
    cut_out: bool,
    /// Whether what it shows moves.
    plays: bool,
    /// Whether it is one picture of several.
    changes: bool,
    /// Width of the face on it, in pixels of the camera's picture.
    pixels: f32,
    /// How far it is held from the middle, in metres.
    aside: f32,
}

impl Kind {
    fn of(species: Species) -> Self {
        let print = Self {
            face: 0.145,
            half_width: 0.85,
            above: 1.05,
            below: 1.15,
            shape: Shape::Flat,
            bezel: 0.0,
            cut_out: false,
            plays: false,
            changes: false,
            pixels: 170.0,
            aside: 0.0,
        };
        match species {
            Species::BonaFide | Species::PrintFlat | Species::CutEyes => print,
            Species::PrintBent => Self { shape: Shape::Bent(0.15), ..print },
            Species::PrintRolled | Species::RolledEyesCut => Self { shape: Shape::Bent(0.07), ..print },
            Species::PrintFolded => Self { shape: Shape::Folded(28f32.to_radians()), ..print },
            Species::PrintLarge | Species::Swapped => Self { half_width: 3.2, above: 2.4, below: 2.4, ..print },
            Species::Stills => Self { half_width: 3.2, above: 2.4, below: 2.4, changes: true, ..print },
            // So much larger than the head beside it that it is clear who is meant.
            Species::PrintBeside => Self { half_width: 0.8, pixels: 255.0, aside: 0.062, ..print },
            Species::CutOut => Self { cut_out: true, ..print },
            Species::Phone => Self { face: 0.055, half_width: 0.62, above: 0.95, bezel: 0.006, plays: true, ..print },
            Species::Screen => Self { half_width: 3.0, above: 2.2, below: 2.2, plays: true, ..print },
        }
    }
}

/// A room with a wall, a picture on it, a shelf and some things: enough for cues that look at what is around a face.
fn room() -> Canvas {
    let mut random = fastrand::Rng::with_seed(30107);
    let things: Vec<([f32; 4], [f32; 3])> = (0..60)
        .map(|_| {
            let place = [random.f32() * WIDTH as f32, random.f32() * HEIGHT as f32];
            let size = [8.0 + random.f32() * 40.0, 8.0 + random.f32() * 30.0];
            let tone = 70.0 + random.f32() * 120.0;
            ([place[0], place[1], size[0], size[1]], [tone, tone * (0.8 + 0.3 * random.f32()), tone * 0.85])
        })
        .collect();
    Canvas::drawn(|x, y| {
        let wall = 175.0 - 0.08 * y + 6.0 * (x * 0.05).sin() * (y * 0.04).cos();
        let mut color = [wall, wall * 0.98, wall * 0.93];
        for ([cx, cy, rx, ry], tone) in &things {
            let inside = ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2);
            if inside < 1.0 {
                color = *tone;
            }
        }
        color
    })
}

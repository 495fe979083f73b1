//! Makes a look of each frame.

use std::time::Duration;

use crate::camera::Frame;
use crate::error::ModelError;
use crate::geometry::{Point, Rect};
use crate::models::face_mesh::{self, POINTS};
use crate::models::{FaceMesh, Iris, iris};

use super::super::detection::Face;
use super::crop::{Grey, Window};
use super::nose::EYES;
use super::relief::Middle;
use super::{Look, Nose, Relief, blink, rectangle, surround};

/// The part of the frame around a face in which passive cues look, in widths of the face, and its pixels.
const AROUND: f32 = 4.0;
const AROUND_PIXELS: usize = 160;
/// The part is chosen anew when the face has moved so far, in its widths, or its width has changed by this ratio.
const MOVED_OFF: f32 = 0.6;
const GROWN: f32 = 1.3;
/// The mesh's crop, in extents of the face: that is how the network was trained.
const MESH_SPAN: f32 = 1.5;
/// The iris network's crop, in widths of the eye.
const EYE_SPAN: f32 = 2.3;
/// Least score of a mesh.
const MIN_SCORE: f32 = 0.5;
/// A mesh's window may be off by this share before the mesh is found once more in a better one.
const WELL_PLACED: f32 = 0.15;

/// A face holds still whose nose moves no further than this from one look to the next, in eye distances.
const STILL: f32 = 0.06;

/// What is around a face is compared with how it was at most so long before.
const COMPARED_FOR: Duration = Duration::from_secs(2);
/// A face that was not looked at for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(3);

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What passive cues need: no network beyond the detector.
    Passive,
    /// The mesh and the eyes as well.
    Active,
}

/// What is looked for, and during whose visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looking {
    /// How much.
    pub detail: Detail,
    /// When the visit began: older frames show the one before, and nothing of it is compared with.
    pub since: Duration,
}

/// Follows one face from frame to frame.
#[derive(Default)]
pub struct Watcher {
    /// Loaded when they are first asked for: passive cues need none.
    networks: Option<Box<Networks>>,
    anchor: Option<Anchor>,
    /// The face as it was when the mesh first held still, and the nose of the look before.
    ahead: Option<Box<Middle>>,
    nose: Option<Nose>,
    /// Where the mesh will be looked for next.
    next: Option<Window>,
    /// When the last look was.
    last: Duration,
    since: Duration,
    /// Whether the mesh was looked for then.
    had_mesh: bool,
}

/// What active cues need.
struct Networks {
    mesh: FaceMesh,
    iris: Iris,
}

/// The first look at a face.
struct Anchor {
    window: Window,
    grey: Grey,
    landmarks: [Point; 5],
    bounds: Rect,
    at: Duration,
}

impl Watcher {
    fn networks(&mut self) -> Result<&mut Networks, ModelError> {
        let loaded = match self.networks.take() {
            Some(networks) => networks,
            None => Box::new(Networks { mesh: FaceMesh::load()?, iris: Iris::load()? }),
        };
        Ok(self.networks.insert(loaded))
    }

    /// Forgets the face that was followed: the next one may be another person's.
    pub fn forget(&mut self) {
        (self.anchor, self.next, self.ahead, self.nose) = (None, None, None, None);
    }

    /// Loses sight of the face for now. What it was ahead is kept: whoever covers it for a moment is not learned anew in another pose.
    pub fn lose(&mut self) {
        (self.anchor, self.next) = (None, None);
    }

    /// A look at the frame's face, where the detector found it. Where it found none, as at a head that is turned far, the mesh
    /// may still follow the one it saw before. `None` where there is no face.
    ///
    /// # Errors
    /// [`ModelError`] when a network cannot run.
    pub fn look(&mut self, frame: &Frame, face: Option<&Face>, looking: Looking) -> Result<Option<Look>, ModelError> {
        let at = frame.captured_at();
        if at < looking.since {
            return Ok(None);
        }
        // The camera was off in between: this may be the next visitor.
        if at.saturating_sub(self.last) > FORGOTTEN_AFTER || at < self.last || looking.since != self.since {
            self.forget();
        }
        let wants_mesh = looking.detail == Detail::Active;
        if wants_mesh && !self.had_mesh {
            // Where one was found in a challenge before may be another face.
            (self.next, self.ahead, self.nose) = (None, None, None);
        }
        (self.last, self.since, self.had_mesh) = (at, looking.since, wants_mesh);
        let mesh = if wants_mesh { self.mesh_of(frame, face)? } else { None };
        let Some((center, width)) = face
            .map(|face| (face.bounds.center(), face.bounds.width))
            .or_else(|| mesh.as_ref().and_then(|points| extent(points)))
        else {
            self.lose();
            return Ok(None);
        };
        let (in_rectangle, surround) = face.map_or((false, None), |face| self.around(frame, face));
        let lids = mesh.as_ref().map(|points| self.lids(frame, points)).transpose()?.flatten();
        let nose = mesh.as_ref().and_then(|points| Nose::of(points));
        let relief = mesh.as_ref().and_then(|points| self.relief(frame, points));
        Ok(Some(Look { captured_at: frame.captured_at(), center, width, in_rectangle, surround, nose, lids, relief }))
    }

    /// The mesh of the face that the detector found, where it found one: of whoever else is in the picture it tells nothing.
    fn mesh_of(&mut self, frame: &Frame, face: Option<&Face>) -> Result<Option<Box<[[f32; 3]; POINTS]>>, ModelError> {
        let mesh = self.mesh(frame, face)?;
        let (Some(points), Some(face)) = (&mesh, face) else { return Ok(mesh) };
        if is_of(points, face) {
            return Ok(mesh);
        }
        self.next = None;
        let anew = self.mesh(frame, Some(face))?.filter(|points| is_of(points, face));
        if anew.is_none() {
            self.next = None;
        }
        Ok(anew)
    }

    /// The mesh's points in pixels of the frame (depth in the same unit), where there is a face.
    ///
    /// # Errors
    /// [`ModelError`] when the network cannot run.
    pub fn mesh(&mut self, frame: &Frame, face: Option<&Face>) -> Result<Option<Box<[[f32; 3]; POINTS]>>, ModelError> {
        let began = self.next.take().map(|window| (window, true));
        let Some((mut window, followed)) = began.or_else(|| Some((first_window(face?), false))) else {
            return Ok(None);
        };
        let mut found = None;
        // A window that was guessed from the detector's box is mended once.
        for _ in 0..2 {
            let crop = window.cut(frame, face_mesh::CROP_SIZE);
            let mesh = self.networks()?.mesh.find(&crop)?;
            if mesh.score < MIN_SCORE {
                // The face that was followed is gone; the detector's may be another.
                return if followed && face.is_some() { self.mesh(frame, face) } else { Ok(None) };
            }
            let back = window.to_frame(face_mesh::CROP_SIZE);
            let points = Box::new(mesh.points.map(|[x, y, z]| {
                let at = back.apply(Point::new(x, y));
                [at.x, at.y, z * back.scale()]
            }));
            let better = next_window(&points);
            let well_placed = (better.side - window.side).abs() < WELL_PLACED * better.side
                && better.center.distance(window.center) < WELL_PLACED * better.side;
            found = Some(points);
            window = better;
            if well_placed {
                break;
            }
        }
        self.next = Some(window);
        Ok(found)
    }

    /// How the middle of the face bent since it first held still, which is before anything is asked for.
    fn relief(&mut self, frame: &Frame, points: &[[f32; 3]; POINTS]) -> Option<Relief> {
        if let Some(ahead) = &self.ahead {
            return ahead.compare(frame, points);
        }
        let nose = Nose::of(points)?;
        let is_still = |last: Nose| (nose.across - last.across).abs().max((nose.down - last.down).abs()) <= STILL;
        if self.nose.replace(nose).is_some_and(is_still) {
            self.ahead = Middle::of(frame, points).map(Box::new);
        }
        None
    }

    /// How far both eyes are open.
    fn lids(&mut self, frame: &Frame, points: &[[f32; 3]; POINTS]) -> Result<Option<f32>, ModelError> {
        let at = |i: usize| points.get(i).map_or(Point::default(), |p| Point::new(p[0], p[1]));
        let mut sum = 0.0;
        for (side, [outer, inner]) in EYES.into_iter().enumerate() {
            // The network knows one eye; the other is shown in a mirror.
            let mirrored = side == 1;
            let (from, to) = if mirrored { (at(inner), at(outer)) } else { (at(outer), at(inner)) };
            let center = Point::new((from.x + to.x) / 2.0, (from.y + to.y) / 2.0);
            let angle = (to.y - from.y).atan2(to.x - from.x);
            let mut crop = Window { center, side: EYE_SPAN * from.distance(to), angle }.cut(frame, iris::CROP_SIZE);
            if mirrored {
                crop.chunks_exact_mut(3 * iris::CROP_SIZE).for_each(|row| row.as_chunks_mut::<3>().0.reverse());
            }
            let Some(opening) = blink::opening(&self.networks()?.iris.contour(&crop)?) else { return Ok(None) };
            sum += opening / 2.0;
        }
        Ok(Some(sum))
    }

    /// What the passive cues look at: a rectangle, and what the surround did.
    fn around(&mut self, frame: &Frame, face: &Face) -> (bool, Option<surround::Surround>) {
        let moved_off = |anchor: &Anchor| {
            let (was, is) = (anchor.bounds, face.bounds);
            let grown = (is.width / was.width).max(was.width / is.width);
            let is_old = frame.captured_at().saturating_sub(anchor.at) > COMPARED_FOR;
            is_old || is.center().distance(was.center()) > MOVED_OFF * was.width || grown.is_nan() || grown > GROWN
        };
        if self.anchor.as_ref().is_some_and(moved_off) {
            self.anchor = None;
        }
        let window = self.anchor.as_ref().map(|anchor| anchor.window).unwrap_or(Window {
            center: face.bounds.center(),
            side: AROUND * face.bounds.width,
            angle: 0.0,
        });
        let grey = Grey::of(frame, window, AROUND_PIXELS);
        let scale = AROUND_PIXELS as f32 / window.side;
        let half = (AROUND_PIXELS as f32 - 1.0) / 2.0;
        let place =
            |p: Point| Point::new((p.x - window.center.x) * scale + half, (p.y - window.center.y) * scale + half);
        let extent = |bounds: Rect| {
            let corner = place(Point::new(bounds.x, bounds.y));
            Rect { x: corner.x, y: corner.y, width: bounds.width * scale, height: bounds.height * scale }
        };
        let landmarks = face.landmarks.map(place);
        let in_rectangle = rectangle::is_around(&grey, extent(face.bounds));
        let compared = self.anchor.as_ref().and_then(|anchor| {
            surround::compare([&anchor.grey, &grey], &anchor.landmarks, &landmarks, extent(anchor.bounds))
        });
        if self.anchor.is_none() {
            self.anchor = Some(Anchor { window, grey, landmarks, bounds: face.bounds, at: frame.captured_at() });
        }
        (in_rectangle, compared)
    }
}

/// Furthest that a mesh's middle lies from that of its face, in extents of the face,
const OFF_FACE: f32 = 0.35;
/// and most that their sizes differ, as a ratio.
const OTHER_SIZE: f32 = 1.7;

/// Whether a mesh is the one of this face.
fn is_of(points: &[[f32; 3]; POINTS], face: &Face) -> bool {
    let size = face.bounds.width.max(face.bounds.height);
    extent(points).is_some_and(|(center, extent)| {
        let ratio = (extent / size).max(size / extent);
        center.distance(face.bounds.center()) <= OFF_FACE * size && ratio <= OTHER_SIZE
    })
}

/// Where the mesh is looked for first.
fn first_window(face: &Face) -> Window {
    let [left, right, ..] = face.landmarks;
    let side = MESH_SPAN * face.bounds.width.max(face.bounds.height);
    Window { center: face.bounds.center(), side, angle: (right.y - left.y).atan2(right.x - left.x) }
}

/// Where it is looked for next: around the points, upright.
fn next_window(points: &[[f32; 3]; POINTS]) -> Window {
    let at = |i: usize| points.get(i).map_or([0.0; 3], |p| *p);
    let ([lx, ly, _], [rx, ry, _]) = (at(EYES[0][0]), at(EYES[1][0]));
    let angle = (ry - ly).atan2(rx - lx);
    let (sin, cos) = angle.sin_cos();
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for [x, y, _] in points {
        for (i, v) in [x * cos + y * sin, y * cos - x * sin].into_iter().enumerate() {
            (low[i], high[i]) = (low[i].min(v), high[i].max(v));
        }
    }
    let (u, v) = ((low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0);
    let center = Point::new(u * cos - v * sin, u * sin + v * cos);
    Window { center, side: MESH_SPAN * (high[0] - low[0]).max(high[1] - low[1]), angle }
}

/// The middle and the width of a mesh's points.
fn extent(points: &[[f32; 3]; POINTS]) -> Option<(Point, f32)> {
    let window = next_window(points);
    (window.side.is_finite() && window.side > 0.0).then_some((window.center, window.side / MESH_SPAN))
}

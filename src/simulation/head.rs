//! A portrait as a head that turns: each pixel moves as its depth says, by the face mesh.

use crate::biometrics::detection::Detector;
use crate::biometrics::liveness::{Watcher, Window};
use crate::camera::Frame;
use crate::demo::Portrait;
use crate::geometry::Point;

use super::stage::{Canvas, HEIGHT, SimulationError, WIDTH};

/// The part of the portrait that is shown, in extents of the face.
const SPAN: f32 = 2.6;
/// Where the face's middle is, as a share of the canvas' height.
const MIDDLE: f32 = 0.47;
/// Pixels of the canvas to one of the grid that depths are known on.
const GRID: usize = 4;
const COLUMNS: usize = WIDTH / GRID + 1;
const ROWS: usize = HEIGHT / GRID + 1;
/// The mesh's points on the outline of the face, in order.
const OUTLINE: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// Corners of either eye.
const EYES: [[usize; 2]; 2] = [[33, 133], [362, 263]];

/// How a head, or what shows one, is held.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pose {
    /// To the person's left, in degrees.
    pub yaw: f32,
    /// Downwards, in degrees.
    pub pitch: f32,
    /// How far the eyes are closed, 0 to 1.
    pub closed: f32,
    /// To the picture's right and downwards, in metres at the distance of the face, for what is held in a hand.
    pub shift: [f32; 2],
}

/// A portrait with depth.
pub struct Head {
    canvas: Canvas,
    depth: Vec<f32>,
    weight: Vec<f32>,
    outline: Vec<Point>,
    /// What the head turns about, in pixels of the canvas.
    pivot: [f32; 3],
    mean_depth: f32,
    focal: f32,
    /// Middle and half width of either eye.
    eyes: [(Point, f32); 2],
    /// Middle of the face and its width.
    pub(super) middle: Point,
    pub(super) width: f32,
}

impl Head {
    /// The head in a portrait.
    ///
    /// # Errors
    /// [`SimulationError`] when the portrait shows no face, or a network cannot run.
    pub fn of(portrait: &Portrait, detector: &mut Detector, watcher: &mut Watcher) -> Result<Self, SimulationError> {
        let photo = portrait.shot()?.photo;
        let face = detector.detect(&photo)?.into_iter().next().ok_or(SimulationError::NoFace)?;
        let side = SPAN * face.bounds.width.max(face.bounds.height) * WIDTH as f32 / HEIGHT as f32;
        let step = side / WIDTH as f32;
        let center = face.bounds.center();
        let center = Point::new(center.x, center.y + (0.5 - MIDDLE) * HEIGHT as f32 * step);
        let square = Window { center, side, angle: 0.0 }.cut(&photo, WIDTH);
        // The middle rows of the square.
        let rows = square.chunks_exact(3 * WIDTH).skip((WIDTH - HEIGHT) / 2).take(HEIGHT);
        let canvas = Canvas::of(&rows.flatten().copied().collect::<Vec<_>>());
        let frame = canvas.frame()?;
        let face = detector.detect(&frame)?.into_iter().next().ok_or(SimulationError::NoFace)?;
        watcher.forget();
        let points = watcher.mesh(&frame, Some(&face))?.ok_or(SimulationError::NoFace)?;
        watcher.forget();
        Ok(Self::with(canvas, &points[..]))
    }

    fn with(canvas: Canvas, points: &[[f32; 3]]) -> Self {
        let at = |i: usize| points.get(i).map_or(Point::default(), |p| Point::new(p[0], p[1]));
        let outline: Vec<Point> = OUTLINE.iter().map(|&i| at(i)).collect();
        let span = |axis: usize| {
            let values = points.iter().filter_map(|p| p.get(axis).copied());
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let ((left, right), (top, bottom), (_, back)) = (span(0), span(1), span(2));
        let width = right - left;
        let mean = |axis: usize| points.iter().filter_map(|p| p.get(axis)).sum::<f32>() / points.len() as f32;
        let (mut depth, mut weight) = (vec![], vec![]);
        for cell in 0..COLUMNS * ROWS {
            let place = Point::new((cell % COLUMNS * GRID) as f32, (cell / COLUMNS * GRID) as f32);
            let away = outside(&outline, place);
            weight.push((-(away / (0.25 * width)).powi(2)).exp());
            depth.push(if away > 0.0 { back } else { interpolated(points, place) });
        }
        for _ in 0..2 {
            depth = blurred(&depth);
        }
        let eye = |[a, b]: [usize; 2]| {
            let (a, b) = (at(a), at(b));
            (Point::new((a.x + b.x) / 2.0, (a.y + b.y) / 2.0), a.distance(b) / 2.0)
        };
        Self {
            canvas,
            depth,
            weight,
            pivot: [mean(0), mean(1), back + 0.25 * width],
            mean_depth: mean(2),
            focal: 4.0 * width,
            eyes: EYES.map(eye),
            middle: Point::new((left + right) / 2.0, (top + bottom) / 2.0),
            width,
            outline,
        }
    }

    /// The portrait at a place, its eyes closed so far.
    pub(super) fn color(&self, x: f32, y: f32, closed: f32) -> [f32; 3] {
        if closed > 0.0 {
            for (middle, half) in self.eyes {
                let (dx, dy) = ((x - middle.x) / (1.15 * half), (y - middle.y) / (0.62 * half));
                let away = dx.hypot(dy);
                if away < 1.0 {
                    return self.lid(middle, half, [x, y], closed, away);
                }
            }
        }
        self.canvas.at(x, y)
    }

    /// Skin from above the eye, drawn down over it, with the line of the lashes at its end.
    fn lid(&self, middle: Point, half: f32, [x, y]: [f32; 2], closed: f32, away: f32) -> [f32; 3] {
        let (top, bottom) = (middle.y - 0.5 * half, middle.y + 0.38 * half);
        let edge = top + (bottom - top) * closed;
        let open = self.canvas.at(x, y);
        if y > edge + 0.08 * half {
            // What the lid leaves free is pressed together a little, as lower lids rise.
            return open;
        }
        let skin = self.canvas.at(x, top - 0.12 * half - 0.2 * (y - top).max(0.0));
        let lash = if closed > 0.2 && (y - edge).abs() < 0.07 * half { 0.45 } else { 1.0 };
        let blend = ((1.0 - away) * 5.0).min(1.0);
        std::array::from_fn(|i| open[i] * (1.0 - blend) + skin[i] * lash * blend)
    }

    /// Whether a place is on the face, or so near to its outline as a pair of scissors would leave.
    pub(super) fn is_face(&self, place: Point) -> bool {
        let middle = self.middle;
        let closer = Point::new(middle.x + (place.x - middle.x) / 1.06, middle.y + (place.y - middle.y) / 1.12);
        outside(&self.outline, closer) <= 0.0
    }

    /// The living head: each pixel moves by the rotation of its depth, less the further it is from the face, and what is behind
    /// stays. Where a pixel comes from is found in four steps, as its depth depends on it.
    pub fn render(&self, pose: Pose) -> Canvas {
        // A turn to the person's left brings the nose to the picture's right.
        let turn = super::sheet::rotation(-pose.yaw, pose.pitch);
        let [cx, cy, cz] = self.pivot;
        let perspective = |z: f32| self.focal / (self.focal + z + cz - self.mean_depth);
        let shift = pose.shift.map(|metres| metres * self.width / 0.145);
        Canvas::drawn(|x, y| {
            let (mut u, mut v) = (x, y);
            for _ in 0..4 {
                let w = grid(&self.weight, u, v);
                if w < 0.004 {
                    break;
                }
                let q = [u - cx, v - cy, grid(&self.depth, u, v) - cz];
                let [qx, qy, qz] = turn.map(|row| row[0] * q[0] + row[1] * q[1] + row[2] * q[2]);
                let (now, before) = (perspective(qz), perspective(q[2]));
                u = x - ((qx * now - q[0] * before) + shift[0]) * w;
                v = y - ((qy * now - q[1] * before) + shift[1]) * w;
            }
            self.color(u, v, pose.closed)
        })
    }

    /// The portrait as it is.
    ///
    /// # Errors
    /// As [`Canvas::frame`].
    pub fn still(&self) -> Result<Frame, SimulationError> {
        self.canvas.frame()
    }
}

/// Depth by the points around, the nearer the more (Shepard, 1968).
fn interpolated(points: &[[f32; 3]], place: Point) -> f32 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for [x, y, z] in points {
        let d = (x - place.x).powi(2) + (y - place.y).powi(2) + 0.5;
        let w = 1.0 / (d * d);
        (sum, weights) = (sum + w * z, weights + w);
    }
    sum / weights
}

/// Each cell the mean of its neighbours and itself.
fn blurred(values: &[f32]) -> Vec<f32> {
    let at = |column: usize, row: usize| values.get(row * COLUMNS + column).copied().unwrap_or_default();
    let mean = |cell: usize| {
        let (column, row) = (cell % COLUMNS, cell / COLUMNS);
        let columns = [column.saturating_sub(1), column, (column + 1).min(COLUMNS - 1)];
        let rows = [row.saturating_sub(1), row, (row + 1).min(ROWS - 1)];
        rows.iter().flat_map(|r| columns.iter().map(move |c| at(*c, *r))).sum::<f32>() / 9.0
    };
    (0..values.len()).map(mean).collect()
}

/// Between the cells of a grid.
fn grid(values: &[f32], x: f32, y: f32) -> f32 {
    let (x, y) = (x.clamp(0.0, WIDTH as f32 - 1.0) / GRID as f32, y.clamp(0.0, HEIGHT as f32 - 1.0) / GRID as f32);
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let i = top * COLUMNS + left;
    let at = |i: usize| values.get(i).copied().unwrap_or_default();
    (at(i) * (1.0 - fx) + at(i + 1) * fx) * (1.0 - fy) + (at(i + COLUMNS) * (1.0 - fx) + at(i + COLUMNS + 1) * fx) * fy
}

/// How far a place is outside of a polygon; 0 within.
fn outside(polygon: &[Point], place: Point) -> f32 {
    let (mut within, mut nearest) = (false, f32::INFINITY);
    for (i, a) in polygon.iter().enumerate() {
        let Some(b) = polygon.get((i + 1) % polygon.len()) else { continue };
        if (a.y > place.y) != (b.y > place.y) && place.x < (b.x - a.x) * (place.y - a.y) / (b.y - a.y) + a.x {
            within = !within;
        }
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let along = ((place.x - a.x) * dx + (place.y - a.y) * dy) / (dx * dx + dy * dy);
        let along = along.clamp(0.0, 1.0);
        nearest = nearest.min(Point::new(a.x + along * dx, a.y + along * dy).distance(place));
    }
    if within { 0.0 } else { nearest }
}

//! The peephole: a round picture in a brass ring. It shows the camera, mirrored, with an outline around the
//! face and what was done so far; at rest, dark glass.

use std::f32::consts::{FRAC_PI_2, TAU};

use egui::epaint::{PathStroke, Vertex};
use egui::{Color32, Mesh, Painter, Pos2, Rect, Sense, Shape, Stroke, TextureId, Ui, Vec2, accesskit, pos2, vec2};

use super::icons::{self, Icon, arc_points};
use super::theme::Palette;
use super::widgets;

/// A picture of the camera as the screens get it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture {
    /// Where the pixels of the frame's middle square are.
    pub texture: TextureId,
    /// Columns and rows of the whole frame.
    pub size: [f32; 2],
}

/// To which side of the screen somebody is asked to turn. The picture is a mirror's: that is their own side, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// What is drawn on the ring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ring {
    /// Nothing.
    Plain,
    /// A light goes round: somebody is being looked for.
    Searching,
    /// So many of so many parts are done; the next one is under way.
    Parts {
        /// Done.
        done: usize,
        /// In all.
        of: usize,
        /// Where the head is to be turned for it.
        turn: Option<Side>,
    },
    /// So much of it is filled, 0 to 1, and a dot says where the head is to go: in half widths and heights of the picture from its
    /// middle, to the right and downwards.
    Filling {
        /// The share.
        share: f32,
        /// Where the dot is; none where there is nothing to follow.
        dot: Option<[f32; 2]>,
    },
    /// It went well.
    Good,
    /// It did not, and that is nobody's fault.
    Pause,
    /// Something is wrong.
    Bad,
}

/// What the lens shows.
pub(super) struct Lens<'a> {
    /// The camera's picture.
    pub picture: Option<Picture>,
    /// The face, in pixels of the frame.
    pub face: Option<crate::geometry::Rect>,
    /// Whether the face is good as it is.
    pub face_good: bool,
    /// On the ring.
    pub ring: Ring,
    /// In the middle of the dark glass.
    pub icon: Option<Icon>,
    /// What a screen reader says it is.
    pub name: &'a str,
}

/// So far the picture goes on below the brass, of which a stroke of egui's begins outside its radius.
const UNDER_RING: f32 = 3.0;
/// In so many seconds the outline goes about two thirds of the way to where the face was seen last.
const GLIDE_S: f64 = 0.04;
/// An outline that was not drawn for so long belongs to an earlier face.
const GLIDE_FORGOTTEN_S: f64 = 0.3;
/// What is drawn on the picture itself, whatever the appearance.
const ON_PICTURE: Color32 = Color32::WHITE;

impl Lens<'_> {
    /// Shows it in the middle of `place`, as large as fits.
    pub(super) fn show(&self, ui: &mut Ui, place: Rect, palette: &Palette) {
        let response = ui.interact(place, ui.scope_id().with("lens"), Sense::hover());
        widgets::name(&response, accesskit::Role::Image, self.name);
        let outer = place.width().min(place.height()) / 2.0;
        let (center, radius) = (place.center(), outer * 0.90);
        let painter = ui.painter();
        painter.circle_filled(center, outer, palette.surface);
        painter.circle_stroke(center, outer - 1.0, Stroke::new(2.0, palette.hairline));
        match self.picture {
            Some(picture) => {
                painter.add(disc_of(picture, center, radius + UNDER_RING));
                if let Some(face) = self.face {
                    self.outline(ui, picture, face, center, radius, palette);
                }
            }
            None => glass(painter, center, radius + UNDER_RING, palette),
        }
        // Over the edge of what it holds, which has steps.
        painter.circle_stroke(center, radius + 1.0, Stroke::new(5.0, palette.brass));
        if let Some(icon) = self.icon {
            let size = radius * 0.55;
            let color = Color32::from_rgb(0xF3, 0xEE, 0xE2);
            icons::paint(painter, icon, Rect::from_center_size(center, Vec2::splat(size)), color);
        }
        self.ring(ui, center, radius + (outer - radius) * 0.5, (outer - radius) * 0.42, palette);
    }

    /// An oval that follows the face. Its line is whole when the face is good, broken when it is not.
    fn outline(
        &self,
        ui: &Ui,
        picture: Picture,
        face: crate::geometry::Rect,
        center: Pos2,
        radius: f32,
        palette: &Palette,
    ) {
        let scale = 2.0 * radius / picture.size[0].min(picture.size[1]);
        let id = ui.scope_id().with("face");
        // The recognition looks at fewer frames than are shown: in between the outline glides, from one drawing of
        // the picture to the next. It asks for no drawings of its own, as an animation of egui's does.
        let time = ui.input(|input| input.time);
        let glide = |name: &str, value: f32| {
            ui.data_mut(|data| {
                let (last, drawn) = data.get_temp(id.with(name)).unwrap_or((value, time));
                let since = time - drawn;
                let share = if since > GLIDE_FORGOTTEN_S { 1.0 } else { 1.0 - (-since / GLIDE_S).exp() };
                let now = last + (value - last) * share as f32;
                data.insert_temp(id.with(name), (now, time));
                now
            })
        };
        let x = glide("x", center.x - (face.center().x - picture.size[0] / 2.0) * scale);
        let y = glide("y", center.y + (face.center().y - picture.size[1] / 2.0) * scale);
        let half = vec2(glide("w", face.width * scale * 0.62), glide("h", face.height * scale * 0.64));
        let points: Vec<Pos2> = (0..=96)
            .map(|step| {
                let angle = TAU * step as f32 / 96.0;
                let point = pos2(x + half.x * angle.cos(), y + half.y * angle.sin());
                // The picture ends at the ring, and so does what is drawn on it.
                let from_center = point - center;
                center + from_center * (radius * 0.985 / from_center.length().max(1.0)).min(1.0)
            })
            .collect();
        let painter = ui.painter();
        if self.face_good {
            painter.add(Shape::line(points.clone(), PathStroke::new(7.0, palette.glass.gamma_multiply(0.45))));
            painter.add(Shape::line(points, PathStroke::new(4.0, ON_PICTURE)));
        } else {
            painter.add(Shape::dashed_line(&points, Stroke::new(6.0, palette.glass.gamma_multiply(0.45)), 14.0, 12.0));
            painter.add(Shape::dashed_line(&points, Stroke::new(3.0, ON_PICTURE), 14.0, 12.0));
        }
    }

    fn ring(&self, ui: &Ui, center: Pos2, radius: f32, width: f32, palette: &Palette) {
        let painter = ui.painter();
        let arc = |from: f32, to: f32, width: f32, color: Color32| {
            painter.add(Shape::line(arc_points(center, radius, from, to), PathStroke::new(width, color)));
        };
        match self.ring {
            Ring::Plain => {}
            Ring::Searching => {
                let turn = (ui.input(|input| input.time) % 2.4) as f32 / 2.4 * TAU;
                let edge = 1.0 / ui.ctx().pixels_per_point();
                painter.add(tail(center, radius, [width, edge], turn, palette.accent));
                painter.circle_filled(center + Vec2::angled(turn + TAIL) * radius, width / 2.0, palette.accent);
            }
            Ring::Parts { done, of, turn } => {
                let each = TAU / of as f32;
                for part in 0..of {
                    // The first one is at the top, then comes the left, then the right: as the head is turned.
                    let middle = -FRAC_PI_2 - part as f32 * each;
                    let half = each / 2.0 - 0.05;
                    let filled = ui.ctx().animate_bool_with_time(ui.scope_id().with(("part", part)), part < done, 0.35);
                    // Thin or thick, so that nobody has to tell two colors apart.
                    arc(middle - half, middle + half, width * 0.36, palette.line);
                    if filled > 0.01 {
                        arc(middle - half * filled, middle + half * filled, width, palette.accent);
                    }
                }
                if let Some(side) = turn {
                    arrow(ui, center, radius - 2.0 * width, side, palette);
                }
            }
            Ring::Filling { share, dot } => {
                arc(0.0, TAU, width * 0.36, palette.line);
                let id = ui.scope_id();
                let share = ui.ctx().animate_value_with_time(id.with(("filling", "share")), share, 0.2);
                if share > 0.01 {
                    arc(-FRAC_PI_2, -FRAC_PI_2 + TAU * share.min(1.0), width, palette.accent);
                }
                if let Some([x, y]) = dot {
                    let glide = |name: &str, to: f32| ui.ctx().animate_value_with_time(id.with(name), to, 0.25);
                    let at = center + vec2(glide("dot x", x), glide("dot y", y)) * (radius - 3.5 * width);
                    let size = (radius * 0.075).max(12.0);
                    painter.circle(at, size, palette.brass, Stroke::new(3.0, palette.glass));
                    painter.circle_stroke(at, size + 3.0, Stroke::new(2.5, ON_PICTURE));
                }
            }
            Ring::Good => arc(0.0, TAU, width, palette.good),
            Ring::Pause => arc(0.0, TAU, width, palette.brass),
            Ring::Bad => arc(0.0, TAU, width, palette.bad),
        }
    }
}

/// An arrow at the side of the picture that the head is to be turned to. It moves a little, to be seen by somebody
/// who looks at the own face.
fn arrow(ui: &Ui, center: Pos2, reach: f32, side: Side, palette: &Palette) {
    const ROUND_S: f64 = 1.6;
    let size = (reach * 0.13).max(24.0);
    let share = (ui.input(|input| input.time) % ROUND_S / ROUND_S) as f32;
    let away = reach - size * (1.5 - 0.25 * (share * TAU).sin());
    let (icon, at) = match side {
        Side::Left => (Icon::Back, center - vec2(away, 0.0)),
        Side::Right => (Icon::Right, center + vec2(away, 0.0)),
    };
    let painter = ui.painter();
    painter.circle(at, size, palette.glass.gamma_multiply(0.85), Stroke::new(2.5, ON_PICTURE));
    icons::paint(painter, icon, Rect::from_center_size(at, Vec2::splat(size * 1.15)), ON_PICTURE);
}

/// How much of a turn the tail of the light is, in radians.
const TAIL: f32 = 1.5;

/// The tail of a light that goes round: it fades, and so do its edges, within `edge`, because a mesh has steps.
fn tail(center: Pos2, radius: f32, [width, edge]: [f32; 2], turn: f32, color: Color32) -> Mesh {
    const STEPS: u32 = 40;
    let half = width / 2.0;
    let across = [(-half - edge, 0.0), (-half, 1.0), (half, 1.0), (half + edge, 0.0)];
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let share = step as f32 / STEPS as f32;
        let direction = Vec2::angled(turn + share * TAIL);
        for (side, strength) in across {
            mesh.colored_vertex(center + direction * (radius + side), color.gamma_multiply(share * strength));
        }
        if step > 0 {
            for at in step * 4..step * 4 + 3 {
                mesh.add_triangle(at - 4, at - 3, at);
                mesh.add_triangle(at - 3, at + 1, at);
            }
        }
    }
    mesh
}

/// Dark glass, with the light of a room on it where looks are wanted.
fn glass(painter: &Painter, center: Pos2, radius: f32, palette: &Palette) {
    if palette.plain {
        painter.circle_filled(center, radius, palette.glass);
        return;
    }
    let lit = palette.glass.lerp_to_gamma(palette.accent, if palette.dark { 0.10 } else { 0.42 });
    painter.add(radial(center, radius, vec2(-0.28, -0.34), lit, palette.glass));
    for (share, alpha) in [(0.72, 0.10), (0.48, 0.08)] {
        painter.circle_stroke(center, radius * share, Stroke::new(1.5, Color32::WHITE.gamma_multiply(alpha)));
    }
    let glint = arc_points(center, radius * 0.86, 3.45, 4.35);
    painter.add(Shape::line(glint, PathStroke::new(radius * 0.035, Color32::WHITE.gamma_multiply(0.16))));
}

/// A disc whose color runs from `inner`, off its middle by `offset` radii, to `edge`.
fn radial(center: Pos2, radius: f32, offset: Vec2, inner: Color32, edge: Color32) -> Mesh {
    const RINGS: u32 = 10;
    const STEPS: u32 = 72;
    let mut mesh = Mesh::default();
    mesh.colored_vertex(center + offset * radius, inner);
    for ring in 1..=RINGS {
        let share = ring as f32 / RINGS as f32;
        let color = inner.lerp_to_gamma(edge, share.powf(0.8));
        let middle = center + offset * radius * (1.0 - share);
        for step in 0..STEPS {
            let angle = TAU * step as f32 / STEPS as f32;
            mesh.colored_vertex(middle + vec2(angle.cos(), angle.sin()) * radius * share, color);
        }
    }
    let at = |ring: u32, step: u32| 1 + (ring - 1) * STEPS + step % STEPS;
    for step in 0..STEPS {
        mesh.add_triangle(0, at(1, step), at(1, step + 1));
        for ring in 1..RINGS {
            mesh.add_triangle(at(ring, step), at(ring + 1, step), at(ring + 1, step + 1));
            mesh.add_triangle(at(ring, step), at(ring + 1, step + 1), at(ring, step + 1));
        }
    }
    mesh
}

/// The picture, which is square, as a disc; left and right exchanged as in a mirror.
fn disc_of(picture: Picture, center: Pos2, radius: f32) -> Mesh {
    const STEPS: u32 = 128;
    let mut mesh = Mesh::with_texture(picture.texture);
    let mut vertex = |dx: f32, dy: f32| {
        mesh.vertices.push(Vertex {
            pos: center + vec2(dx, dy) * radius,
            uv: pos2(0.5 - dx * 0.5, 0.5 + dy * 0.5),
            color: Color32::WHITE,
        });
    };
    vertex(0.0, 0.0);
    for step in 0..STEPS {
        let angle = TAU * step as f32 / STEPS as f32;
        vertex(angle.cos(), angle.sin());
    }
    for step in 0..STEPS {
        mesh.add_triangle(0, 1 + step, 1 + (step + 1) % STEPS);
    }
    mesh
}

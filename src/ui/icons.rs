//! Signs, drawn with a few lines in a square of 24 units.

use std::f32::consts::{PI, TAU};

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, epaint::PathStroke, pos2};

/// What the signs mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    /// Done, right.
    Check,
    /// Something is wrong.
    Warning,
    /// A person.
    Person,
    /// A new person.
    PersonAdd,
    /// A face in a frame: sign in.
    Face,
    /// Back.
    Back,
    /// To the right.
    Right,
    /// Edit.
    Pencil,
    /// Delete.
    Trash,
    /// Again.
    Again,
    /// Away.
    Leave,
    /// A camera that gives no picture.
    CameraOff,
    /// A pad of keys.
    Keys,
    /// More time.
    Clock,
    /// The next one.
    Next,
}

/// Paints a sign into a square place.
pub(super) fn paint(painter: &Painter, icon: Icon, place: Rect, color: Color32) {
    let unit = place.width() / 24.0;
    let stroke = Stroke::new((2.2 * unit).max(1.5), color);
    let at = |x: f32, y: f32| place.min + egui::vec2(x, y) * unit;
    let line = |points: &[(f32, f32)]| {
        painter.add(Shape::line(points.iter().map(|(x, y)| at(*x, *y)).collect(), PathStroke::from(stroke)));
    };
    let circle = |x: f32, y: f32, radius: f32| {
        painter.circle_stroke(at(x, y), radius * unit, stroke);
    };
    let arc = |x: f32, y: f32, radius: f32, from: f32, to: f32| {
        painter.add(Shape::line(arc_points(at(x, y), radius * unit, from, to), PathStroke::from(stroke)));
    };
    match icon {
        Icon::Check => line(&[(4.0, 12.5), (10.0, 18.5), (20.5, 6.0)]),
        Icon::Warning => {
            painter.add(Shape::closed_line(vec![at(12.0, 3.0), at(22.0, 20.5), at(2.0, 20.5)], stroke));
            line(&[(12.0, 9.0), (12.0, 14.5)]);
            painter.circle_filled(at(12.0, 17.6), 1.3 * unit, color);
        }
        Icon::Person | Icon::PersonAdd => {
            let x = if icon == Icon::PersonAdd { 9.5 } else { 12.0 };
            circle(x, 7.5, 4.2);
            arc(x, 22.0, 8.0, PI * 1.06, PI * 1.94);
            if icon == Icon::PersonAdd {
                line(&[(19.5, 8.0), (19.5, 15.0)]);
                line(&[(16.0, 11.5), (23.0, 11.5)]);
            }
        }
        Icon::Face => {
            for (x, y, dx, dy) in
                [(2.5, 2.5, 1.0, 1.0), (21.5, 2.5, -1.0, 1.0), (2.5, 21.5, 1.0, -1.0), (21.5, 21.5, -1.0, -1.0)]
            {
                line(&[(x + 5.0 * dx, y), (x, y), (x, y + 5.0 * dy)]);
            }
            painter.circle_filled(at(8.6, 9.6), 1.4 * unit, color);
            painter.circle_filled(at(15.4, 9.6), 1.4 * unit, color);
            arc(12.0, 11.5, 5.0, PI * 0.18, PI * 0.82);
        }
        Icon::Back => {
            line(&[(20.5, 12.0), (4.0, 12.0)]);
            line(&[(10.5, 5.0), (3.5, 12.0), (10.5, 19.0)]);
        }
        Icon::Right => {
            line(&[(3.5, 12.0), (20.0, 12.0)]);
            line(&[(13.5, 5.0), (20.5, 12.0), (13.5, 19.0)]);
        }
        Icon::Next => line(&[(8.5, 4.0), (16.5, 12.0), (8.5, 20.0)]),
        Icon::Pencil => {
            painter.add(Shape::closed_line(
                vec![at(3.5, 20.5), at(4.8, 15.2), at(16.6, 3.4), at(20.6, 7.4), at(8.8, 19.2)],
                stroke,
            ));
        }
        Icon::Trash => {
            line(&[(3.5, 6.0), (20.5, 6.0)]);
            line(&[(5.8, 6.0), (7.0, 21.0), (17.0, 21.0), (18.2, 6.0)]);
            line(&[(9.0, 5.5), (9.5, 2.8), (14.5, 2.8), (15.0, 5.5)]);
        }
        Icon::Again => {
            arc(12.0, 12.0, 8.2, PI * 0.30, PI * 1.86);
            line(&[(20.8, 3.6), (20.0, 9.6), (14.2, 8.4)]);
        }
        Icon::Leave => {
            line(&[(14.0, 3.0), (5.0, 3.0), (5.0, 21.0), (14.0, 21.0)]);
            line(&[(10.0, 12.0), (21.5, 12.0)]);
            line(&[(16.5, 6.8), (21.5, 12.0), (16.5, 17.2)]);
        }
        Icon::CameraOff => {
            painter.add(Shape::closed_line(
                vec![
                    at(2.0, 6.5),
                    at(7.5, 6.5),
                    at(9.5, 3.8),
                    at(14.5, 3.8),
                    at(16.5, 6.5),
                    at(22.0, 6.5),
                    at(22.0, 20.0),
                    at(2.0, 20.0),
                ],
                stroke,
            ));
            circle(12.0, 13.0, 3.8);
            line(&[(2.5, 1.5), (22.0, 22.5)]);
        }
        Icon::Keys => {
            for (x, y) in [4.0, 12.0, 20.0].into_iter().flat_map(|x| [4.0, 12.0, 20.0].map(|y| (x, y))) {
                painter.circle_filled(at(x, y), 2.3 * unit, color);
            }
        }
        Icon::Clock => {
            circle(12.0, 12.0, 9.5);
            line(&[(12.0, 6.0), (12.0, 12.5), (16.2, 14.8)]);
        }
    }
}

/// Points along a part of a circle; angles in radians, clockwise from the right.
pub(super) fn arc_points(center: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    let steps = (((to - from).abs() / TAU * 96.0).ceil() as usize).max(2);
    (0..=steps)
        .map(|step| {
            let angle = from + (to - from) * step as f32 / steps as f32;
            pos2(center.x + radius * angle.cos(), center.y + radius * angle.sin())
        })
        .collect()
}

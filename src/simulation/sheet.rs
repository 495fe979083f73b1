//! Rays from the camera onto a sheet: flat, bent around an upright cylinder, or folded along the nose.

/// Focal length of the camera, in pixels of the canvas.
pub(super) const FOCAL: f32 = 560.0;

/// How a sheet is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// Flat.
    Flat,
    /// Around an upright cylinder of this radius in metres, its front towards the camera.
    Bent(f32),
    /// Along an upright ridge, each half leaning back by this angle in radians.
    Folded(f32),
}

/// Rotation about the upright axis, then about the level one, in degrees.
pub(super) fn rotation(yaw: f32, pitch: f32) -> [[f32; 3]; 3] {
    let ((sy, cy), (sp, cp)) = (yaw.to_radians().sin_cos(), pitch.to_radians().sin_cos());
    [[cy, sy * sp, sy * cp], [0.0, cp, -sp], [-sy, cy * sp, cy * cp]]
}

/// A sheet before the camera.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    turn: [[f32; 3]; 3],
    /// The camera as seen from the sheet, in metres.
    camera: [f32; 3],
    shape: Shape,
}

impl Sheet {
    /// A sheet turned by `yaw` to the person's left and `pitch` downwards, in degrees, its middle at `middle` metres from the camera (right, down, away).
    pub(super) fn new(yaw: f32, pitch: f32, middle: [f32; 3], shape: Shape) -> Self {
        let turn = rotation(-yaw, pitch);
        // The other way round: rows become columns.
        let camera = std::array::from_fn(|i| -(0..3).map(|j| turn[j][i] * middle[j]).sum::<f32>());
        Self { turn, camera, shape }
    }

    /// Where the ray through a place of the picture meets the sheet: right and down on it from its middle, in metres, along the
    /// paper. `x` and `y` are pixels from the picture's middle.
    pub(super) fn hit(&self, x: f32, y: f32) -> Option<[f32; 2]> {
        let ray = [x / FOCAL, y / FOCAL, 1.0];
        let d: [f32; 3] = std::array::from_fn(|i| (0..3).map(|j| self.turn[j][i] * ray[j]).sum());
        let o = self.camera;
        match self.shape {
            Shape::Flat => {
                let k = -o[2] / d[2];
                (k > 0.0).then_some([o[0] + k * d[0], o[1] + k * d[1]])
            }
            Shape::Bent(radius) => {
                let z = o[2] - radius;
                let (a, b, c) =
                    (d[0] * d[0] + d[2] * d[2], o[0] * d[0] + z * d[2], o[0] * o[0] + z * z - radius * radius);
                let root = b * b - a * c;
                let k = (-b - root.max(0.0).sqrt()) / a;
                let (x, z) = (o[0] + k * d[0], z + k * d[2]);
                (root > 0.0 && k > 0.0).then_some([radius * x.atan2(-z), o[1] + k * d[1]])
            }
            Shape::Folded(angle) => {
                let half = |side: f32| {
                    let lean = side * angle.tan();
                    let k = (lean * o[0] - o[2]) / (d[2] - lean * d[0]);
                    let x = o[0] + k * d[0];
                    (side * x >= 0.0 && k > 0.0).then_some((k, [x / angle.cos(), o[1] + k * d[1]]))
                };
                let nearer = |a: (f32, [f32; 2]), b: (f32, [f32; 2])| if a.0 < b.0 { a } else { b };
                [half(1.0), half(-1.0)].into_iter().flatten().reduce(nearer).map(|(_, place)| place)
            }
        }
    }

    /// How bright a matt sheet is, by how it is turned to the light from above and in front.
    pub(super) fn light(&self) -> f32 {
        let normal = self.turn.map(|row| row[2]);
        0.75 + 0.25 * normal[2].abs() + 0.3 * normal[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rays_meet_each_shape_where_it_is() {
        let at = [0.0, 0.0, 0.5];
        for shape in [Shape::Flat, Shape::Bent(0.1), Shape::Folded(0.5)] {
            let sheet = Sheet::new(0.0, 0.0, at, shape);
            let [x, y] = sheet.hit(0.0, 0.0).unwrap();
            assert!(x.abs() < 1e-6 && y.abs() < 1e-6, "{shape:?}");
            assert!(sheet.hit(20.0, 0.0).unwrap()[0] > 0.0 && sheet.hit(0.0, 20.0).unwrap()[1] > 0.0);
        }
        // 56 pixels are a tenth of the distance; on paper that bends away, more of it lies under them.
        let along = |shape| Sheet::new(0.0, 0.0, at, shape).hit(56.0, 0.0).unwrap()[0];
        assert!((along(Shape::Flat) - 0.05).abs() < 1e-6);
        assert!(along(Shape::Bent(0.1)) > 0.0505 && along(Shape::Folded(0.5)) > 0.0505);
        assert!(Sheet::new(0.0, 0.0, at, Shape::Bent(0.04)).hit(200.0, 0.0).is_none(), "beside the roll");
        // Turned to the left, the picture's right side comes nearer... and its left goes away.
        let turned = Sheet::new(30.0, 0.0, at, Shape::Flat);
        assert!(turned.hit(56.0, 0.0).unwrap()[0].abs() != turned.hit(-56.0, 0.0).unwrap()[0].abs());
    }
}

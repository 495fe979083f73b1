//! Points, rectangles and similarity transforms in pixel coordinates.
//!
//! The origin is the picture's top left corner, x grows to the right, y grows downwards, and a pixel's
//! centre has whole-numbered coordinates (OpenCV's convention, which the networks were trained with).

/// A position in a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// Pixels from the left.
    pub x: f32,
    /// Pixels from the top.
    pub y: f32,
}

impl Point {
    /// The point at `x`, `y`.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The straight distance to `other`, in pixels.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// An upright rectangle, in pixels. It may reach beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Extent to the right; not negative.
    pub width: f32,
    /// Extent downwards; not negative.
    pub height: f32,
}

impl Rect {
    /// The area in square pixels.
    pub fn area(self) -> f32 {
        self.width * self.height
    }

    /// The point in the middle.
    pub fn center(self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Intersection over union with `other`: 0 where they are apart, 1 where they are the same.
    pub fn iou(self, other: Self) -> f32 {
        let overlap = |a0: f32, a1: f32, b0: f32, b1: f32| (a1.min(b1) - a0.max(b0)).max(0.0);
        let shared = overlap(self.x, self.x + self.width, other.x, other.x + other.width)
            * overlap(self.y, self.y + self.height, other.y, other.y + other.height);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// Rotation, uniform scale and shift: `(x, y) -> (a x - b y + tx, b x + a y + ty)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Scale times the cosine of the rotation.
    pub a: f32,
    /// Scale times the sine of the rotation.
    pub b: f32,
    /// Shift to the right, in target pixels.
    pub tx: f32,
    /// Shift downwards, in target pixels.
    pub ty: f32,
}

impl Similarity {
    /// The similarity that maps `from` onto `to` with the least squared error.
    ///
    /// Closed form in complex numbers, with both sets centred: `a + ib = sum(conj(z) w) / sum(|z|^2)`. It is
    /// Umeyama's estimate ("Least-squares estimation of transformation parameters between two point
    /// patterns", 1991) without the reflection case, which five facial points never need.
    ///
    /// `None` where the source points coincide, are not finite, or the sets differ in length.
    pub fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        if from.is_empty() || from.len() != to.len() {
            return None;
        }
        let mean = |points: &[Point]| {
            let n = points.len() as f64;
            let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + f64::from(p.x), y + f64::from(p.y)));
            (x / n, y / n)
        };
        let ((fx, fy), (gx, gy)) = (mean(from), mean(to));
        let (mut re, mut im, mut norm) = (0.0f64, 0.0f64, 0.0f64);
        for (p, q) in from.iter().zip(to) {
            let (x, y) = (f64::from(p.x) - fx, f64::from(p.y) - fy);
            let (u, v) = (f64::from(q.x) - gx, f64::from(q.y) - gy);
            re += x * u + y * v;
            im += x * v - y * u;
            norm += x * x + y * y;
        }
        let (a, b) = (re / norm, im / norm);
        let (tx, ty) = (gx - (a * fx - b * fy), gy - (b * fx + a * fy));
        let fit = Self { a: a as f32, b: b as f32, tx: tx as f32, ty: ty as f32 };
        [fit.a, fit.b, fit.tx, fit.ty].iter().all(|v| v.is_finite()).then_some(fit)
    }

    /// Where `p` goes.
    pub fn apply(self, p: Point) -> Point {
        Point::new(self.a * p.x - self.b * p.y + self.tx, self.b * p.x + self.a * p.y + self.ty)
    }

    /// How much longer a distance becomes.
    pub fn scale(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The transform back, or `None` where this one shrinks everything to a point.
    pub fn inverse(self) -> Option<Self> {
        let n = self.a * self.a + self.b * self.b;
        if !(n.is_finite() && n > 0.0) {
            return None;
        }
        let (a, b) = (self.a / n, -self.b / n);
        Some(Self { a, b, tx: -(a * self.tx - b * self.ty), ty: -(b * self.tx + a * self.ty) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square() -> Vec<Point> {
        [(0.0, 0.0), (10.0, 0.0), (5.0, 6.0), (1.0, 12.0), (9.0, 12.0)].map(|(x, y)| Point::new(x, y)).to_vec()
    }

    proptest! {
        #[test]
        fn fit_finds_the_transform_that_made_the_points(
            angle in -3.1f32..3.1, scale in 0.05f32..20.0, tx in -500f32..500.0, ty in -500f32..500.0
        ) {
            let made = Similarity { a: scale * angle.cos(), b: scale * angle.sin(), tx, ty };
            let to: Vec<_> = square().into_iter().map(|p| made.apply(p)).collect();
            let found = Similarity::fit(&square(), &to).unwrap();
            for (p, q) in square().into_iter().zip(to) {
                prop_assert!(found.apply(p).distance(q) < 1e-2);
            }
            prop_assert!((found.scale() - scale).abs() < 1e-3 * scale.max(1.0));
        }

        #[test]
        fn inverse_leads_back(a in -3f32..3.0, b in 0.1f32..3.0, x in -99f32..99.0, y in -99f32..99.0) {
            let s = Similarity { a, b, tx: 7.0, ty: -3.0 };
            let p = Point::new(x, y);
            prop_assert!(s.inverse().unwrap().apply(s.apply(p)).distance(p) < 1e-2);
        }

        #[test]
        fn iou_is_symmetric_and_at_most_one(x in -9f32..9.0, y in -9f32..9.0, w in 0f32..9.0, h in 0f32..9.0) {
            let (p, q) = (Rect { x, y, width: w, height: h }, Rect { x: 0.0, y: 0.0, width: 5.0, height: 5.0 });
            prop_assert!((p.iou(q) - q.iou(p)).abs() < 1e-6);
            prop_assert!((0.0..=1.0 + 1e-6).contains(&p.iou(q)));
        }
    }

    #[test]
    fn coinciding_points_have_no_fit() {
        assert_eq!(Similarity::fit(&[Point::new(3.0, 4.0); 5], &square()), None);
        assert_eq!(Similarity::fit(&square(), &square()[..4]), None);
        assert_eq!(Similarity::fit(&[], &[]), None);
    }
}

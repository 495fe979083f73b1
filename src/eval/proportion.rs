//! A share of independent attempts, with its exact interval.

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    /// How many.
    pub hits: u32,
    /// Of how many.
    pub of: u32,
}

/// What is left outside at either end.
const TAIL: f64 = 0.025;

impl Proportion {
    /// The share itself, 0 to 1; 0 of none.
    pub fn value(self) -> f64 {
        f64::from(self.hits.min(self.of)) / f64::from(self.of.max(1))
    }

    /// The exact 95 % interval (Clopper and Pearson, "The use of confidence or fiducial limits", 1934): the shares at which so many
    /// or more, and so many or fewer, come by chance one time in forty. 0 to 1 of none.
    pub fn interval(self) -> (f64, f64) {
        let Self { hits, of } = self;
        let hits = hits.min(of);
        let low = if hits == 0 { 0.0 } else { share_where(|p| 1.0 - at_most(hits - 1, of, p), TAIL) };
        let high = if hits == of { 1.0 } else { share_where(|p| 1.0 - at_most(hits, of, p), 1.0 - TAIL) };
        (low, high)
    }
}

/// The share at which a chance that grows with it has reached `wanted`.
fn share_where(chance: impl Fn(f64) -> f64, wanted: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if chance(middle) < wanted { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The chance of at most `hits` of `of`, each with the chance `p`.
fn at_most(hits: u32, of: u32, p: f64) -> f64 {
    if p <= 0.0 {
        return 1.0;
    }
    if p >= 1.0 {
        return if hits >= of { 1.0 } else { 0.0 };
    }
    let (yes, no, n) = (p.ln(), (1.0 - p).ln(), f64::from(of));
    // The logarithm of the number of ways, from one to the next.
    let mut ways = 0.0;
    let mut sum = 0.0;
    for k in 0..=hits.min(of) {
        let k = f64::from(k);
        sum += (ways + k * yes + (n - k) * no).exp();
        ways += ((n - k) / (k + 1.0)).ln();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        for (hits, of, low, high) in [
            (0, 30, 0.0, 0.1157),
            (0, 60, 0.0, 0.0596),
            (0, 150, 0.0, 0.0243),
            (4, 27, 0.0419, 0.3373),
            (28, 28, 0.8766, 1.0),
            (5, 10, 0.1871, 0.8129),
            (0, 0, 0.0, 1.0),
        ] {
            let (found_low, found_high) = Proportion { hits, of }.interval();
            assert!((found_low - low).abs() < 2e-4 && (found_high - high).abs() < 2e-4, "{hits} of {of}");
        }
    }
}

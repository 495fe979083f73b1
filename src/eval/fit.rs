//! What the recognition takes from measured pictures: the mean face, and how the scores are distributed.

use super::dataset::{Dataset, Picture, Seen};
use crate::biometrics::{Features, QualityLimits};

/// Numbers of an embedding.
const SIZE: usize = 128;

/// The mean direction of the people's faces, each person counting as much as another however many pictures there are.
pub fn mean_face(pictures: &[(Picture, Option<Seen>)], limits: &QualityLimits) -> [f32; SIZE] {
    let data = Dataset::with(pictures.iter().cloned(), limits, Features::direction);
    let (mut sum, mut people) = ([0.0f64; SIZE], 0.0);
    for pictures in data.by_person().iter().filter(|pictures| !pictures.is_empty()) {
        people += 1.0;
        for at in pictures {
            let share = 1.0 / pictures.len() as f64;
            let values = data.acquired[*at].embedding.values();
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += share * f64::from(*value));
        }
    }
    sum.map(|sum| (sum / f64::max(people, 1.0)) as f32)
}

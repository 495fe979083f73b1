//! Templates against templates: a face that is enrolled a second time, and faces of two people.

use std::collections::HashSet;

use super::dataset::Dataset;
use super::verify::MOST_FRAMES;
use crate::biometrics::Template;
use crate::biometrics::comparison::compare;

/// Share of the differences between the scores of one frame against two templates of one face that a kiosk cannot take for
/// differences between people.
pub const SPREAD_SHARE: f64 = 0.95;

/// The scores of templates of three pictures each.
#[derive(Debug, Clone, PartialEq)]
pub struct Twice {
    /// People with a template.
    pub people: usize,
    /// Of people with six pictures: the second template against the first, lowest first.
    pub same: Vec<f32>,
    /// First templates of two people against each other, highest first.
    pub different: Vec<f32>,
    /// How much further a picture is from the one template of its person than from the other, least first, and how much of
    /// all the difference counts: every person as much as another.
    pub differences: Vec<(f32, f64)>,
}

impl Twice {
    /// Compares the templates of these people, but those of `ignored` pairs with each other.
    pub fn of(data: &Dataset, ignored: &HashSet<(usize, usize)>) -> Self {
        let (mut templates, mut same, mut differences) = (vec![], vec![], vec![]);
        for (person, pictures) in data.by_person().into_iter().enumerate() {
            let embedding = |at: &usize| &data.acquired[*at].embedding;
            let Some((first, rest)) = pictures.split_at_checked(MOST_FRAMES) else { continue };
            let Some(first) = data.fused(first) else { continue };
            if let Some((second, probes)) = rest.split_at_checked(MOST_FRAMES)
                && let Some(second) = data.fused(second)
            {
                same.push(compare(second.embedding(), first.embedding()).0);
                differences.extend(probes.iter().map(|at| {
                    let score = |template: &Template| compare(embedding(at), template.embedding()).0;
                    ((score(&first) - score(&second)).abs(), 1.0 / probes.len() as f64)
                }));
            }
            templates.push((person, first));
        }
        let mut different = vec![];
        for (at, (person, template)) in templates.iter().enumerate() {
            let others = templates[at + 1..].iter().filter(|(other, _)| !ignored.contains(&(*person, *other)));
            different.extend(others.map(|(_, other)| compare(other.embedding(), template.embedding()).0));
        }
        same.sort_by(f32::total_cmp);
        different.sort_by(|a, b| b.total_cmp(a));
        differences.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { people: templates.len(), same, different, differences }
    }

    /// Second templates that are found to be of somebody enrolled.
    pub fn found(&self, threshold: f32) -> usize {
        self.same.len() - self.same.partition_point(|score| *score < threshold)
    }

    /// Pairs of people who are taken for one.
    pub fn mistaken(&self, threshold: f32) -> usize {
        self.different.partition_point(|score| *score >= threshold)
    }

    /// What `share` of the differences do not exceed. `None` without any.
    pub fn spread(&self, share: f64) -> Option<f32> {
        let all: f64 = self.differences.iter().map(|(_, weight)| weight).sum();
        let mut below = 0.0;
        let reached = self.differences.iter().find(|(_, weight)| {
            below += weight;
            below >= share * all
        });
        reached.or(self.differences.last()).map(|(difference, _)| *difference)
    }
}

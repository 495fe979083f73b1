//! The references in memory, and the exact search among them.
//!
//! A copy in eight bits (`coarse`) is read from end to end; what cannot be among the two closest people by its bound is
//! passed over, the few others are scored as [`compare`](super::comparison::compare) scores them. The outcome is that of
//! scoring every one.

mod coarse;

use std::collections::HashMap;

use zeroize::{Zeroize, Zeroizing};

use crate::models::kernels::dot::Instructions;
use crate::models::sface::EMBEDDING_SIZE;

use super::comparison::{Closest, ComparisonScore, Match, UserId, score};
use super::embedding::{Embedding, Template};

use coarse::Coarse;

/// The references that are searched.
#[derive(Default, Clone)]
pub struct Gallery {
    owners: Vec<Owner>,
    templates: Zeroizing<Vec<[f32; EMBEDDING_SIZE]>>,
    coarse: Coarse,
    added: u64,
}

/// Whose a reference is.
#[derive(Clone, Copy)]
struct Owner {
    user: UserId,
    /// How many were added before.
    order: u64,
}

impl Gallery {
    /// Room for so many references, which need not be moved when they are added.
    pub fn with_capacity(references: usize) -> Self {
        Self {
            owners: Vec::with_capacity(references),
            templates: Zeroizing::new(Vec::with_capacity(references)),
            coarse: Coarse::with_capacity(references),
            added: 0,
        }
    }

    /// Adds a reference. A person may have several.
    pub fn add(&mut self, user: UserId, template: &Template) {
        let values = template.embedding().values();
        self.owners.push(Owner { user, order: self.added });
        self.templates.push(*values);
        self.coarse.push(values);
        self.added += 1;
    }

    /// Takes out all references of a person, and tells how many there were.
    pub fn remove(&mut self, user: UserId) -> usize {
        let before = self.len();
        // From the end, since the last reference takes the place of the one that goes.
        for index in (0..before).rev() {
            if self.owners[index].user == user {
                self.owners.swap_remove(index);
                // Not `swap_remove`, which leaves the bytes of the last one where they were.
                overwrite(&mut self.templates, index);
                self.templates.truncate(self.owners.len());
                self.coarse.swap_remove(index);
            }
        }
        before - self.len()
    }

    /// References held.
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether nobody is enrolled.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The closest person and the closest other person, by exact search. Of equal scores the one of the reference that
    /// was added earlier is closer.
    pub fn search(&self, probe: &Embedding) -> (Option<Match>, Option<Match>) {
        self.search_by(Instructions::best(), probe)
    }

    /// As [`Gallery::search`], with the instructions of `path`: the outcome is the same with all.
    pub fn search_by(&self, path: Instructions, probe: &Embedding) -> (Option<Match>, Option<Match>) {
        let query = self.coarse.query(probe.values());
        let mut closest = Closest::default();
        // On one thread: two are no faster on two cores, since both wait for the same memory.
        self.coarse.visit(path, &query, |index, bound| {
            let Owner { user, order } = self.owners[index];
            if !closest.is_above(user, bound) {
                closest.take(Match { user, score: score(probe.values(), &self.templates[index]) }, order);
            }
            closest.floor()
        });
        closest.matches()
    }

    /// The pairs of people of whom a reference of the one scores at least `least` against one of the other: closest first,
    /// each pair once. Takes a time that grows with the square of the references.
    pub fn pairs(&self, least: f32) -> Vec<Pair> {
        let mut found: HashMap<(UserId, UserId), ComparisonScore> = HashMap::new();
        for (at, (owner, template)) in self.owners.iter().zip(self.templates.iter()).enumerate() {
            let query = self.coarse.query(template);
            self.coarse.visit_from(at + 1, least, Instructions::best(), &query, |other, _| {
                let (score, of) = (score(template, &self.templates[other]), self.owners[other]);
                if other > at && of.user != owner.user && score.0 >= least {
                    let people = (owner.user.min(of.user), owner.user.max(of.user));
                    let closest = found.entry(people).or_insert(score);
                    closest.0 = closest.0.max(score.0);
                }
                least
            });
        }
        let mut pairs: Vec<Pair> = found.into_iter().map(|(people, score)| Pair { people, score }).collect();
        pairs.sort_by(|a, b| b.score.0.total_cmp(&a.score.0).then(a.people.cmp(&b.people)));
        pairs
    }
}

/// The last one takes the place of this one, and zeros that of the last.
fn overwrite(templates: &mut [[f32; EMBEDDING_SIZE]], index: usize) {
    let last = templates.len() - 1;
    templates.swap(index, last);
    templates[last].zeroize();
}

/// Two people, and how close they come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Who, in the order of their names for programs.
    pub people: (UserId, UserId),
    /// The score of their closest references.
    pub score: ComparisonScore,
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gallery({} references)", self.len())
    }
}

#[cfg(test)]
mod tests;

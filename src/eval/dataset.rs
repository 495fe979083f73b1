//! Whose picture is whose, and the text formats of Labeled Faces in the Wild (Huang et al., 2007).

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest, Sha256};

use crate::biometrics::{Embedding, Features, Quality, QualityLimits, Shortcoming, Template};

/// A picture of a person, as a file name says: `NAME/NAME_0007.jpg` is number 7.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picture {
    /// The person's name, which is that of the folder.
    pub person: String,
    /// The picture's number.
    pub number: u32,
}

/// Half of the people, told by their names alone: what is fitted on one is judged on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// For fitting.
    A,
    /// For judging.
    B,
}

impl Half {
    /// The half that a person belongs to: the lowest bit of the first byte of the name's SHA-256.
    pub fn of(person: &str) -> Self {
        let digest = Sha256::digest(person.as_bytes());
        if digest.first().is_some_and(|byte| byte & 1 == 1) { Self::B } else { Self::A }
    }
}

/// What was seen in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What was measured on the face in its middle.
    pub quality: Quality,
    /// What the network says of it.
    pub features: Features,
}

/// A picture that can be compared.
#[derive(Debug, Clone)]
pub struct Acquired {
    /// Which.
    pub picture: Picture,
    /// Place of the person in [`Dataset::people`].
    pub person: usize,
    /// What was measured.
    pub quality: Quality,
    /// What is compared.
    pub embedding: Embedding,
}

/// The pictures of an evaluation.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// The people's names, in alphabetical order.
    pub people: Vec<String>,
    /// What can be compared, by person and number.
    pub acquired: Vec<Acquired>,
    /// Pictures that cannot: without a face, or refused for their quality.
    pub failed: Failures,
}

/// Pictures that were not acquired, by what keeps them from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures {
    /// Without a face in them.
    pub no_face: usize,
    /// Refused for their quality, by reason.
    pub refused: Vec<(Shortcoming, usize)>,
}

impl Failures {
    /// All of them.
    pub fn count(&self) -> usize {
        self.no_face + self.refused.iter().map(|(_, count)| count).sum::<usize>()
    }

    fn refuse(&mut self, shortcoming: Shortcoming) {
        match self.refused.iter_mut().find(|(known, _)| *known == shortcoming) {
            Some((_, count)) => *count += 1,
            None => self.refused.push((shortcoming, 1)),
        }
    }
}

impl Dataset {
    /// Sorts what was seen in the pictures (`None`: no face) into what can be compared by these limits, and what cannot.
    pub fn new(pictures: impl IntoIterator<Item = (Picture, Option<Seen>)>, limits: &QualityLimits) -> Self {
        Self::with(pictures, limits, Features::embedding)
    }

    /// As [`Dataset::new`], with embeddings made in another way than the pipeline's.
    pub fn with(
        pictures: impl IntoIterator<Item = (Picture, Option<Seen>)>,
        limits: &QualityLimits,
        embedding: impl Fn(&Features) -> Option<Embedding>,
    ) -> Self {
        let mut all: BTreeMap<Picture, Option<Seen>> = BTreeMap::new();
        all.extend(pictures);
        let mut data = Self::default();
        for (picture, seen) in all {
            if data.people.last() != Some(&picture.person) {
                data.people.push(picture.person.clone());
            }
            let Some(Seen { quality, features }) = seen else {
                data.failed.no_face += 1;
                continue;
            };
            match (quality.shortcoming(limits), embedding(&features)) {
                (Some(shortcoming), _) => data.failed.refuse(shortcoming),
                (None, None) => data.failed.refuse(Shortcoming::FaceUnclear),
                (None, Some(embedding)) => {
                    let person = data.people.len() - 1;
                    data.acquired.push(Acquired { picture, person, quality, embedding });
                }
            }
        }
        data
    }

    /// Pictures looked at.
    pub fn images(&self) -> usize {
        self.acquired.len() + self.failed.count()
    }

    /// The mean of some pictures, as places in [`Dataset::acquired`]; that of one is the picture itself. `None` without any.
    pub fn fused(&self, pictures: &[usize]) -> Option<Template> {
        let embedding = |at: &usize| &self.acquired[*at].embedding;
        match pictures {
            [one] => Some(Template::from_embedding(embedding(one).clone())),
            several => Template::fuse(several.iter().map(embedding)),
        }
    }

    /// The pictures of each person that can be compared, as places in [`Dataset::acquired`].
    pub fn by_person(&self) -> Vec<Vec<usize>> {
        let mut found = vec![vec![]; self.people.len()];
        for (at, acquired) in self.acquired.iter().enumerate() {
            found[acquired.person].push(at);
        }
        found
    }
}

/// Pairs of people who are not to be compared: one person under two names, wrong labels, close kin.
#[derive(Debug, Clone, Default)]
pub struct Ignored(HashSet<(String, String)>);

impl Ignored {
    /// Adds the pairs of a text: a line a pair, `NAME=NAME`; empty lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    /// [`FormatError`] with the number of the line that is something else.
    pub fn add(&mut self, text: &str) -> Result<(), FormatError> {
        for (line, words) in lines(text) {
            let (a, b) = words.split_once('=').ok_or(FormatError { line, expected: "NAME=NAME" })?;
            let (a, b) = (a.trim().to_owned(), b.trim().to_owned());
            self.0.extend([(a.clone(), b.clone()), (b, a)]);
        }
        Ok(())
    }

    /// The pairs as places in a list of people, both ways round.
    pub fn places(&self, people: &[String]) -> HashSet<(usize, usize)> {
        let place = |name: &String| people.binary_search(name).ok();
        self.0.iter().filter_map(|(a, b)| Some((place(a)?, place(b)?))).collect()
    }
}

/// Two pictures that are to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Of which fold, from 0.
    pub fold: usize,
    /// One picture.
    pub first: Picture,
    /// The other.
    pub second: Picture,
}

impl Pair {
    /// Whether both show one person.
    pub fn is_mated(&self) -> bool {
        self.first.person == self.second.person
    }
}

/// Reads a list of pairs in LFW's format: folds and pairs a fold; then for each fold so many mated pairs
/// (`NAME number number`) and so many non-mated ones (`NAME number NAME number`).
///
/// # Errors
/// [`FormatError`] with the number of the line that is something else.
pub fn pairs(text: &str) -> Result<Vec<Pair>, FormatError> {
    const HEAD: &str = "the number of folds and of pairs in each";
    let mut lines = lines(text);
    let (line, head) = lines.next().ok_or(FormatError { line: 1, expected: HEAD })?;
    let numbers: Vec<usize> = head.split_whitespace().map(|word| word.parse().unwrap_or_default()).collect();
    let &[folds, size] = numbers.as_slice() else { return Err(FormatError { line, expected: HEAD }) };
    if folds == 0 || size == 0 {
        return Err(FormatError { line, expected: HEAD });
    }
    let picture = |person: &str, number: &str| Some(Picture { person: person.into(), number: number.parse().ok()? });
    let mut pairs = vec![];
    for (line, words) in lines {
        let fold = pairs.len() / 2 / size;
        let pair = match words.split_whitespace().collect::<Vec<_>>()[..] {
            [name, one, other] => Some((picture(name, one), picture(name, other))),
            [name, one, other, two] => Some((picture(name, one), picture(other, two))),
            _ => None,
        };
        let Some((Some(first), Some(second))) = pair.filter(|_| fold < folds) else {
            return Err(FormatError { line, expected: "NAME number number, or NAME number NAME number" });
        };
        pairs.push(Pair { fold, first, second });
    }
    Ok(pairs)
}

/// A line that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}")]
pub struct FormatError {
    /// Counted from 1.
    pub line: usize,
    /// What was expected.
    pub expected: &'static str,
}

/// The lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_lfw_are_read() {
        let found = pairs("2\t1\nAda\t1\t2\nAda\t1\tBo\t3\nBo 1 2\nBo 1 Cy 1\n").unwrap();
        assert_eq!(
            found.iter().map(|pair| (pair.fold, pair.is_mated())).collect::<Vec<_>>(),
            [(0, true), (0, false), (1, true), (1, false)]
        );
        assert_eq!(found[1].second, Picture { person: "Bo".into(), number: 3 });
        for (text, line) in [("", 1), ("2", 1), ("0 3", 1), ("1 1\nAda 1", 2), ("1 1\nA 1 2\nA 1 B 1\nA 1 2", 4)] {
            assert_eq!(pairs(text).unwrap_err().line, line, "{text:?}");
        }
    }

    #[test]
    fn pairs_to_ignore_hold_both_ways_round() {
        let mut ignored = Ignored::default();
        ignored.add("# twins\n\nAda=Bo\n").unwrap();
        assert_eq!(ignored.places(&["Ada".into(), "Bo".into()]), HashSet::from([(0, 1), (1, 0)]));
        assert!(ignored.places(&["Ada".into()]).is_empty());
        assert_eq!(ignored.add("Ada Bo").unwrap_err().line, 1);
    }

    #[test]
    fn a_name_belongs_to_one_half() {
        let names: Vec<String> = (0..1000).map(|i| format!("Person_{i}")).collect();
        let judged = names.iter().filter(|name| Half::of(name) == Half::B).count();
        assert!((400..600).contains(&judged), "{judged}");
    }
}

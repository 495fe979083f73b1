//! What eight bits cost in decisions: the share of mated comparisons that miss a threshold set by non-mated ones, for each
//! kind of embedding that this CPU computes, and for the kinds against each other.
//!
//!     cargo bench --bench precision
//!
//! needs Labeled Faces in the Wild at `../shared/lfw-dev` (research data, not part of the project); a minute or two.

#![allow(clippy::print_stdout)] // a table for whoever measures

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use mirilla::biometrics::comparison::compare;
use mirilla::biometrics::{Embedding, Features, Pipeline, QualityLimits, alignment};
use mirilla::camera::photo;
use mirilla::models::SFace;
use mirilla::models::kernels;

/// False match rates, of single comparisons of two people.
const RATES: [f64; 3] = [1e-3, 1e-4, 1e-5];

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lfw-dev");
    if !folder.join("images").is_dir() {
        return println!("skipped: needs the faces of ../shared/lfw-dev, which are not part of the project");
    }
    let (people, pictures) = pictures(&folder);
    let left_out = left_out(&folder);
    let kinds = kinds();
    // A kind, a picture: none where no face was found.
    let mut embedded: Vec<Vec<Option<Embedding>>> = vec![vec![]; kinds.len()];
    let mut pipeline = Pipeline::load(QualityLimits::default()).expect("the weights");
    for (_, picture) in &pictures {
        let frame = photo::read(picture).expect("a photo");
        let face = pipeline.detect_central(&frame).expect("the detector");
        let crop = face.and_then(|face| alignment::align(&frame, &face.landmarks));
        for ((_, network), embedded) in kinds.iter().zip(&mut embedded) {
            let features = crop.as_ref().map(|crop| Features::of(network, crop).expect("the embedder"));
            embedded.push(features.and_then(|features| features.embedding()));
        }
    }
    println!(
        "{} pictures of {} people, {} without a face",
        pictures.len(),
        people.len(),
        embedded[0].iter().filter(|e| e.is_none()).count()
    );
    println!("| embeddings | mated, non-mated | FNMR at FMR 1e-3 (identity-weighted; threshold) | at 1e-4 | at 1e-5 |");
    println!("| --- | --- | --- | --- | --- |");
    for (i, (kind, _)) in kinds.iter().enumerate() {
        for (j, (other, _)) in kinds.iter().enumerate().skip(i) {
            let (mut mated, mut non_mated) = (vec![], vec![]);
            for (a, (who, _)) in pictures.iter().enumerate() {
                let Some(first) = &embedded[i][a] else { continue };
                for (b, (whom, _)) in pictures.iter().enumerate().skip(a + 1) {
                    let Some(second) = &embedded[j][b] else { continue };
                    let score = compare(first, second).0;
                    if who == whom {
                        mated.push((*who, score));
                    } else if !left_out.contains(&(people[*who].as_str(), people[*whom].as_str())) {
                        non_mated.push(score);
                    }
                }
            }
            let name = if i == j { (*kind).to_owned() } else { format!("{kind} against {other}") };
            let rates: Vec<String> = RATES.iter().map(|rate| missed(*rate, &mated, &mut non_mated)).collect();
            println!("| {name} | {}, {} | {} |", mated.len(), non_mated.len(), rates.join(" | "));
        }
    }
}

/// Single precision, and bytes where this CPU multiplies them.
fn kinds() -> Vec<(&'static str, SFace)> {
    let mut kinds = vec![];
    for path in kernels::Path::available() {
        let kind = if path.vnni().is_some() { "eight bits" } else { "single precision" };
        if kinds.iter().all(|(other, _)| *other != kind) {
            kinds.push((kind, SFace::load_for(path).expect("the weights")));
        }
    }
    kinds
}

/// "0.57 % (2.83 %; 0.421)": those of `mated` (person, score) below the score that so many of `non_mated` reach.
fn missed(rate: f64, mated: &[(usize, f32)], non_mated: &mut [f32]) -> String {
    let reached = (non_mated.len() as f64 * rate) as usize;
    let (_, threshold, _) = non_mated.select_nth_unstable_by(reached, |a, b| b.total_cmp(a));
    let threshold = *threshold;
    let mut pairs: HashMap<usize, (f64, f64)> = HashMap::new();
    for (who, score) in mated {
        let (missed, all) = pairs.entry(*who).or_default();
        *missed += f64::from(*score < threshold);
        *all += 1.0;
    }
    let plain = pairs.values().map(|(missed, _)| missed).sum::<f64>() / mated.len() as f64;
    let weighted = pairs.values().map(|(missed, all)| missed / all).sum::<f64>() / pairs.len() as f64;
    format!("{:.3} % ({:.2} %; {threshold:.3})", plain * 100.0, weighted * 100.0)
}

/// The people's names, and (person, picture).
fn pictures(folder: &Path) -> (Vec<String>, Vec<(usize, PathBuf)>) {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        found.sort();
        found
    };
    let folders = below(&folder.join("images"));
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let pictures =
        folders.iter().enumerate().flat_map(|(who, folder)| below(folder).into_iter().map(move |p| (who, p)));
    (folders.iter().map(name).collect(), pictures.collect())
}

/// Pairs of names that are one person, carry wrong labels, or are close kin, both ways round.
fn left_out(folder: &Path) -> HashSet<(&'static str, &'static str)> {
    let mut pairs = HashSet::new();
    for list in ["label-noise.txt", "kin.txt"] {
        let text: &'static str = std::fs::read_to_string(folder.join(list)).expect("a list").leak();
        for (a, b) in text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')) {
            pairs.extend([(a.trim(), b.trim()), (b.trim(), a.trim())]);
        }
    }
    pairs
}

//! The figures as tables for people, in Markdown.

use std::fmt::Write;

use super::power;
use crate::eval::Dataset;
use crate::eval::dataset::Failures;
use crate::eval::identify::Searches;
use crate::eval::intervals::Estimate;
use crate::eval::verify::{Comparisons, DISCARD_RATE, DISCARDED, Verification};
use crate::session::{MEASURED, Reason};

pub(super) fn verification(found: &Verification, unreadable: usize) -> String {
    let mut text = acquired(found.images, found.people, &found.failed, unreadable);
    if let Some(pairs) = found.pairs {
        text += &format!(
            "\n\nAccuracy over the folds of the pairs: {} (standard deviation {}; {} pairs, {} left out, of which a picture was not acquired or is not there).",
            percent(pairs.mean),
            percent(pairs.sd),
            pairs.compared,
            pairs.left_out
        );
    }
    text += "\n\nFNMR at FMR; below it the 95 % interval, the same with every person counting equally, and the threshold:\n\n";
    text += &head(&["comparisons", "mated (people)", "non-mated", "EER", "1e-3", "1e-4", "1e-5", "1e-6"]);
    text += &row("one picture against one", &found.single);
    for (frames, comparisons) in &found.fused {
        text += &row(&format!("one against a template of {frames}"), comparisons);
    }
    if !found.discards.is_empty() {
        text += &format!(
            "\nFNMR at the threshold that has an FMR of {} among all, one picture against one, when the worst pictures are discarded:\n\n",
            power(DISCARD_RATE)
        );
        let shares = DISCARDED.map(percent);
        text += &head(&[&["worst by"], &shares.each_ref().map(String::as_str)[..]].concat());
        for discard in &found.discards {
            let figures: Vec<String> = discard.fnmr.iter().map(|fnmr| percent(*fnmr)).collect();
            let _ = writeln!(text, "| {} | {} |", discard.signal, figures.join(" | "));
        }
    }
    text.trim_end().to_owned()
}

/// Promises that are held against the strangers here.
const PROMISES: [u32; 3] = [100, 1_000, 10_000];

pub(super) fn identification(data: &Dataset, found: &[Searches], unreadable: usize) -> String {
    let mut text = acquired(data.images(), data.people.len(), &data.failed, unreadable);
    text += "\n\nFNIR at FPIR, its 95 % interval, and the threshold:\n\n";
    text += &head(&["enrolled", "mated probes", "strangers' probes", "rank 1", "1e-2", "1e-3"]);
    for searches in found {
        let mut cells: Vec<String> = searches
            .at
            .iter()
            .map(|at| format!("{} {} at {:.3}", percent(at.fnir.value), interval(at.fnir), at.threshold))
            .collect();
        cells.resize(crate::eval::identify::RATES.len(), "too few".into());
        let Searches { enrolled, mated_probes, non_mated_probes, rank1, .. } = searches;
        let rank1 = percent(*rank1);
        let _ =
            writeln!(text, "| {enrolled} | {mated_probes} | {non_mated_probes} | {rank1} | {} |", cells.join(" | "));
    }
    text += "\nStrangers' probes for which somebody is named where the score model sets the threshold (the number promised; the threshold):\n\n";
    text += &head(&["enrolled", "1 in 100 visits", "1 in 1,000", "1 in 10,000"]);
    for searches in found {
        let cells = PROMISES.map(|one_in| {
            let threshold = MEASURED.threshold(one_in, searches.enrolled);
            let promised = searches.non_mated_probes as f64 / f64::from(one_in);
            format!("{} ({promised:.1}; {threshold:.3})", searches.named(threshold))
        });
        let _ = writeln!(text, "| {} | {} |", searches.enrolled, cells.join(" | "));
    }
    text.trim_end().to_owned()
}

fn acquired(images: usize, people: usize, failed: &Failures, unreadable: usize) -> String {
    let mut reasons = vec![format!("{} without a face", failed.no_face)];
    reasons.extend(failed.refused.iter().map(|(short, count)| format!("{count} {}", Reason::from(*short).code())));
    let share = percent(failed.count() as f64 / images.max(1) as f64);
    let mut text = format!(
        "{images} pictures of {people} people; {} not acquired ({share}): {}.",
        failed.count(),
        reasons.join(", ")
    );
    if unreadable > 0 {
        text += &format!(" {unreadable} files could not be read.");
    }
    text
}

fn head(cells: &[&str]) -> String {
    format!("| {} |\n|{}\n", cells.join(" | "), " --- |".repeat(cells.len()))
}

fn row(name: &str, found: &Comparisons) -> String {
    let mut cells: Vec<String> = found
        .at
        .iter()
        .map(|at| {
            let weighted = percent(at.identity_weighted.value);
            format!("{} {}; {weighted}; {:.3}", percent(at.fnmr.value), interval(at.fnmr), at.threshold)
        })
        .collect();
    cells.resize(crate::eval::rates::RATES.len(), "too few".into());
    let eer = found.equal_error.map_or("-".into(), |point| percent(point.fmr));
    let Comparisons { mated, mated_people, non_mated, .. } = found;
    format!("| {name} | {mated} ({mated_people}) | {non_mated} | {eer} | {} |\n", cells.join(" | "))
}

fn interval(Estimate { low, high, .. }: Estimate) -> String {
    format!("({} to {})", percent(low), percent(high))
}

/// Two digits behind the point, three of what is smaller than a tenth of a percent.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 { format!("{percent:.3} %") } else { format!("{percent:.2} %") }
}

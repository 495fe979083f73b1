//! The figures as tables for people, in Markdown.

use std::fmt::Write;

use super::power;
use crate::eval::Dataset;
use crate::eval::dataset::Failures;
use crate::eval::identify::Searches;
use crate::eval::intervals::Estimate;
use crate::eval::twice::{SPREAD_SHARE, Twice};
use crate::eval::verify::{Comparisons, DISCARD_RATE, DISCARDED, MOST_FRAMES, PROBE_FRAMES, Verification};
use crate::session::{MEASURED, Policy, Reason};

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
    text += &row(&format!("mean of {PROBE_FRAMES} against a template of {MOST_FRAMES}"), &found.fused_probe);
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

pub(super) fn identification(
    data: &Dataset,
    found: &[(usize, Vec<Searches>)],
    twice: &Twice,
    unreadable: usize,
) -> String {
    let mut text = acquired(data.images(), data.people.len(), &data.failed, unreadable);
    text += "\n\nFNIR at FPIR, its 95 % interval, and the threshold, by the pictures that make a probe (at a kiosk, two frames):\n\n";
    text += &head(&["pictures", "enrolled", "mated probes", "strangers' probes", "rank 1", "1e-2", "1e-3"]);
    for (pictures, searches) in each(found) {
        let mut cells: Vec<String> = searches
            .at
            .iter()
            .map(|at| format!("{} {} at {:.3}", percent(at.fnir.value), interval(at.fnir), at.threshold))
            .collect();
        cells.resize(crate::eval::identify::RATES.len(), "too few".into());
        let Searches { enrolled, mated_probes, non_mated_probes, rank1, .. } = searches;
        let rank1 = percent(*rank1);
        let _ = writeln!(
            text,
            "| {pictures} | {enrolled} | {mated_probes} | {non_mated_probes} | {rank1} | {} |",
            cells.join(" | ")
        );
    }
    text += "\nStrangers' probes for which somebody is named where the score model sets the threshold (how many may be among as many others: a 95 % interval; the number promised; the threshold):\n\n";
    text += &head(&["pictures", "enrolled", "1 in 100 visits", "1 in 1,000", "1 in 10,000"]);
    for (pictures, searches) in each(found) {
        let cells = PROMISES.map(|one_in| {
            let threshold = MEASURED.threshold(one_in, searches.enrolled);
            let promised = searches.non_mated_probes as f64 / f64::from(one_in);
            let Estimate { value, low, high } = searches.strangers.named(threshold);
            format!("{value:.0} ({low:.1} to {high:.1}; {promised:.1}; {threshold:.3})")
        });
        let _ = writeln!(text, "| {pictures} | {} | {} |", searches.enrolled, cells.join(" | "));
    }
    if !twice.same.is_empty() {
        text += &again(found, twice);
    }
    text.trim_end().to_owned()
}

/// Each gallery with the number of pictures of a probe.
fn each(found: &[(usize, Vec<Searches>)]) -> impl Iterator<Item = (usize, &Searches)> {
    found.iter().flat_map(|(pictures, searches)| searches.iter().map(|searches| (*pictures, searches)))
}

/// A second enrollment of the same face, and two people who come close.
fn again(found: &[(usize, Vec<Searches>)], twice: &Twice) -> String {
    let one_in = Policy::default().false_accept_one_in;
    let margin = Policy::default().ambiguity_margin;
    let mut text = format!(
        "\nTemplates of three pictures against each other ({} people; {} with a second template; {} pairs of people), where one stranger in {one_in} may be named; and mated probes for which another person comes nearer than {margin:.3}:\n\n",
        twice.people,
        twice.same.len(),
        twice.different.len()
    );
    text += &head(&[
        "pictures",
        "enrolled",
        "threshold",
        "second templates found",
        "pairs taken for one person",
        "ambiguous, of those recognized",
    ]);
    for (pictures, searches) in each(found) {
        let threshold = MEASURED.threshold(one_in, searches.enrolled);
        let (second, pairs) = (twice.found(threshold), twice.mistaken(threshold));
        let (recognized, ambiguous) = searches.ambiguous(threshold, margin);
        let all = twice.same.len();
        let _ = writeln!(
            text,
            "| {pictures} | {} | {threshold:.3} | {second} of {all} | {pairs} | {ambiguous} of {recognized} |",
            searches.enrolled
        );
    }
    let spread = [0.5, 0.8, 0.9, SPREAD_SHARE]
        .map(|share| twice.spread(share).map_or("-".into(), |spread| format!("{spread:.3} ({})", percent(share))));
    text + &format!(
        "\nBetween the scores of one picture against two templates of its person lie at most {}.",
        spread.join(", ")
    )
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

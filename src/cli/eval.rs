//! `mirilla eval`: how often the recognition errs, on labelled pictures.

mod cache;
mod pad;
mod pictures;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::output::{Answer, Exit, Failure};
use crate::biometrics::{Features, QualityLimits};
use crate::config::Config;
use crate::eval::dataset::{self, FormatError};
use crate::eval::intervals::Estimate;
use crate::eval::plots::Plot;
use crate::eval::twice::Twice;
use crate::eval::verify::{PROBE_FRAMES, Verification};
use crate::eval::{Dataset, Half, Ignored, Resampling, fit, identify, plots};
use crate::session::ScoreModel;
use pictures::{Pictures, Way};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Each picture against each other, and templates against pictures.
    #[command(after_help = "\
Example:
  mirilla eval verify --images lfw --pairs pairs.txt --plots plots --cache cache

Rates are told with their thresholds, the number of comparisons, and 95 % intervals (bootstrap over people).")]
    Verify(VerifyArguments),
    /// People with four or more pictures are enrolled from three; the others are strangers.
    #[command(after_help = "\
Example:
  mirilla eval identify --images lfw --cache cache")]
    Identify(Common),
    /// Presentation attacks: how many pass, and how many living people do not.
    #[command(after_help = "\
Examples:
  mirilla eval pad --level 2 --attempts 20
  mirilla eval pad --level 1 --attacks prints --bonafide people

Without folders, attacks and heads are rendered: a simulation. A folder of attacks holds one for each species; a picture is an
attempt, and so is a folder of frames (at 15 a second, in the order of their names).")]
    Pad(pad::Arguments),
    /// Find the numbers that the recognition takes from measured pictures, and write them where the build reads them.
    #[command(after_help = "\
Example:
  mirilla eval fit --images lfw --half a --out assets/score-model")]
    Fit(FitArguments),
}

#[derive(Args)]
pub(super) struct FitArguments {
    #[command(flatten)]
    common: Common,
    /// The folder of the sources that the files are for.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Args)]
pub(super) struct VerifyArguments {
    #[command(flatten)]
    common: Common,
    /// Pairs to tell the accuracy of, in LFW's format.
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Run the two networks as their publishers do, without all that this program does beyond it: to compare with.
    #[arg(long)]
    plain: bool,
    /// Where plots are put, as SVG and PNG.
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Common {
    /// A folder for each person, NAME/NAME_0001.jpg; the face nearest to the middle of a picture is the person's.
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// People who are not compared with each other, a line NAME=NAME for each pair; may be given again.
    #[arg(long, value_name = "FILE")]
    ignore_pairs: Vec<PathBuf>,
    /// One half of the people alone, told by their names: fit on one, judge on the other.
    #[arg(long, value_name = "HALF")]
    half: Option<HalfName>,
    /// Pictures whose features are shorter are not acquired [default: the kiosk's limit].
    #[arg(long, value_name = "LENGTH")]
    min_norm: Option<f32>,
    /// Where what was seen in each picture is kept, so that it is looked at once: biometric data, for its owner only.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Threads to compute with [default: one for each core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, ValueEnum)]
enum HalfName {
    A,
    B,
}

pub(super) fn run(command: &Command, config: &Config) -> Result<Answer, Failure> {
    let common = match command {
        Command::Verify(arguments) => &arguments.common,
        Command::Identify(common) => common,
        Command::Fit(arguments) => &arguments.common,
        Command::Pad(arguments) => return pad::run(arguments),
    };
    let threads = common.threads.map_or(0, usize::from); // 0: one for each core
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::new(Exit::Machine, "threads", error.to_string()))?;
    pool.install(|| match command {
        Command::Verify(arguments) => verify(arguments, config),
        Command::Identify(common) => identify(common, config),
        Command::Fit(arguments) => fit(arguments, config),
        Command::Pad(arguments) => pad::run(arguments),
    })
}

fn verify(arguments: &VerifyArguments, config: &Config) -> Result<Answer, Failure> {
    let pairs = arguments.pairs.as_deref().map(|path| read(path, dataset::pairs)).transpose()?.unwrap_or_default();
    let ignored = ignored(&arguments.common)?;
    let (data, unreadable) = if arguments.plain {
        let Pictures { seen, unreadable } = look(&arguments.common, Way::Plain, config)?;
        (Dataset::with(seen, &limits(&arguments.common, config), Features::direction), unreadable)
    } else {
        data(&arguments.common, config)?
    };
    let found = Verification::of(&data, &ignored.places(&data.people), &pairs, Resampling::default());
    if let Some(folder) = &arguments.plots {
        keep(
            folder,
            &plots::of_verification(&found).map_err(|e| Failure::new(Exit::Machine, "plots", e.to_string()))?,
        )?;
    }
    Ok(Answer::yes(verify_json(&found), text::verification(&found, unreadable)))
}

fn identify(common: &Common, config: &Config) -> Result<Answer, Failure> {
    let ignored = ignored(common)?;
    let (data, unreadable) = data(common, config)?;
    let ignored = ignored.places(&data.people);
    let searches = |frames| identify::searches(&data, &ignored, frames, Resampling::default());
    let found = (1..=PROBE_FRAMES).map(|frames| (frames, searches(frames))).collect::<Vec<_>>();
    let Some(all) = found.first().and_then(|(_, of_one)| of_one.last()) else {
        let message = "nobody has four pictures that can be compared: nobody can be enrolled";
        return Err(Failure::new(Exit::Input, "nobody_to_enroll", message));
    };
    let twice = Twice::of(&data, &ignored);
    Ok(Answer::yes(identify_json(all), text::identification(&data, &found, &twice, unreadable)))
}

fn fit(arguments: &FitArguments, config: &Config) -> Result<Answer, Failure> {
    let Pictures { seen, .. } = look(&arguments.common, Way::OfTheKiosk, config)?;
    let limits = limits(&arguments.common, config);
    let mean = fit::mean_face(&seen, &limits);
    let failed = |error: std::io::Error| {
        let folder = arguments.out.display();
        Failure::new(Exit::Machine, "file_unusable", format!("the numbers cannot be kept: {error} ({folder})"))
    };
    let ignored = ignored(&arguments.common)?;
    let data = Dataset::with(seen, &limits, |features| features.embedding_from(&mean));
    let Some(found) = fit::distribution(&data, &ignored.places(&data.people)) else {
        let message =
            "too few pictures: a thousand comparisons of two people with a template are needed, and mated ones";
        return Err(Failure::new(Exit::Input, "too_few_pictures", message));
    };
    let [mean, model] = [format!("{mean:?}\n"), format!("{:#?}\n", model(&found))];
    std::fs::create_dir_all(&arguments.out).map_err(failed)?;
    std::fs::write(arguments.out.join("mean.txt"), mean).map_err(failed)?;
    std::fs::write(arguments.out.join("score-model.txt"), model).map_err(failed)?;
    let (pictures, people) = (data.acquired.len(), data.people.len());
    let json = json!({
        "outcome": "fitted", "pictures": pictures, "people": people,
        "mated": found.mated_count, "non_mated": found.non_mated,
    });
    let comparisons = format!("{} mated and {} non-mated comparisons", found.mated_count, found.non_mated);
    Ok(Answer::yes(json, format!("Fitted on {pictures} pictures of {people} people, {comparisons}.")))
}

/// The expression that the build reads.
fn model(found: &fit::Distribution) -> ScoreModel {
    // Five digits: more would be read as more than was measured.
    let digits = |value: f64| (value * 1e5).round() / 1e5;
    ScoreModel {
        tail_share: fit::TAIL_SHARE,
        tail_start: digits(found.tail_start),
        tail_scale: digits(found.tail_scale),
        same_face_spread: digits(found.same_face_spread),
        mated: std::array::from_fn(|i| (fit::SHARES[i], digits(found.mated[i]))),
    }
}

/// Looks at the pictures; tells besides how many could not be read.
fn data(common: &Common, config: &Config) -> Result<(Dataset, usize), Failure> {
    let Pictures { seen, unreadable } = look(common, Way::OfTheKiosk, config)?;
    Ok((Dataset::new(seen, &limits(common, config)), unreadable))
}

fn limits(common: &Common, config: &Config) -> QualityLimits {
    let min_norm = common.min_norm.unwrap_or(config.quality_limits.min_norm);
    QualityLimits { min_norm, ..config.quality_limits }
}

fn look(common: &Common, way: Way, config: &Config) -> Result<Pictures, Failure> {
    let half = common.half.map(|half| match half {
        HalfName::A => Half::A,
        HalfName::B => Half::B,
    });
    pictures::look(&common.images, half, common.cache.as_deref(), way, config)
}

fn ignored(common: &Common) -> Result<Ignored, Failure> {
    let mut ignored = Ignored::default();
    for path in &common.ignore_pairs {
        read(path, |text| ignored.add(text))?;
    }
    Ok(ignored)
}

fn read<T>(path: &Path, understand: impl FnOnce(&str) -> Result<T, FormatError>) -> Result<T, Failure> {
    let unreadable = |reason, error: &dyn std::fmt::Display| {
        Failure::new(Exit::Input, reason, format!("cannot use the list: {error} ({})", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable("file_unreadable", &error))?;
    understand(&text).map_err(|error| unreadable("list_not_understood", &error))
}

fn keep(folder: &Path, plots: &[Plot]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::Machine,
            "file_unusable",
            format!("the plots cannot be kept: {error} ({})", folder.display()),
        )
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    for Plot { name, svg, png } in plots {
        std::fs::write(folder.join(format!("{name}.svg")), svg).map_err(failed)?;
        std::fs::write(folder.join(format!("{name}.png")), png).map_err(failed)?;
    }
    Ok(())
}

fn verify_json(found: &Verification) -> Value {
    let at: Map<String, Value> = found
        .single
        .at
        .iter()
        .map(|at| {
            let Estimate { value, low, high } = at.fnmr;
            let figures = json!({
                "fnmr": value, "fnmr_identity_weighted": at.identity_weighted.value,
                "threshold": at.threshold, "low": low, "high": high,
            });
            (power(at.rate), figures)
        })
        .collect();
    json!({
        "outcome": "measured",
        "images": found.images,
        "people": found.people,
        "failed_to_acquire": found.failed.count(),
        "pairs_accuracy": found.pairs.map(|pairs| pairs.mean),
        "pairs_accuracy_sd": found.pairs.map(|pairs| pairs.sd),
        "mated": found.single.mated,
        "non_mated": found.single.non_mated,
        "eer": found.single.equal_error.map(|point| point.fmr),
        "fnmr_at_fmr": at,
    })
}

fn identify_json(found: &identify::Searches) -> Value {
    let at: Map<String, Value> = found
        .at
        .iter()
        .map(|at| {
            let Estimate { value, low, high } = at.fnir;
            (power(at.fpir), json!({"fnir": value, "threshold": at.threshold, "low": low, "high": high}))
        })
        .collect();
    json!({
        "outcome": "measured",
        "enrolled": found.enrolled,
        "mated_probes": found.mated_probes,
        "non_mated_probes": found.non_mated_probes,
        "rank1": found.rank1,
        "fnir_at_fpir": at,
    })
}

/// "1e-3".
fn power(rate: f64) -> String {
    format!("{rate:e}")
}

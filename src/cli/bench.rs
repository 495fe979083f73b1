//! `mirilla bench`: how fast this machine is, stage by stage, and what that means at a door.

use clap::Args;
use serde_json::{Map, Value, json};

use super::output::{Answer, Exit, Failure};
use crate::bench::{self, BenchError, Effort, Findings, Verdict};
use crate::clock::Clock;

#[derive(Args)]
#[command(after_help = "\
Examples:
  mirilla bench
  mirilla bench --json --threads 1

Takes about a quarter of a minute; let the machine do nothing else meanwhile. Nothing of yours is read or written: the
faces are bundled ones, the people enrolled are made of random numbers. Times are CPU time.")]
pub(super) struct Arguments {
    /// Threads to measure with: the recognition of a picture is the work of one.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1))]
    threads: u16,

    /// Each stage only a few times: to see whether it runs.
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(arguments: &Arguments, clock: Clock) -> Result<Answer, Failure> {
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let findings = bench::measure(effort, clock)?;
    let (cpu, path) = (bench::cpu(), bench::path()?);
    let stages: Map<String, Value> = findings
        .iter()
        .map(|(stage, timing)| (stage.name().to_owned(), json!(timing.map(|timing| significant(timing.cpu_ms.median)))))
        .collect();
    let json =
        json!({"outcome": "measured", "cpu": cpu, "path": path, "threads": arguments.threads, "stages_ms": stages});
    let mut text = format!("{cpu}, kernels: {path}\n\n{}", table(&findings));
    if let Some(verdict) = Verdict::of(&findings) {
        text += &format!("\n{verdict}");
    }
    Ok(Answer::yes(json, text))
}

/// Milliseconds of CPU time of one run, and of the time that passed.
fn table(findings: &Findings) -> String {
    let mut text = format!(
        "{:<24} {:>10} {:>10} {:>10} {:>10} {:>8}\n",
        "CPU time, ms", "median", "least", "most", "passed", "runs"
    );
    for (stage, timing) in findings {
        text += &match timing {
            Some(timing) => format!(
                "{:<24} {:>10.3} {:>10.3} {:>10.3} {:>10.3} {:>8}\n",
                stage.name(),
                timing.cpu_ms.median,
                timing.cpu_ms.least,
                timing.cpu_ms.most,
                timing.wall_ms.median,
                timing.runs
            ),
            None => format!("{:<24} {:>10}   too little free memory\n", stage.name(), "-"),
        };
    }
    text
}

/// Six significant digits; never zero, which would be read as "not measured".
fn significant(ms: f64) -> f64 {
    let digits = 5 - ms.abs().max(1e-9).log10().floor() as i32;
    let factor = 10f64.powi(digits);
    (ms * factor).round() / factor
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::Model(error) => error.into(),
            BenchError::Photo(error) => error.into(),
            BenchError::Camera(error) => error.into(),
            BenchError::Jpeg { .. } | BenchError::Unexpected { .. } => {
                Self::new(Exit::Machine, "bench", error.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_six_digits() {
        assert_eq!([1234.5678, 0.000_012_345_678, 1.0].map(significant), [1234.57, 0.000_012_345_7, 1.0]);
    }
}

//! What the times mean for whoever stands before the kiosk.

use super::{Findings, Stage};

/// What the machine is good for, in numbers; its text says it in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Milliseconds from a webcam's picture to a decision among 10,000.
    pub decision_ms: f64,
    /// The parts of it that were told apart, the largest first: what is done, and its share (0 to 1).
    pub parts: Vec<(&'static str, f64)>,
    /// Frames a second that are followed in a challenge, where it was measured.
    pub challenge_frames: Option<f64>,
    /// Milliseconds of a search among a million, where it was measured.
    pub million_ms: Option<f64>,
}

/// Up to so many milliseconds nobody notices that something is computed.
const UNNOTICED_MS: f64 = 100.0;
/// Up to so many a sign-in, which looks at two pictures, is done before the person has stopped walking.
const BRISK_MS: f64 = 300.0;

impl Verdict {
    /// Judges what was measured. `None` where the whole was not measured.
    pub fn of(findings: &Findings) -> Option<Self> {
        let ms = |wanted: Stage| {
            findings
                .iter()
                .find(|(stage, _)| *stage == wanted)
                .and_then(|(_, timing)| Some(timing.as_ref()?.cpu_ms.median))
        };
        let decision_ms = ms(Stage::Mjpeg720pToDecision).filter(|ms| *ms > 0.0)?;
        let (frame, align) = (ms(Stage::Frame720pToEmbedding)?, ms(Stage::Align)?);
        let (embed, search) = (ms(Stage::Embed)?, ms(Stage::Identify10k)?);
        let mut parts = vec![
            ("decoding the camera's picture", decision_ms - frame - search),
            ("finding the face", frame - align - embed),
            ("cutting it out", align),
            ("the face's features", embed),
            ("the search", search),
        ];
        // Differences of two measurements may fall below nothing.
        parts.iter_mut().for_each(|(_, ms)| *ms = ms.max(0.0) / decision_ms);
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let challenge_frames = ms(Stage::Frame720pActive).filter(|ms| *ms > 0.0).map(|ms| 1e3 / ms);
        Some(Self { decision_ms, parts, challenge_frames, million_ms: ms(Stage::Identify1m) })
    }

    /// People decided on in a second, one picture each.
    pub fn people_a_second(&self) -> f64 {
        1e3 / self.decision_ms
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let people = self.people_a_second();
        if people >= 10.0 {
            write!(f, "About {people:.0} people a second on one thread")?;
        } else {
            write!(f, "About {people:.1} people a second on one thread")?;
        }
        write!(f, ": {:.1} ms from a picture to a decision among 10,000 enrolled.", self.decision_ms)?;
        f.write_str(match self.decision_ms {
            ms if ms <= UNNOTICED_MS => " Nobody will notice that anything is computed.",
            ms if 2.0 * ms <= BRISK_MS => " Quick enough for a door.",
            _ => " People will notice the wait: this machine is slow for a kiosk.",
        })?;
        if let [(first, share), (second, other), ..] = self.parts[..] {
            write!(f, "\nWhat limits it: {first} ({:.0} %), then {second} ({:.0} %).", share * 100.0, other * 100.0)?;
        }
        if let Some(frames) = self.challenge_frames {
            write!(f, "\nIn a challenge, {frames:.0} frames a second are followed.")?;
        }
        match self.million_ms {
            Some(ms) => write!(f, "\nWith a million enrolled, each search takes {ms:.1} ms."),
            None => f.write_str("\nThe search among a million was left out: this machine has too little free memory."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sampling::{Spread, Timing};
    use super::*;

    fn findings(ms: [Option<f64>; 14]) -> Findings {
        let timing = |ms: f64| {
            let spread = Spread { least: ms, median: ms, most: ms };
            Timing { cpu_ms: spread, wall_ms: spread, runs: 1 }
        };
        Stage::ALL.into_iter().zip(ms.map(|ms| ms.map(timing))).collect()
    }

    #[test]
    fn the_largest_part_is_what_limits() {
        let times = [1.0, 9.0, 0.5, 20.0, 0.0, 0.0, 40.5, 0.0, 40.0, 0.0, 50.0, 0.2, 2.0, 20.0].map(Some);
        let said = Verdict::of(&findings(times)).unwrap();
        assert_eq!(said.people_a_second(), 20.0);
        assert_eq!((said.parts[0].0, said.parts[1].0), ("finding the face", "the face's features"));
        assert!((said.parts.iter().map(|part| part.1).sum::<f64>() - 1.0).abs() < 1e-9);
        let text = said.to_string();
        for words in [
            "About 20 people a second on one thread",
            "50.0 ms",
            "Nobody will notice",
            "a million enrolled",
            "25 frames a second",
        ] {
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn a_slow_machine_and_a_small_one_are_told() {
        let mut times = [10.0, 90.0, 5.0, 200.0, 0.0, 0.0, 405.0, 0.0, 0.0, 0.0, 500.0, 2.0, 20.0, 0.0].map(Some);
        times[13] = None;
        let text = Verdict::of(&findings(times)).unwrap().to_string();
        for words in ["About 2.0 people a second on one thread", "slow for a kiosk", "too little free memory"] {
            assert!(text.contains(words), "{text}");
        }
        times[10] = None;
        assert_eq!(Verdict::of(&findings(times)), None);
    }
}

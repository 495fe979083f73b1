//! What was measured, for people and for programs.

use std::io::Write;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cli::output::{Answer, percent, time_json, time_text};
use crate::eval::Proportion;
use crate::selftest::{Change, Conditions, Count, Outcome, Standing, Test};
use crate::session::LivenessLevel;
use crate::settings::Language;
use crate::ui::{Message, Words, standing};

/// Says something while people stand before the camera, on standard error.
pub(super) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}"); // where nobody can read it, nobody misses it
}

/// Why a test begins anew.
pub(super) fn in_words(level: LivenessLevel, before: &Test, now: &Test) -> String {
    Words::new(Language::English).say(&standing(level, &before.standing(&now.conditions)))
}

/// What may be said of a level.
pub(super) struct Report {
    level: LivenessLevel,
    test: Test,
    standing: Standing,
    simulated: bool,
}

impl Report {
    /// Of what was counted, where `now` holds.
    pub(super) fn of(level: LivenessLevel, test: &Test, now: &Conditions) -> Self {
        Self { level, test: test.clone(), standing: test.standing(now), simulated: false }
    }

    /// The same of a simulation.
    pub(super) fn simulated(self) -> Self {
        Self { simulated: true, ..self }
    }

    pub(super) fn answer(&self, outcome: &str) -> Answer {
        let mut json = self.json();
        json["outcome"] = outcome.into();
        Answer::yes(json, self.text())
    }

    /// Whether a face alone may sign in at this level, by what was measured here.
    fn lets_in(&self) -> bool {
        self.standing == Standing::Holds && !self.simulated
    }

    pub(super) fn json(&self) -> Value {
        let attacks = self.test.worst_first().into_iter().map(|(species, count)| {
            let mut figures = share(count, count.apcer(), "apcer");
            figures["attempts"] = count.telling().into();
            figures["tried"] = (count.telling() > 0).into();
            (species.name().to_owned(), figures)
        });
        let all = self.test.bona_fide();
        let mut people = share(all, all.bpcer(), "bpcer");
        people["attempts"] = all.all().into();
        people["people"] = self.test.tried_people().into();
        let Conditions { camera, screen, networks, thresholds, program } = &self.test.conditions;
        let light = self.test.median_light();
        json!({
            "level": self.level.number(),
            "simulated": self.simulated,
            "standing": self.standing.name(),
            "face_alone": self.lets_in(),
            "is_certificate": false,
            "changed": changed(&self.standing),
            "begun_at": at(self.test.begun_at).map(time_json),
            "changed_at": at(self.test.changed_at).map(time_json),
            "species": attacks.collect::<Map<_, _>>(),
            "bona_fide": people,
            "conditions": {
                "camera": camera.id, "mode": camera.mode, "screen": screen, "light": light, "networks": networks,
                "thresholds": thresholds, "program": program,
            },
        })
    }

    pub(super) fn text(&self) -> String {
        let words = Words::new(Language::English);
        let mut text = String::new();
        if self.simulated {
            text += "SIMULATION: rendered heads, prints and screens. Nothing of it counts for this site.\n\n";
        }
        let Conditions { camera, screen, program, .. } = &self.test.conditions;
        text += &format!("Level {}", self.level.number());
        if let Some(at) = at(self.test.changed_at).filter(|_| !self.simulated) {
            text += &format!(", measured until {}", time_text(at));
        }
        let light = self.test.median_light().map_or("not known".into(), |light| format!("{light} of 255"));
        let screen = screen.map_or("not told".into(), |[width, height]| format!("{width}x{height}"));
        let camera = camera.mode.as_deref().or(camera.id.as_deref()).unwrap_or("not known");
        text += &format!(". Camera: {camera}; light: {light}; screen: {screen}; program {program}.\n\n");
        text += "| attack | tried | got in | APCER | 95 % interval | did not count |\n| --- | --- | --- | --- | --- | --- |\n";
        for (species, count) in self.test.worst_first() {
            let name = words.text(&species.key());
            if count.telling() == 0 {
                text += &format!("| {name} | not tried | | | | {} |\n", count.all());
                continue;
            }
            let (apcer, wasted) = (interval(count.apcer()), count.all() - count.telling());
            text += &format!("| {name} | {} | {} | {apcer} | {wasted} |\n", count.telling(), count.passed);
        }
        let all = self.test.bona_fide();
        let (low, high) = all.bpcer().interval();
        text += &format!(
            "\n{} people signed in often enough. Of {} times, not let in: {} (refused {}, no signs of life {}, not recognized {}, not seen {}); BPCER {} ({} to {}).\n",
            self.test.tried_people(),
            all.all(),
            all.bpcer().hits,
            all.refused,
            all.no_verdict,
            all.not_recognized,
            all.not_seen,
            percent(all.bpcer().value()),
            percent(low),
            percent(high),
        );
        text += &format!("\n{}\n", words.say(&standing(self.level, &self.standing)));
        if let Standing::Expired(changes) = &self.standing {
            for change in changes {
                if let Change::Thresholds(names) = change {
                    text += &format!("Thresholds that changed: {}.\n", names.join(", "));
                }
            }
        }
        text += if self.lets_in() {
            "At this level the face alone may sign in.\n"
        } else {
            "This does not show that the face alone may sign in at this level.\n"
        };
        text += "Species are never pooled; tries of one person or of one print go together, so that the intervals are too narrow. ";
        text + &words.say(&Message::new("selftest-what"))
    }
}

fn changed(standing: &Standing) -> Vec<&'static str> {
    match standing {
        Standing::Expired(changes) => changes.iter().map(Change::name).collect(),
        _ => vec![],
    }
}

fn at(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

/// All that was counted, and the share of it that the standard names so.
fn share(count: Count, share: Proportion, name: &str) -> Value {
    let (low, high) = share.interval();
    let mut figures: Map<String, Value> =
        Outcome::ALL.iter().map(|outcome| (outcome.name().replace('-', "_"), count.of(*outcome).into())).collect();
    figures.extend([(name.to_owned(), share.value().into()), ("low".into(), low.into()), ("high".into(), high.into())]);
    figures.into()
}

fn interval(share: Proportion) -> String {
    let (low, high) = share.interval();
    format!("{} | {} to {}", percent(share.value()), percent(low), percent(high))
}

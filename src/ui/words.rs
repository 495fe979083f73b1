//! The texts of the window, from the Fluent files in `assets/locales`.

use std::fmt::Write;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::settings::Language;

/// The texts of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../assets/locales/en.ftl"),
        Language::Spanish => include_str!("../../assets/locales/es.ftl"),
    }
}

impl Words {
    /// The texts in `language`.
    pub fn new(language: Language) -> Self {
        // Both files are part of the program: a test parses them. What could not be parsed is left out.
        let resource = FluentResource::try_new(source(language).into()).unwrap_or_else(|(readable, _)| readable);
        let locale: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![locale]);
        // The marks that isolate inserted text from its surroundings would show as boxes.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language {
            Language::English => english_number,
            Language::Spanish => spanish_number,
        }));
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(?errors, language = language.tag(), "translations clash");
        }
        Self { language, bundle }
    }

    /// Which language it is.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`; the key itself where there is none, which a test excludes.
    pub fn text(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text of `key` with these put in.
    pub fn with<'a>(&self, key: &str, values: &[(&'a str, Value<'a>)]) -> String {
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            match value {
                Value::Text(text) => arguments.set(*name, FluentValue::from(*text)),
                Value::Number(number) => arguments.set(*name, FluentValue::from(*number)),
            }
        }
        self.format(key, Some(&arguments))
    }

    /// A message in this language.
    pub fn say(&self, message: &Message) -> String {
        let mut arguments = FluentArgs::new();
        for (name, part) in &message.parts {
            match part {
                Part::Text(text) => arguments.set(*name, FluentValue::from(text.as_str())),
                Part::Number(number) => arguments.set(*name, FluentValue::from(*number)),
                Part::Decimal(number) => arguments.set(*name, FluentValue::from(self.decimal(*number))),
                Part::List(keys) => {
                    let texts: Vec<String> = keys.iter().map(|key| self.text(key)).collect();
                    arguments.set(*name, FluentValue::from(texts.join(", ")));
                }
            }
        }
        self.format(message.key, Some(&arguments))
    }

    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, language = self.language.tag(), "no translation");
            return key.to_owned();
        };
        let mut errors = vec![];
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors);
        if !errors.is_empty() {
            tracing::error!(key, ?errors, "a translation lacks a value");
        }
        text.into_owned()
    }

    /// A date as people write it: "Monday 23 November".
    pub fn day(&self, time: &jiff::civil::DateTime) -> String {
        let weekday = self.text(&format!("weekday-{}", time.weekday().to_monday_one_offset()));
        let month = self.text(&format!("month-{}", time.month()));
        self.with(
            "date-long",
            &[
                ("weekday", Value::Text(&weekday)),
                ("day", Value::Number(time.day().into())),
                ("month", Value::Text(&month)),
            ],
        )
    }

    /// A past moment: "23 November 2026, 14:05".
    pub fn moment(&self, time: &jiff::civil::DateTime) -> String {
        let month = self.text(&format!("month-{}", time.month()));
        let year = time.year().to_string(); // a number would get a comma between its thousands
        let clock = self.clock(time);
        self.with(
            "date-time",
            &[
                ("day", Value::Number(time.day().into())),
                ("month", Value::Text(&month)),
                ("year", Value::Text(&year)),
                ("time", Value::Text(&clock)),
            ],
        )
    }

    /// The same, where there is little room: "23 Nov 2026, 14:05".
    pub fn moment_in_short(&self, time: &jiff::civil::DateTime) -> String {
        let month = self.text(&format!("month-short-{}", time.month()));
        let year = time.year().to_string();
        let clock = self.clock(time);
        self.with(
            "date-time-short",
            &[
                ("day", Value::Number(time.day().into())),
                ("month", Value::Text(&month)),
                ("year", Value::Text(&year)),
                ("time", Value::Text(&clock)),
            ],
        )
    }

    /// Hours and minutes: "14:05".
    pub fn clock(&self, time: &jiff::civil::DateTime) -> String {
        time.strftime("%H:%M").to_string()
    }

    /// A measured number with two digits after the point, or the comma where one writes that: "0.50", "0,50".
    pub fn decimal(&self, number: f32) -> String {
        let text = format!("{number:.2}");
        match self.language {
            Language::English => text,
            Language::Spanish => text.replace('.', ","),
        }
    }

    /// A span as a countdown shows it: "14:59".
    pub fn countdown(&self, seconds: u64) -> String {
        let mut text = String::new();
        let _ = write!(text, "{}:{:02}", seconds / 60, seconds % 60); // writing to a String cannot fail
        text
    }
}

// As the Unicode CLDR has it for each language; the bundle takes functions, not closures.

fn english_number<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, ',', 4)
}

fn spanish_number<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, '.', 5)
}

/// A whole number with `between` its thousands, if it has at least so many digits.
fn grouped(value: &FluentValue<'_>, between: char, least: usize) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    let digits = number.as_string().into_owned();
    if digits.len() < least || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let before = digits.len() % 3;
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == before {
            text.push(between);
        }
        text.push(digit);
    }
    Some(text)
}

/// Something to be said in whatever language it is asked for: made where no language is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    key: &'static str,
    parts: Vec<(&'static str, Part)>,
}

/// What is put into a message.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Number(i64),
    Decimal(f32),
    /// Keys of texts.
    List(Vec<String>),
}

impl Message {
    /// The text of `key`, without values yet.
    pub fn new(key: &'static str) -> Self {
        Self { key, parts: vec![] }
    }

    /// What a library or the operating system said, in its own words.
    pub fn said(detail: &impl ToString) -> Self {
        Self::new("doctor-said").word("detail", detail.to_string())
    }

    /// With words in it.
    #[must_use]
    pub fn word(self, name: &'static str, text: impl Into<String>) -> Self {
        self.part(name, Part::Text(text.into()))
    }

    /// With a whole number in it, which may decide between singular and plural.
    #[must_use]
    pub fn count(self, name: &'static str, count: impl TryInto<i64>) -> Self {
        self.part(name, Part::Number(count.try_into().unwrap_or(i64::MAX)))
    }

    /// With a measured number in it, as [`Words::decimal`] writes it.
    #[must_use]
    pub fn decimal(self, name: &'static str, number: f32) -> Self {
        self.part(name, Part::Decimal(number))
    }

    /// With the texts of these keys in it, one after the other.
    #[must_use]
    pub fn list(self, name: &'static str, keys: Vec<String>) -> Self {
        self.part(name, Part::List(keys))
    }

    fn part(mut self, name: &'static str, part: Part) -> Self {
        self.parts.push((name, part));
        self
    }
}

impl From<&'static str> for Message {
    fn from(key: &'static str) -> Self {
        Self::new(key)
    }
}

/// What is put into a text.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Words.
    Text(&'a str),
    /// A whole number, which may decide between singular and plural.
    Number(i64),
}

impl Value<'_> {
    /// So many.
    pub fn count(count: impl TryInto<i64>) -> Self {
        Self::Number(count.try_into().unwrap_or(i64::MAX))
    }
}

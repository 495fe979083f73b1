//! One piece of our work as a process that `benches/peers/run` times between others: it says "ready", then answers each
//! line N with the milliseconds that each of N runs took, "wall cpu". Its argument says what is done:
//!
//! - `detect:320x192`, `detect:640x640`, `align`, `embed`: one stage
//! - `frame:WIDTH`: a frame of WIDTH columns to the embedding of its one face
//! - `faces:COUNT`: a frame of 1280x720 to the embeddings of all of its faces
//! - `mjpeg:REFERENCES`: a webcam's picture of 1280x720 to the decision
//! - `search:REFERENCES`: one search
//! - `read:MEBIBYTES`: so much memory, read once
//!
//! and without "ready": `path` prints the kernels' path, `pictures DIR` keeps the pictures there, and
//! `enrolled DIR REFERENCES` makes a data directory in which as many people are enrolled.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::Path;

use mirilla::bench::{self, Stage, Workbench, synthetic};
use mirilla::biometrics::{Pipeline, Template};
use mirilla::camera::Frame;
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::demo::{OBAMA, OBAMA_AGAIN, OBAMA_LATER};
use mirilla::desk::Desk;
use mirilla::session::{Capture, Enrollment, LookAlike, Newcomer, enrollment};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Work = Box<dyn FnMut() -> Result<()>>;

/// The widths of `frame:WIDTH` and the counts of `faces:COUNT` whose pictures are kept.
const WIDTHS: [u32; 6] = [320, 480, 640, 960, 1280, 1920];
const COUNTS: [usize; 5] = [0, 1, 2, 4, 8];

fn main() -> Result<()> {
    // Cargo adds "--bench".
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => println!("nothing to do: benches/peers/run starts this with an argument"),
        ["path"] => println!("{}", bench::path().expect("a path that this CPU has")),
        ["pictures", folder] => pictures(Path::new(folder))?,
        ["enrolled", folder, references] => enrolled(Path::new(folder), references.parse()?)?,
        [work] => serve(work)?,
        _ => return Err(format!("not understood: {words:?}").into()),
    }
    Ok(())
}

/// Answers until nobody asks any more.
fn serve(name: &str) -> Result<()> {
    let clock = Clock::start();
    let mut work = work(name)?;
    for _ in 0..2 {
        work()?;
    }
    println!("ready");
    std::io::stdout().flush()?;
    for line in std::io::stdin().lock().lines() {
        let runs: u32 = line?.trim().parse()?;
        let (wall, cpu) = (clock.elapsed(), clock.cpu());
        for _ in 0..runs {
            work()?;
        }
        let (cpu, wall) = (clock.cpu() - cpu, clock.elapsed() - wall);
        let each = |time: std::time::Duration| time.as_secs_f64() * 1e3 / f64::from(runs);
        println!("{:.7} {:.7}", each(wall), each(cpu));
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn work(name: &str) -> Result<Work> {
    let (kind, size) = name.split_once(':').unwrap_or((name, ""));
    if kind == "read" {
        return reading(size.parse()?);
    }
    let mut bench = Workbench::load()?;
    let stage = |mut bench: Workbench, stage: Stage| -> Work { Box::new(move || Ok(bench.run(stage)?)) };
    Ok(match (kind, size) {
        ("detect", "320x192") => stage(bench, Stage::Detect320x192),
        ("detect", "640x640") => stage(bench, Stage::Detect640x640),
        ("align", "") => stage(bench, Stage::Align),
        ("embed", "") => stage(bench, Stage::Embed),
        ("mjpeg", references) => {
            bench.enroll(references.parse()?);
            stage(bench, Stage::Mjpeg720pToDecision)
        }
        ("search", references) => {
            bench.enroll(references.parse()?);
            Box::new(move || {
                bench.search();
                Ok(())
            })
        }
        ("frame", width) => {
            let frame = bench.studio().one(width.parse()?)?;
            Box::new(move || {
                black_box(bench.embedding(&frame)?);
                Ok(())
            })
        }
        ("faces", count) => {
            let count: usize = count.parse()?;
            let frame = bench.studio().crowd(count)?;
            Box::new(move || match bench.embed_all(&frame)? {
                found if found == count => Ok(()),
                found => Err(format!("{found} faces instead of {count}").into()),
            })
        }
        _ => return Err(format!("no such work: {name}").into()),
    })
}

/// Memory read in order, eight words at a time: what no search over as much can be faster than.
fn reading(mebibytes: usize) -> Result<Work> {
    let words: Vec<u64> = (0..mebibytes as u64 * (1 << 20) / 8).collect();
    Ok(Box::new(move || {
        let mut sums = [0u64; 32];
        for words in words.as_chunks::<32>().0 {
            for (sum, word) in sums.iter_mut().zip(words) {
                *sum ^= word;
            }
        }
        black_box(sums);
        Ok(())
    }))
}

fn pictures(folder: &Path) -> Result<()> {
    let bench = Workbench::load()?;
    std::fs::create_dir_all(folder)?;
    let keep = |name: &str, width: u32, height: u32, rgb: &[u8]| {
        let file = folder.join(format!("{name}.png"));
        image::save_buffer(file, rgb, width, height, image::ExtendedColorType::Rgb8)
    };
    let keep_frame = |name: &str, frame: &Frame| keep(name, frame.width(), frame.height(), frame.rgb());
    std::fs::write(folder.join("webcam.jpg"), bench.jpeg())?;
    keep_frame("small", bench.small())?;
    keep_frame("square", bench.square())?;
    keep("crop", 112, 112, bench.crop().rgb())?;
    for width in WIDTHS {
        keep_frame(&format!("frame-{width}"), &bench.studio().one(width)?)?;
    }
    for count in COUNTS {
        keep_frame(&format!("faces-{count}"), &bench.studio().crowd(count)?)?;
    }
    Ok(())
}

/// One person of the demo from three portraits, and people of random numbers.
fn enrolled(folder: &Path, references: usize) -> Result<()> {
    let config = Config::new(Some(folder))?;
    #[allow(unused_mut)]
    let mut pipeline = Pipeline::load(config.quality_limits)?;
    let mut desk = Desk::open(&config, Clock::start())?;
    let mut captures = vec![];
    for portrait in [OBAMA, OBAMA_LATER, OBAMA_AGAIN] {
        let observation = pipeline.observe(&portrait.shot()?.photo, None)?;
        captures.push(Capture::from_observation(&observation).map_err(|reason| reason.explanation())?);
    }
    let captures: [Capture; 3] = captures.try_into().map_err(|_| "expected three captures")?;
    let person = enrollment::judge(captures, &config.policy).map_err(|mismatch| mismatch.reason.explanation())?;
    let (name, email) = ("Barack Obama".parse()?, "visitor@example.org".parse()?);
    let newcomer =
        |name, email| Newcomer { name, email, look_alike: LookAlike::Allowed, excused: false, consent: None };
    let first = desk.admit(newcomer(name, email), Some(&person), None, &config.policy)?;
    first.map_err(|reason| reason.explanation())?;
    for number in 1..references as u64 {
        let embedding = synthetic(number).ok_or("no direction")?;
        let template = Template::fuse([&embedding]).ok_or("no direction")?;
        let captures = person.captures.clone().map(|capture| Capture { embedding: embedding.clone(), ..capture });
        let (name, email) = (format!("Person {number}"), format!("person{number}@example.org"));
        let enrollment = Enrollment { template, captures };
        // Nobody of them is looked for among all the others, which would take long.
        let stored = desk.admit(newcomer(name.parse()?, email.parse()?), Some(&enrollment), None, &config.policy)?;
        stored.map_err(|reason| reason.explanation())?;
    }
    Ok(())
}

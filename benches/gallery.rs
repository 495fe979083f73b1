//! What a search costs, and the start with many enrolled: `cargo bench --bench gallery`.
//!
//! `cargo bench --bench gallery -- DIR COUNT` enrolls so many synthetic people into the data folder DIR, if it is
//! empty, and measures how long the gallery takes to load from there.

#![allow(clippy::print_stdout)] // figures for whoever measures

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use mirilla::biometrics::{Embedding, Gallery, Quality, Template, UserId};
use mirilla::clock::Clock;
use mirilla::config::Config;
use mirilla::desk::Desk;
use mirilla::models::kernels::dot;
use mirilla::models::sface::NETWORK_ID;
use mirilla::store::{Reference, SqliteStore, Store, User};
use uuid::Uuid;

/// Directions that are the same in every run, evenly spread.
struct Faces(u64);

impl Faces {
    fn number(&mut self) -> f32 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            sum += (self.0 >> 40) as f32 / (1 << 24) as f32 - 0.5;
        }
        sum
    }

    fn next(&mut self) -> Embedding {
        Embedding::normalized(std::array::from_fn(|_| self.number())).expect("a direction")
    }
}

fn user(n: usize) -> UserId {
    UserId(Uuid::from_u128(n as u128 + 1))
}

/// Median milliseconds.
fn median(runs: usize, mut act: impl FnMut()) -> f64 {
    act();
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

fn searches() {
    let mut faces = Faces(0x2545_F491_4F6C_DD1D);
    for count in [10_000, 100_000, 1_000_000] {
        let mut gallery = Gallery::with_capacity(count);
        (0..count).for_each(|n| gallery.add(user(n), &Template::from_embedding(faces.next())));
        let probes: Vec<Embedding> = (0..16).map(|_| faces.next()).collect();
        for path in [dot::Instructions::Avx512, dot::Instructions::Avx2, dot::Instructions::Portable]
            .into_iter()
            .filter(|p| p.is_available())
        {
            let mut turn = 0;
            let ms = median(if count > 500_000 { 21 } else { 201 }, || {
                turn += 1;
                black_box(gallery.search_by(path, &probes[turn % probes.len()]));
            });
            println!("search among {count} by {path:?}: {ms:.4} ms");
        }
    }
}

fn enroll(store: &mut SqliteStore, count: usize) {
    let mut faces = Faces(0x9E37_79B9_7F4A_7C15);
    let now = jiff::Timestamp::from_second(1_800_000_000).expect("a time");
    let quality = Quality {
        face_width_px: 100.0,
        yaw_deg: 1.0,
        pitch_deg: 2.0,
        sharpness: 0.5,
        bright_luma: 200.0,
        dark_luma: 50.0,
        inside: 1.0,
        detection_score: 0.9,
        norm: Some(12.5),
    };
    for n in 0..count {
        let person = User {
            id: user(n),
            name: "Somebody".parse().expect("a name"),
            email: format!("somebody{n}@example.org").parse().expect("an address"),
            created_at: now,
            updated_at: now,
        };
        let samples = std::array::from_fn(|_| (faces.next(), quality));
        let template = Template::fuse(samples.iter().map(|(face, _)| face)).expect("a direction");
        let reference = Reference { network_id: NETWORK_ID.into(), template, samples, created_at: now };
        store.enroll(&person, &reference).expect("enrolled");
    }
}

fn load(folder: &Path, count: usize) {
    let config = Config::new(Some(folder)).expect("a folder");
    let open = || Desk::open(&config, Clock::start()).expect("a desk");
    if open().enrolled().expect("a count") == 0 {
        enroll(&mut SqliteStore::open(&config.database_path()).expect("a store"), count);
    }
    let probe = Faces(1).next();
    let count = open().enrolled().expect("a count");
    let loading = median(5, || {
        black_box(open().gallery().expect("a gallery").gallery.search(&probe));
    });
    let once = median(5, || {
        black_box(open().search_once(&probe).expect("a search"));
    });
    println!(
        "{count} enrolled: opened, loaded and searched in {loading:.1} ms; opened and searched once in {once:.1} ms"
    );
}

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match &arguments[..] {
        [] => searches(),
        [folder, count] => load(Path::new(folder), count.parse().expect("a count")),
        _ => eprintln!("cargo bench --bench gallery [-- DIR COUNT]"),
    }
}

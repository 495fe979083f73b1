//! How long each stage takes, and how it grows with the picture, with the people in it, and with the people enrolled:
//! `cargo bench --bench recognition`. Wall time, by criterion. Against others: benches/peers/run.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mirilla::bench::{Stage, Workbench};

fn workbench() -> Workbench {
    Workbench::load().expect("the bundled networks and portraits")
}

fn stages(criterion: &mut Criterion) {
    let mut bench = workbench();
    let mut group = criterion.benchmark_group("stage");
    // The searches are among those of `gallery`.
    for stage in Stage::ALL.into_iter().filter(|stage| stage.references() <= 10_000) {
        bench.enroll(stage.references());
        group.bench_function(stage.name(), |bencher| bencher.iter(|| bench.run(stage).expect("a stage that runs")));
    }
    group.finish();
}

fn gallery(criterion: &mut Criterion) {
    let mut bench = workbench();
    let mut group = criterion.benchmark_group("search");
    for references in [1_000, 10_000, 100_000, 1_000_000] {
        bench.enroll(references);
        group.throughput(Throughput::Elements(references as u64));
        group.bench_function(BenchmarkId::from_parameter(references), |bencher| bencher.iter(|| bench.search()));
    }
    group.finish();
}

fn frame_size(criterion: &mut Criterion) {
    let mut bench = workbench();
    let mut group = criterion.benchmark_group("frame_width");
    for width in [320, 480, 640, 960, 1280, 1920] {
        let frame = bench.studio().one(width).expect("a picture");
        let id = BenchmarkId::from_parameter(width);
        group.bench_function(id, |bencher| bencher.iter(|| bench.embedding(&frame).expect("one face")));
    }
    group.finish();
}

fn faces(criterion: &mut Criterion) {
    let mut bench = workbench();
    let mut group = criterion.benchmark_group("faces");
    for count in [0, 1, 2, 4, 8] {
        let frame = bench.studio().crowd(count).expect("a picture");
        let id = BenchmarkId::from_parameter(count);
        group.bench_function(id, |bencher| bencher.iter(|| bench.embed_all(&frame).expect("networks that run")));
    }
    group.finish();
}

fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! { name = all; config = short(); targets = stages, gallery, frame_size, faces }
criterion_main!(all);

//! `mirilla bench` measures every stage. How long one takes is told nowhere: that is the machine's.

mod common;

use common::Kiosk;

const STAGES: [&str; 14] = [
    "align",
    "detect_320x192",
    "detect_640x640",
    "embed",
    "face_mesh",
    "frame_720p_active",
    "frame_720p_liveness",
    "frame_720p_passive",
    "frame_720p_to_embedding",
    "identify_100k",
    "identify_10k",
    "identify_1m",
    "iris",
    "mjpeg_720p_to_decision",
];

#[test]
fn every_stage_takes_its_time_and_nothing_is_written() {
    let kiosk = Kiosk::new();
    let measured = kiosk.ask(&["bench", "--quick", "--threads", "1"]).assert_yes("measured");
    let keys: Vec<&str> = measured.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["cpu", "outcome", "path", "stages_ms", "threads"]);
    // A machine that forces single precision says so.
    let path = measured.text("path").trim_end_matches("-f32");
    assert!(["avx512", "avx2", "sse4", "neon", "portable"].contains(&path), "{measured:?}");
    assert!(!measured.text("cpu").is_empty() && measured.json["threads"] == 1);
    let stages = measured.json["stages_ms"].as_object().unwrap();
    assert_eq!(stages.keys().map(String::as_str).collect::<Vec<_>>(), STAGES);
    for (stage, ms) in stages {
        // A small machine has no room for a million.
        let left_out = stage == "identify_1m" && ms.is_null();
        assert!(left_out || ms.as_f64().is_some_and(|ms| ms > 0.0), "{stage} took {ms}");
    }
    assert!(!kiosk.data_dir.exists(), "bench made the data directory");
}

#[test]
fn people_read_a_table_and_a_verdict() {
    let (exit, stdout, stderr) = Kiosk::new().tell(&["bench", "--quick"]);
    assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
    for words in STAGES.into_iter().chain(["median", "people a second on one thread", "What limits it:"]) {
        assert!(stdout.contains(words), "bench does not say {words}: {stdout}");
    }
    for threads in ["0", "2"] {
        let refused = Kiosk::new().ask(&["bench", "--threads", threads]);
        assert_eq!((refused.exit, refused.text("reason")), (2, "usage"), "{refused:?}");
    }
}

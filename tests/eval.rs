//! `mirilla eval` on the bundled people: what it prints, what it keeps, and what it refuses.

mod common;

use std::path::{Path, PathBuf};

use common::Kiosk;

/// A folder of pictures: four of one person, one each of two others.
fn pictures(kiosk: &Kiosk) -> PathBuf {
    let folder = kiosk.scratch("pictures");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    for (person, number, file) in [
        ("One", 1, "obama.jpg"),
        ("One", 2, "obama2.jpg"),
        ("One", 3, "obama3.jpg"),
        ("One", 4, "obama_partial_face.jpg"),
        ("Two", 1, "biden.jpg"),
        ("Three", 1, "collins.png"),
    ] {
        let to = folder.join(person);
        std::fs::create_dir_all(&to).unwrap();
        let ending = file.rsplit_once('.').unwrap().1;
        std::fs::copy(demo.join(file), to.join(format!("{person}_{number:04}.{ending}"))).unwrap();
    }
    folder
}

fn keys(value: &serde_json::Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn programs_read_an_object_and_people_a_table() {
    let kiosk = Kiosk::new();
    let folder = pictures(&kiosk);
    let (images, plots) = (folder.to_str().unwrap(), kiosk.scratch("plots"));
    let pairs = kiosk.scratch("pairs.txt");
    std::fs::write(&pairs, "2 1\nOne 1 2\nOne 1 Two 1\nOne 1 3\nTwo 1 Three 1\n").unwrap();
    let arguments = ["eval", "verify", "--images", images, "--pairs", pairs.to_str().unwrap()];
    let found = kiosk.ask(&[&arguments[..], &["--plots", plots.to_str().unwrap()]].concat()).assert_yes("measured");
    assert_eq!(
        keys(&found.json),
        [
            "eer",
            "failed_to_acquire",
            "fnmr_at_fmr",
            "images",
            "mated",
            "non_mated",
            "outcome",
            "pairs_accuracy",
            "pairs_accuracy_sd",
            "people"
        ]
    );
    let json = &found.json;
    assert_eq!((json["images"].as_u64(), json["people"].as_u64()), (Some(6), Some(3)));
    assert_eq!(json["pairs_accuracy"], 1.0);
    assert!(keys(&json["fnmr_at_fmr"]).is_empty(), "so few pictures tell no rate");
    for plot in ["det", "scores", "discarded"] {
        let svg = std::fs::read_to_string(plots.join(format!("{plot}.svg"))).unwrap();
        let png = std::fs::read(plots.join(format!("{plot}.png"))).unwrap();
        assert!(svg.starts_with("<svg") && png.starts_with(b"\x89PNG"));
    }
    let (exit, text, stderr) = kiosk.tell(&arguments);
    assert_eq!((exit, stderr.as_str()), (0, ""));
    assert!(text.contains("6 pictures of 3 people") && text.contains("| one picture against one |"), "{text}");
    assert!(!kiosk.data_dir.exists(), "nothing is kept that was not asked for");
}

#[test]
fn a_cache_is_for_its_owner_and_changes_no_figure() {
    let kiosk = Kiosk::new();
    let (folder, cache) = (pictures(&kiosk), kiosk.scratch("cache"));
    let arguments = [
        "eval",
        "identify",
        "--images",
        folder.to_str().unwrap(),
        "--cache",
        cache.to_str().unwrap(),
        "--threads",
        "1",
    ];
    let first = kiosk.ask(&arguments);
    let second = kiosk.ask(&arguments);
    assert_eq!((first.exit, &first.json), (second.exit, &second.json));
    let files: Vec<_> = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap()).collect();
    assert_eq!(files.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}

#[test]
fn what_cannot_be_evaluated_is_told() {
    let kiosk = Kiosk::new();
    let folder = pictures(&kiosk);
    let images = folder.to_str().unwrap();
    let refused = |arguments: &[&str], reason: &str| {
        let answer = kiosk.ask(&[&["eval"], arguments].concat());
        assert_eq!((answer.exit, answer.text("reason")), (2, reason), "{arguments:?}: {answer:?}");
    };
    refused(&["verify"], "usage");
    refused(&["verify", "--images", images, "--threads", "0"], "usage");
    refused(&["verify", "--images", "/nowhere"], "folder_unreadable");
    let empty = kiosk.scratch("empty");
    std::fs::create_dir(&empty).unwrap();
    refused(&["verify", "--images", empty.to_str().unwrap()], "no_pictures");
    let list = kiosk.scratch("list.txt");
    refused(&["verify", "--images", images, "--pairs", list.to_str().unwrap()], "file_unreadable");
    std::fs::write(&list, "One and Two\n").unwrap();
    refused(&["verify", "--images", images, "--pairs", list.to_str().unwrap()], "list_not_understood");
    refused(&["identify", "--images", images, "--ignore-pairs", list.to_str().unwrap()], "list_not_understood");
    // Attacks of a name that there is not, and pictures that lie beside the folders of species.
    let pad = ["pad", "--attacks", images, "--bonafide", images];
    let species = kiosk.ask(&[&["eval"], &pad[..], &["--species", "nope"]].concat()).assert_bad_input("usage");
    species.assert_says(&["nope", "One"]);
    kiosk.ask(&["eval", "pad", "--species", "nope"]).assert_bad_input("usage").assert_says(&["print"]);
    let inside = folder.join("One");
    refused(&["pad", "--attacks", inside.to_str().unwrap(), "--bonafide", images], "no_pictures");
    std::fs::remove_dir_all(folder.join("One")).unwrap();
    refused(&["identify", "--images", images], "nobody_to_enroll");
}

//! Wrong files, addresses and names given to the real binary: each is refused with exit code 2, a reason and
//! a message that helps, and nothing is stored.

mod common;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::people::{self, Person, biden, obama, original};
use common::{Answer, Kiosk, parsed, text};
use image::ImageFormat;

const NAME: &str = "Ana Inconfundible";
const EMAIL: &str = "ana.inconfundible@example.org";

/// A kiosk with somebody else enrolled, who must be there afterwards, alone and unchanged.
struct Guarded {
    kiosk: Kiosk,
    users: serde_json::Value,
}

impl Guarded {
    fn new() -> Self {
        let kiosk = Kiosk::with(&biden());
        let users = kiosk.ask(&["users", "list"]).json;
        Self { kiosk, users }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.kiosk.scratch(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The photo is refused at sign-in and, in each of the three places, at enrollment, where it is named.
    #[track_caller]
    fn photo_is_refused(&self, photo: &Path, reason: &str, says: &[&str]) {
        let alone = self.kiosk.login(photo).assert_bad_input(reason).assert_says(says);
        assert_says_nothing_of(&alone, photo);
        let good = obama().photos;
        for place in 0..3 {
            let mut photos = good.clone();
            photos[place] = photo.to_owned();
            let answer = self.kiosk.enroll_as(NAME, EMAIL, &photos).assert_bad_input(reason).assert_says(says);
            assert!(answer.text("message").starts_with(&format!("photo {}: ", place + 1)), "{answer:?}");
            assert_says_nothing_of(&answer, photo);
        }
        let (exit, stdout, stderr) = self.kiosk.tell(&["login", text(photo)]);
        assert!(exit == 2 && stdout.is_empty() && stderr.starts_with("mirilla: "), "{exit} {stdout:?} {stderr:?}");
        self.assert_unchanged();
    }

    #[track_caller]
    fn person_is_refused(&self, name: &str, email: &str, reason: &str, says: &[&str]) {
        let answer = self.kiosk.enroll_as(name, email, &obama().photos).assert_bad_input(reason).assert_says(says);
        for typed in [name, email].map(str::trim).into_iter().filter(|typed| typed.chars().count() > 4) {
            assert!(!answer.json.to_string().contains(typed) && !answer.stderr.contains(typed), "{answer:?}");
        }
        self.assert_unchanged();
    }

    #[track_caller]
    fn assert_unchanged(&self) {
        assert_eq!(self.kiosk.ask(&["users", "list"]).json, self.users);
    }
}

/// Neither name nor address are in the answer; the path is at the message's end, in parentheses, or nowhere.
#[track_caller]
fn assert_says_nothing_of(answer: &Answer, photo: &Path) {
    let all = format!("{} {}", answer.json, answer.stderr);
    assert!(!all.contains("Inconfundible") && !all.contains("inconfundible"), "{all}");
    let message = answer.text("message");
    let head = message.strip_suffix(&format!(" ({})", photo.display())).unwrap_or(message);
    assert!(!head.contains(text(photo)) && !answer.stderr.contains(text(photo)), "{answer:?}");
}

#[test]
fn a_missing_photo_is_refused() {
    let guarded = Guarded::new();
    let photo = guarded.kiosk.scratch("not there.jpg");
    guarded.photo_is_refused(&photo, "photo_unreadable", &["No such file"]);
}

#[test]
fn an_empty_file_is_refused() {
    let guarded = Guarded::new();
    guarded.photo_is_refused(&guarded.write("empty.jpg", b""), "photo_empty", &["empty"]);
}

#[test]
fn a_text_named_jpg_is_refused() {
    let guarded = Guarded::new();
    let photo = guarded.write("text.jpg", b"Dear diary, today I was photographed.\n");
    guarded.photo_is_refused(&photo, "photo_format_unknown", &["JPEG", "PNG", "WebP", "BMP"]);
    // Formats that are known to be pictures, but are not read.
    for head in [&b"GIF89a\x01\0\x01\0\0\0\0;"[..], b"II*\0\x08\0\0\0", b"%PDF-1.7", b"\0\0\0\x20ftypheic\0\0\0\0"] {
        let photo = guarded.write("other.jpg", head);
        guarded.kiosk.login(&photo).assert_bad_input("photo_format_unknown");
    }
}

#[test]
fn a_truncated_jpeg_is_refused() {
    let guarded = Guarded::new();
    let whole = std::fs::read(original("obama.jpg")).unwrap();
    let photo = guarded.write("cut.jpg", &whole[..whole.len() / 2]);
    guarded.photo_is_refused(&photo, "photo_damaged", &["damaged or cut short"]);
    // Cut anywhere: in the header, in the EXIF segment, early, late, by a hundred bytes, by two.
    for keep in [2, 3, 20, 600, whole.len() / 20, whole.len() * 9 / 10, whole.len() - 100, whole.len() - 2] {
        let photo = guarded.write("cut.jpg", &whole[..keep]);
        let answer = guarded.kiosk.login(&photo);
        assert_eq!(answer.exit, 2, "cut to {keep} of {} bytes: {answer:?}", whole.len());
    }
}

#[test]
fn truncated_photos_of_the_other_formats_are_refused() {
    let guarded = Guarded::new();
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp] {
        let mut whole = Cursor::new(Vec::new());
        people::open(&obama().probe).write_to(&mut whole, format).unwrap();
        let whole = whole.into_inner();
        for keep in [whole.len() / 3, whole.len() * 9 / 10] {
            let photo = guarded.write("cut", &whole[..keep]);
            guarded.kiosk.login(&photo).assert_bad_input("photo_damaged");
        }
    }
    guarded.assert_unchanged();
}

#[test]
fn a_photo_of_one_pixel_is_refused() {
    let guarded = Guarded::new();
    for name in ["one.png", "one.jpg", "one.bmp", "one.webp"] {
        let photo = guarded.kiosk.scratch(name);
        image::RgbImage::from_pixel(1, 1, image::Rgb([120, 110, 100])).save(&photo).unwrap();
        guarded.photo_is_refused(&photo, "photo_too_small", &["1x1"]);
    }
    let line = guarded.kiosk.scratch("line.png");
    image::RgbImage::new(5000, 1).save(&line).unwrap();
    guarded.photo_is_refused(&line, "photo_too_small", &["5000x1"]);
}

#[test]
fn too_many_pixels_are_refused_at_once_and_in_little_memory() {
    let guarded = Guarded::new();
    let photo = guarded.kiosk.scratch("huge.png");
    // A valid PNG of 400 megapixels, all black: 1.2 GB when decoded, little on the disk.
    write_black_png(&photo, 20_000, 20_000);
    assert!(std::fs::metadata(&photo).unwrap().len() < 500_000);
    guarded.photo_is_refused(&photo, "photo_too_large", &["20000x20000", "50 megapixels"]);
    let took = guarded.kiosk.login(&photo).took;
    assert!(took < Duration::from_secs(2), "{took:?} for a photo that need not be decoded");
    let limited = in_little_memory(&guarded.kiosk, 1000, &photo);
    limited.assert_bad_input("photo_too_large");
    guarded.assert_unchanged();
}

#[test]
fn a_photo_of_the_greatest_size_is_looked_at() {
    let kiosk = Kiosk::new();
    let photo = kiosk.scratch("large.png");
    write_black_png(&photo, 10_000, 5_000);
    assert_eq!(kiosk.login(&photo).exit, 1, "it was looked at: nobody is there, and it is dark");
    write_black_png(&photo, 10_000, 5_001);
    kiosk.login(&photo).assert_bad_input("photo_too_large");
}

#[test]
#[cfg(unix)]
fn a_device_without_end_does_not_fill_the_memory() {
    let kiosk = Kiosk::new();
    // Its size is 0 to the file system. 4 GB of address space leave room for all that may be read.
    let answer = in_little_memory(&kiosk, 4000, Path::new("/dev/zero"));
    assert_eq!(answer.exit, 2, "{answer:?}");
    assert!(!answer.text("message").contains("out of memory"), "it was read until the memory was full: {answer:?}");
}

#[test]
fn a_folder_is_refused() {
    let guarded = Guarded::new();
    let folder = guarded.kiosk.scratch("folder.jpg");
    std::fs::create_dir(&folder).unwrap();
    guarded.photo_is_refused(&folder, "photo_is_folder", &["folder"]);
}

#[test]
fn another_number_of_photos_than_three_is_refused() {
    let guarded = Guarded::new();
    let [a, b, c] = obama().photos;
    let all = [a, b, c, obama().probe];
    for count in [0, 1, 2, 4] {
        let answer = guarded.kiosk.enroll_as(NAME, EMAIL, &all[..count]).assert_bad_input("usage");
        let message = answer.text("message");
        assert!(message.contains('3') || message.contains("<PHOTO> <PHOTO> <PHOTO>"), "{count} photos: {answer:?}");
        assert!(!answer.json.to_string().contains("nconfundible") && !message.contains(text(&all[0])), "{answer:?}");
    }
    guarded.kiosk.ask(&["login"]).assert_bad_input("usage");
    guarded.kiosk.ask(&["login", text(&all[0]), text(&all[1])]).assert_bad_input("usage");
    guarded.assert_unchanged();
}

#[test]
fn malformed_addresses_are_refused() {
    let guarded = Guarded::new();
    let malformed = [
        "ana.inconfundible",
        "ana.inconfundible@",
        "@inconfundible.org",
        "ana inconfundible@example.org",
        "ana@inconfundible",
        "ana@@inconfundible.org",
        "Ana <ana@inconfundible.org>",
        "ana@inconfundible..org",
        "ana\n@inconfundible.org",
        "ana@inconfundible.org\u{1b}[2J",
        "ana@inconfundible.org,joe@example.org",
    ];
    for email in malformed {
        guarded.person_is_refused(NAME, email, "email_invalid", &["somebody@example.org"]);
        guarded.kiosk.ask(&["users", "show", email]).assert_bad_input("email_invalid");
        guarded.kiosk.ask(&["users", "remove", email]).assert_bad_input("email_invalid");
    }
    for email in ["", "  "] {
        guarded.person_is_refused(NAME, email, "email_invalid", &["empty"]);
    }
}

#[test]
fn an_address_of_a_thousand_characters_is_refused() {
    let guarded = Guarded::new();
    for email in [format!("{}@example.org", "a".repeat(988)), format!("ana@{}.org", "b".repeat(992)), "a".repeat(1000)]
    {
        assert_eq!(email.len(), 1000);
        guarded.person_is_refused(NAME, &email, "email_invalid", &["1000", "254"]);
    }
}

#[test]
fn empty_and_control_character_names_are_refused() {
    let guarded = Guarded::new();
    for name in ["", " ", "\t \u{3000}"] {
        guarded.person_is_refused(name, EMAIL, "name_invalid", &["write the name"]);
    }
    for name in ["Ana\nInconfundible", "Ana\u{1b}[31m", "Ana\rX", "An\u{7f}a", "An\u{85}a", "\u{202e}anA", "A\u{2028}B"]
    {
        guarded.person_is_refused(name, EMAIL, "name_invalid", &["control character"]);
    }
    guarded.person_is_refused(&"ñ".repeat(101), EMAIL, "name_invalid", &["101", "100"]);
}

#[test]
fn a_name_that_nobody_can_see_is_refused() {
    let guarded = Guarded::new();
    for name in ["\u{200b}", "\u{feff}", "\u{2060}\u{200d}", "\u{ad}", "\u{3164}"] {
        guarded.person_is_refused(name, EMAIL, "name_invalid", &["name"]);
    }
}

#[test]
fn what_is_wrong_is_told_before_anything_is_made() {
    let kiosk = Kiosk::new();
    let nobody = Person { name: "", ..obama() };
    kiosk.enroll(&nobody).assert_bad_input("name_invalid");
    kiosk.enroll(&Person { email: "x", ..obama() }).assert_bad_input("email_invalid");
    kiosk.login(&kiosk.scratch("none.jpg")).assert_bad_input("photo_unreadable");
    assert!(!kiosk.data_dir.exists(), "a data directory was made for nothing");
}

/// Runs `login` with so many megabytes of address space.
fn in_little_memory(kiosk: &Kiosk, megabytes: u32, photo: &Path) -> Answer {
    let script = format!("ulimit -v {} && exec \"$@\"", megabytes * 1024);
    let arguments =
        [&script, "sh", common::BINARY, "login", "--json", "--data-dir", text(&kiosk.data_dir), text(photo)];
    let output = common::try_program("sh", &[&["-c"], &arguments[..]].concat()).unwrap();
    parsed(&output, Duration::ZERO)
}

/// A valid PNG of one bit a pixel, all black. Written by hand: an encoder would want all pixels in memory.
fn write_black_png(path: &Path, width: u32, height: u32) {
    let zeros = (1 + width.div_ceil(8)) * height;
    // One block of fixed Huffman codes (RFC 1951, 3.2.6): a zero, then "258 times what is one back", and an end.
    let mut bits = vec![true, true, false];
    let mut code = |value: u32, length: u32| bits.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    code(0b0011_0000, 8);
    for _ in 0..(zeros - 1) / 258 {
        code(0b1100_0101, 8);
        code(0, 5);
    }
    for _ in 0..(zeros - 1) % 258 {
        code(0b0011_0000, 8);
    }
    code(0, 7);
    let byte = |bits: &[bool]| bits.iter().rev().fold(0u8, |byte, bit| byte << 1 | u8::from(*bit));
    let mut zlib = vec![0x78, 0x01];
    bits.resize(bits.len().next_multiple_of(8), false);
    zlib.extend(bits.chunks(8).map(byte));
    zlib.extend_from_slice(&((zeros % 65_521) << 16 | 1).to_be_bytes());

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    for (kind, body) in [(b"IHDR", &header), (b"IDAT", &zlib), (b"IEND", &vec![])] {
        let checked = [&kind[..], body].concat();
        file.extend_from_slice(&(body.len() as u32).to_be_bytes());
        file.extend_from_slice(&checked);
        file.extend_from_slice(&crc32(&checked).to_be_bytes());
    }
    std::fs::write(path, file).unwrap();
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

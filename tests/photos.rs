//! Photos of every format, orientation and quality through the real binary: those that show a face well are
//! recognized, the others are declined with the reason that helps.

mod common;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use common::people::{self, biden, collins, obama, original, pixels};
use common::{Kiosk, text};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};

/// Saves a picture in the kiosk's scratch folder; the format is that of the name.
fn saved(kiosk: &Kiosk, name: &str, picture: &RgbImage) -> PathBuf {
    let path = kiosk.scratch(name);
    picture.save(&path).unwrap();
    path
}

/// A JPEG whose EXIF segment asks for this orientation (1 to 8), in either byte order.
fn jpeg_with_orientation(picture: &RgbImage, orientation: u8, little_endian: bool) -> Vec<u8> {
    let mut plain = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture.clone()).write_to(&mut plain, ImageFormat::Jpeg).unwrap();
    let plain = plain.into_inner();
    let (head, entry) = if little_endian {
        (*b"II\x2A\0\x08\0\0\0\x01\0", [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0])
    } else {
        (*b"MM\0\x2A\0\0\0\x08\0\x01", [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0])
    };
    [&plain[..2], b"\xFF\xE1\0\x22Exif\0\0", &head, &entry, &plain[2..]].concat()
}

#[test]
fn every_format_is_recognized() {
    let kiosk = Kiosk::with(&obama());
    let picture = people::open(&obama().probe);
    for name in ["a.jpg", "a.png", "a.webp", "a.bmp"] {
        let path = saved(&kiosk, name, &picture);
        kiosk.login(&path).assert_yes("recognized");
        // The content tells the format, not the name.
        let misnamed = kiosk.scratch("misnamed.jpeg");
        std::fs::copy(&path, &misnamed).unwrap();
        kiosk.login(&misnamed).assert_yes("recognized");
    }
}

#[test]
fn kinds_of_pixels_that_cameras_and_editors_write_are_recognized() {
    let kiosk = Kiosk::with(&obama());
    let picture = DynamicImage::ImageRgb8(people::open(&obama().probe));
    let kinds = [
        ("rgba.png", DynamicImage::ImageRgba8(picture.to_rgba8())),
        ("rgb16.png", DynamicImage::ImageRgb16(picture.to_rgb16())),
        ("rgba16.png", DynamicImage::ImageRgba16(picture.to_rgba16())),
        ("rgba.webp", DynamicImage::ImageRgba8(picture.to_rgba8())),
        ("grey.png", DynamicImage::ImageLuma8(picture.to_luma8())),
        ("grey.jpg", DynamicImage::ImageLuma8(picture.to_luma8())),
    ];
    for (name, picture) in kinds {
        let path = kiosk.scratch(name);
        picture.save(&path).unwrap();
        let login = kiosk.login(&path);
        assert_eq!(login.text("outcome"), "recognized", "{name}: {login:?}");
    }
}

#[test]
fn a_jpeg_that_lies_on_its_side_is_turned_as_its_exif_says() {
    let kiosk = Kiosk::with(&obama());
    let upright = people::open(&obama().probe);
    let upright_score = kiosk.login(&obama().probe).json["score"].as_f64().unwrap();
    // How the pixels lie when the camera was held so that the viewer has to turn or mirror them back.
    type Lay = fn(&RgbImage) -> RgbImage;
    let stored: [(u8, Lay); 7] = [
        (2, imageops::flip_horizontal),
        (3, imageops::rotate180),
        (4, imageops::flip_vertical),
        (5, |p| imageops::flip_horizontal(&imageops::rotate90(p))),
        (6, imageops::rotate270),
        (7, |p| imageops::flip_horizontal(&imageops::rotate270(p))),
        (8, imageops::rotate90),
    ];
    for (orientation, lay) in stored {
        for little_endian in [false, true] {
            let path = kiosk.scratch("turned.jpg");
            std::fs::write(&path, jpeg_with_orientation(&lay(&upright), orientation, little_endian)).unwrap();
            let login = kiosk.login(&path);
            let score = login.json["score"].as_f64().unwrap_or(0.0);
            // The score of the upright picture, but for what JPEG loses: turned to any other side it is far lower.
            assert!(
                (score - upright_score).abs() < 0.03,
                "orientation {orientation}: {upright_score} became {login:?}"
            );
        }
    }
}

#[test]
fn an_orientation_that_does_not_exist_is_passed_over() {
    let kiosk = Kiosk::with(&obama());
    let upright = people::open(&obama().probe);
    for orientation in [0, 1, 9, 255] {
        let path = kiosk.scratch("odd.jpg");
        std::fs::write(&path, jpeg_with_orientation(&upright, orientation, true)).unwrap();
        kiosk.login(&path).assert_yes("recognized");
    }
}

#[test]
fn a_picture_given_twice_is_told_from_three_pictures() {
    let kiosk = Kiosk::new();
    let [a, b, _] = obama().photos;
    kiosk.enroll_as("Ana", "ana@example.org", &[a.clone(), a.clone(), b.clone()]).assert_no("same_picture");
    kiosk.enroll_as("Ana", "ana@example.org", &[a.clone(), b.clone(), a.clone()]).assert_no("same_picture");
    // The same pixels in another file are the same picture.
    let copy = saved(&kiosk, "copy.bmp", &people::open(&a));
    kiosk.enroll_as("Ana", "ana@example.org", &[a, b, copy]).assert_no("same_picture");
    assert!(kiosk.emails().is_empty());
}

#[test]
fn two_people_do_not_enroll_as_one() {
    let kiosk = Kiosk::new();
    let ([a, b, _], [other, ..]) = (obama().photos, biden().photos);
    for photos in [[&other, &a, &b], [&a, &other, &b], [&a, &b, &other], [&a, &b, &collins().photos[0]]] {
        kiosk.enroll_as("Ana", "ana@example.org", &photos.map(Clone::clone)).assert_no("not_one_person");
    }
    assert!(kiosk.emails().is_empty());
}

/// Whatever the reason, it is given for sign-in and for enrollment, where the photo is named, and nothing is
/// stored.
#[track_caller]
fn declined(kiosk: &Kiosk, photo: &Path, reason: &str) {
    let login = kiosk.login(photo).assert_no(reason);
    assert!(login.json.get("token").is_none() && login.json["threshold"].is_number(), "{login:?}");
    let [a, b, _] = obama().photos;
    let arguments = ["enroll", "--name", "Ana Díaz", "--email", "ana@example.org", text(&a), text(photo), text(&b)];
    let enrollment = kiosk.ask(&arguments).assert_no(reason);
    assert_eq!(enrollment.json["photo"], 2, "which photo it is: {enrollment:?}");
    let (exit, stdout, _) = kiosk.tell(&arguments);
    assert!(exit == 1 && stdout.starts_with("Declined, photo 2: "), "{stdout}");
    for found in [&enrollment.json.to_string(), &stdout] {
        assert!(!found.contains("Ana") && !found.contains("example.org") && !found.contains(text(photo)), "{found}");
    }
    assert!(kiosk.emails().is_empty());
}

#[test]
fn two_people_side_by_side_are_several_faces() {
    let kiosk = Kiosk::new();
    let both = people::side_by_side(&obama().probe, &biden().probe);
    declined(&kiosk, &saved(&kiosk, "both.png", &both), "several_faces");
}

#[test]
fn a_much_smaller_second_person_in_the_background_does_not_count() {
    let kiosk = Kiosk::with(&obama());
    let mut picture = people::open(&obama().probe);
    let far_away = imageops::thumbnail(&people::open(&biden().probe), 110, 110);
    imageops::replace(&mut picture, &far_away, 0, 0);
    kiosk.login(&saved(&kiosk, "background.png", &picture)).assert_yes("recognized");
}

#[test]
fn a_picture_of_nobody_has_no_face() {
    let kiosk = Kiosk::new();
    declined(&kiosk, &saved(&kiosk, "nobody.png", &people::nobody()), "no_face");
    let small = RgbImage::from_pixel(20, 20, Rgb([120, 110, 100]));
    declined(&kiosk, &saved(&kiosk, "small.png", &small), "no_face");
    let line = RgbImage::from_pixel(5000, 20, Rgb([120, 110, 100]));
    declined(&kiosk, &saved(&kiosk, "line.png", &line), "no_face");
}

fn changed(picture: &RgbImage, change: impl Fn(u8) -> f32) -> RgbImage {
    let mut picture = picture.clone();
    picture.pixels_mut().for_each(|Rgb(pixel)| *pixel = pixel.map(|value| change(value).clamp(0.0, 255.0) as u8));
    picture
}

#[test]
fn a_face_in_the_dark_is_too_dark() {
    let kiosk = Kiosk::new();
    for light in [0.2, 0.1, 0.05] {
        let dark = changed(&pixels("obama.jpg"), |value| f32::from(value) * light);
        declined(&kiosk, &saved(&kiosk, "dark.jpg", &dark), "too_dark");
    }
}

#[test]
fn an_overexposed_face_is_too_bright() {
    let kiosk = Kiosk::new();
    // Three stops more light.
    let bright = changed(&pixels("obama.jpg"), |value| f32::from(value) * 4.0);
    declined(&kiosk, &saved(&kiosk, "bright.jpg", &bright), "too_bright");
}

#[test]
fn a_face_out_of_focus_is_too_blurred() {
    let kiosk = Kiosk::new();
    let blurred = imageops::blur(&pixels("obama.jpg"), 12.0);
    declined(&kiosk, &saved(&kiosk, "blurred.jpg", &blurred), "too_blurred");
}

#[test]
fn a_face_far_away_is_too_small() {
    let kiosk = Kiosk::new();
    // The portrait's face is 240 px wide; a tenth of it stands in a picture as large as the portrait was.
    let portrait = pixels("obama.jpg");
    let (width, height) = portrait.dimensions();
    let far = imageops::resize(&portrait, width / 10, height / 10, imageops::FilterType::CatmullRom);
    let mut room = RgbImage::from_pixel(640, 480, Rgb([150, 150, 145]));
    imageops::replace(&mut room, &far, 280, 180);
    declined(&kiosk, &saved(&kiosk, "far.png", &room), "face_too_small");
}

#[test]
fn a_face_cut_by_the_edge_is_cut_off() {
    let kiosk = Kiosk::new();
    declined(&kiosk, &original("obama_partial_face.jpg"), "face_cut_off");
    // The face of obama.jpg reaches from x = 370 to 610 and from y = 90 to 420; the eyes are at y = 214.
    let portrait = pixels("obama.jpg");
    let cuts = [("side.jpg", (0, 0, 540, 1000)), ("low.jpg", (100, 0, 800, 300)), ("high.jpg", (100, 220, 800, 700))];
    for (name, (x, y, width, height)) in cuts {
        let part = imageops::crop_imm(&portrait, x, y, width, height).to_image();
        declined(&kiosk, &saved(&kiosk, name, &part), "face_cut_off");
    }
}

#[test]
fn one_bad_photo_of_three_is_named_and_the_good_ones_are_not_stored() {
    let kiosk = Kiosk::with(&biden());
    let before = kiosk.ask(&["users", "list"]).json;
    let [a, b, _] = obama().photos;
    let bad = saved(&kiosk, "nobody.png", &people::nobody());
    for (place, photos) in [[&bad, &a, &b], [&a, &bad, &b], [&a, &b, &bad]].into_iter().enumerate() {
        let answer = kiosk.enroll_as("Ana", "ana@example.org", &photos.map(Clone::clone)).assert_no("no_face");
        assert_eq!(answer.json["photo"], place + 1);
    }
    assert_eq!(kiosk.ask(&["users", "list"]).json, before);
    kiosk.login(&obama().probe).assert_no("not_recognized");
}

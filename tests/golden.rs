//! The networks and the alignment against onnxruntime and OpenCV, on real photographs.
//! `tests/golden/make_golden.py` made the numbers.

use std::path::PathBuf;

use mirilla::biometrics::{alignment, detection};
use mirilla::camera::{Frame, photo};
use mirilla::geometry::Point;
use mirilla::models::kernels::Path;
use mirilla::models::{FaceMesh, Iris, SFace, YuNet};
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn cases<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let cases: Vec<T> = serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap();
    assert!(cases.len() >= 5, "{name} holds only {} cases", cases.len());
    cases
}

fn picture(name: &str) -> Frame {
    photo::read(&golden(name)).unwrap()
}

#[derive(Deserialize)]
struct Picture {
    image: String,
    faces: Vec<KnownFace>,
}

#[derive(Deserialize)]
struct KnownFace {
    score: f32,
    #[serde(rename = "box")]
    bounds: [f32; 4],
    points: [[f32; 2]; 5],
}

#[test]
fn yunet_finds_the_same_faces_as_onnxruntime_on_every_path() {
    Path::available().map(yunet_finds_the_same_faces).for_each(|told| println!("{told}"));
}

fn yunet_finds_the_same_faces(path: Path) -> String {
    let network = YuNet::load_for(path).unwrap();
    let (mut faces, mut empty, mut worst) = (0, 0, 0.0f32);
    for case in cases::<Picture>("yunet.json") {
        let frame = picture(&case.image);
        let found = network.candidates(frame.rgb(), frame.width() as usize, frame.height() as usize, 0.6).unwrap();
        let found = detection::distinct(&found);
        assert_eq!(found.len(), case.faces.len(), "faces in {}", case.image);
        empty += usize::from(found.is_empty());
        for (found, known) in found.iter().zip(&case.faces) {
            let off = found.bounds.iter().zip(&known.bounds).map(|(a, b)| (a - b).abs());
            let points =
                found.points.as_flattened().iter().zip(known.points.as_flattened()).map(|(a, b)| (a - b).abs());
            worst = off.chain(points).fold(worst, f32::max);
            assert!(worst < 0.01, "{}: {worst} px off", case.image);
            assert!(
                (found.score - known.score).abs() < 1e-4,
                "{}: score {} for {}",
                case.image,
                found.score,
                known.score
            );
            faces += 1;
        }
    }
    assert!(faces >= 12 && empty >= 1, "{faces} faces, {empty} pictures without");
    format!("{path}: {faces} faces, the worst coordinate {worst} px off")
}

#[derive(Deserialize)]
struct Aligned {
    image: String,
    points: [[f32; 2]; 5],
    crop: String,
}

#[test]
fn alignment_cuts_the_same_crop_as_opencv() {
    for case in cases::<Aligned>("alignment.json") {
        let sample = alignment::warp(&picture(&case.image), &case.points.map(|[x, y]| Point::new(x, y))).unwrap();
        let crop = picture(&case.crop);
        let off = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b));
        let worst = sample.rgb().iter().zip(crop.rgb()).map(off).max().unwrap();
        let sum: u32 = sample.rgb().iter().zip(crop.rgb()).map(off).sum();
        // OpenCV rounds the position to 1/32 pixel: where neighbours differ much, a grey level or two.
        assert!(worst <= 2, "{}: {worst} grey levels off", case.crop);
        assert!(f64::from(sum) / (sample.rgb().len() as f64) < 0.05, "{}: {sum} grey levels in all", case.crop);
    }
}

#[derive(Deserialize)]
struct Embedded {
    crop: String,
    embedding: Vec<f32>,
}

#[test]
fn sface_gives_the_same_embeddings_as_onnxruntime_on_every_path() {
    Path::available().map(sface_gives_the_same_embeddings).for_each(|told| println!("{told}"));
}

fn sface_gives_the_same_embeddings(path: Path) -> String {
    let network = SFace::load_for(path).unwrap();
    let mut worst = 1.0f64;
    for case in cases::<Embedded>("sface.json") {
        let found = network.embed(picture(&case.crop).rgb()).unwrap();
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let cosine =
            dot(&found, &case.embedding) / (dot(&found, &found) * dot(&case.embedding, &case.embedding)).sqrt();
        worst = worst.min(cosine);
        // In eight bits about a thousandth of the direction is lost.
        let least = if path.vnni().is_some() { 0.998 } else { 0.99999 };
        assert!(cosine >= least, "{path}, {}: cosine {cosine}", case.crop);
        let scale = (dot(&found, &found) / dot(&case.embedding, &case.embedding)).sqrt();
        let most = if path.vnni().is_some() { 0.02 } else { 1e-3 };
        assert!((scale - 1.0).abs() < most, "{path}, {}: {scale} times as long", case.crop);
    }
    format!("{path}: the worst cosine is {worst:.9}")
}

#[derive(Deserialize)]
struct Placed {
    crop: String,
    score: Option<f32>,
    points: Vec<f32>,
}

/// The greatest distance along an axis, in pixels of the crop.
fn worst(found: &[[f32; 3]], known: &[f32]) -> f32 {
    assert_eq!(found.len() * 3, known.len());
    found.as_flattened().iter().zip(known).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_face_mesh_lies_where_the_tflite_interpreter_places_it_on_every_path() {
    for path in Path::available() {
        let network = FaceMesh::load_for(path).unwrap();
        for case in cases::<Placed>("face_mesh.json") {
            let found = network.find(picture(&case.crop).rgb()).unwrap();
            let off = worst(&found.points, &case.points);
            assert!(off < 0.01, "{path}, {}: {off} px off", case.crop);
            assert!((found.score - case.score.unwrap()).abs() < 1e-4, "{path}, {}: {found:?}", case.crop);
        }
        assert!(network.find(picture("crops/obama_333.png").rgb()).is_err());
        assert!(network.find(&[90; 192 * 192 * 3]).unwrap().score < 0.5, "{path}: a face in plain grey");
    }
}

#[test]
fn the_eyes_contour_lies_where_the_tflite_interpreter_places_it_on_every_path() {
    for path in Path::available() {
        let network = Iris::load_for(path).unwrap();
        for case in cases::<Placed>("iris.json") {
            let off = worst(&network.contour(picture(&case.crop).rgb()).unwrap(), &case.points);
            assert!(off < 0.01, "{path}, {}: {off} px off", case.crop);
        }
        assert!(network.contour(&[]).is_err());
    }
}

#[test]
fn a_picture_of_another_size_is_an_error_and_no_crash() {
    assert!(SFace::load().unwrap().embed(&[0; 7]).is_err());
    let network = YuNet::load().unwrap();
    assert!(network.candidates(&[], 0, 0, 0.6).is_err());
    assert!(network.candidates(&[0; 12], 2, 3, 0.6).is_err());
    assert!(network.candidates(&[0; 3], 1, 1, 0.6).unwrap().is_empty());
}

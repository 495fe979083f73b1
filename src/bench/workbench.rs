//! Everything that a stage needs, made once, and the stages themselves.

use std::hint::black_box;

use uuid::Uuid;

use super::picture::{self, Studio};
use super::{BenchError, Stage};
use crate::biometrics::alignment::{Sample, align};
use crate::biometrics::detection::Detector;
use crate::biometrics::liveness::{Detail, Look, Looking, Watcher};
use crate::biometrics::{Embedding, Gallery, Pipeline, QualityLimits, Template, UserId};
use crate::camera::Frame;
use crate::demo;
use crate::geometry::Point;
use crate::models::sface::EMBEDDING_SIZE;
use crate::models::{FaceMesh, Iris, SFace, YuNet, face_mesh, iris};
use crate::session::{Capture, Decision, Policy, identification};

/// Candidates are decoded at the score that the kiosk asks for.
const MIN_SCORE: f32 = 0.7;
/// By so many pixels a face moves from one frame to the next while it is watched.
const MOVED: u32 = 24;
/// A search is made with each of so many probes in turn.
const PROBES: u64 = 16;

/// The networks, the pictures, and a gallery that grows.
pub struct Workbench {
    pipeline: Pipeline,
    /// Parts of a pipeline of their own, to be measured without the others.
    finder: Detector,
    watcher: Watcher,
    detector: YuNet,
    embedder: SFace,
    mesh: FaceMesh,
    iris: Iris,
    studio: Studio,
    frame: Frame,
    /// The same a little further to the side: what surrounds a face is compared where it has moved.
    moved: Frame,
    is_moved: bool,
    jpeg: Vec<u8>,
    landmarks: [Point; 5],
    crop: Sample,
    small: Frame,
    square: Frame,
    gallery: Gallery,
    probes: Vec<Embedding>,
    next_probe: usize,
    policy: Policy,
}

impl Workbench {
    /// Loads the networks and takes the pictures. One person is enrolled, from another photograph than the one that
    /// stands before the camera.
    ///
    /// # Errors
    /// [`BenchError`] when a network or a bundled portrait is broken.
    pub fn load() -> Result<Self, BenchError> {
        let mut pipeline = Pipeline::load(QualityLimits::default())?;
        let studio = Studio::open(&mut pipeline)?;
        let frame = studio.one(picture::FRAME_SIZE.0)?;
        let faces = pipeline.detect(&frame)?;
        let [face] = faces[..] else { return Err(BenchError::Unexpected { expected: "one face" }) };
        let crop = align(&frame, &face.landmarks).ok_or(BenchError::Unexpected { expected: "five points" })?;
        let enrolled = embedding(&mut pipeline, &demo::OBAMA_LATER.shot()?.photo)?;
        let mut gallery = Gallery::default();
        if let Some(template) = Template::fuse([&enrolled]) {
            gallery.add(user(0), &template);
        }
        Ok(Self {
            finder: Detector::load()?,
            watcher: Watcher::default(),
            detector: YuNet::load()?,
            embedder: SFace::load()?,
            mesh: FaceMesh::load()?,
            iris: Iris::load()?,
            jpeg: picture::jpeg(&frame)?,
            small: picture::middle(&frame, 320, 192)?,
            square: picture::middle(&frame, 640, 640)?,
            moved: picture::moved(&frame, MOVED)?,
            is_moved: false,
            landmarks: face.landmarks,
            probes: (0..PROBES).filter_map(|number| synthetic(u64::MAX - number)).collect(),
            next_probe: 0,
            policy: Policy::default(),
            pipeline,
            studio,
            frame,
            crop,
            gallery,
        })
    }

    /// Enrolls synthetic people (random directions) until there are at least so many references.
    pub fn enroll(&mut self, references: usize) {
        while self.gallery.len() < references {
            let number = self.gallery.len() as u64;
            // A direction always comes of it: the numbers are never all zero.
            if let Some(template) = synthetic(number).and_then(|embedding| Template::fuse([&embedding])) {
                self.gallery.add(user(number), &template);
            }
        }
    }

    /// Runs a stage once. The caller has enrolled [`Stage::references`].
    ///
    /// # Errors
    /// [`BenchError`] when it cannot run, or finds something else than it should.
    pub fn run(&mut self, stage: Stage) -> Result<(), BenchError> {
        match stage {
            Stage::Detect320x192 => detect(&mut self.detector, &self.small),
            Stage::Detect640x640 => detect(&mut self.detector, &self.square),
            Stage::Align => {
                black_box(align(&self.frame, &self.landmarks));
                Ok(())
            }
            Stage::Embed => {
                black_box(self.embedder.embed(self.crop.rgb())?);
                Ok(())
            }
            // What a crop shows does not change how long a network takes.
            Stage::FaceMesh => {
                black_box(self.mesh.find(&[90; 3 * face_mesh::CROP_SIZE * face_mesh::CROP_SIZE])?);
                Ok(())
            }
            Stage::Iris => {
                black_box(self.iris.contour(&[90; 3 * iris::CROP_SIZE * iris::CROP_SIZE])?);
                Ok(())
            }
            Stage::Frame720pToEmbedding => {
                black_box(embedding(&mut self.pipeline, &self.frame)?);
                Ok(())
            }
            Stage::Frame720pPassive => self.watch(Detail::Passive),
            Stage::Frame720pActive => self.watch(Detail::Active),
            Stage::Frame720pLiveness => self.look(),
            Stage::Mjpeg720pToDecision => self.decide(),
            Stage::Identify10k | Stage::Identify100k | Stage::Identify1m => {
                self.search();
                Ok(())
            }
        }
    }

    /// A search with the next probe, a direction that nobody enrolled has.
    pub fn search(&mut self) {
        if let Some(probe) = self.probes.get(self.next_probe) {
            black_box(self.gallery.search(probe));
        }
        self.next_probe = (self.next_probe + 1) % self.probes.len().max(1);
    }

    /// The embedding of the one person in a frame.
    ///
    /// # Errors
    /// [`BenchError`] when there is nobody, or several, or the networks cannot run.
    pub fn embedding(&mut self, frame: &Frame) -> Result<Embedding, BenchError> {
        embedding(&mut self.pipeline, frame)
    }

    /// Finds, aligns and embeds all faces of a frame; returns how many.
    ///
    /// # Errors
    /// [`BenchError`] when the networks cannot run.
    pub fn embed_all(&mut self, frame: &Frame) -> Result<usize, BenchError> {
        let faces = self.pipeline.detect(frame)?;
        for face in &faces {
            if let Some(sample) = align(frame, &face.landmarks) {
                black_box(self.pipeline.embed(&sample)?);
            }
        }
        Ok(faces.len())
    }

    /// Takes further pictures.
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// The frame that is measured with: 1280x720, one face of about 260 pixels.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The same as a webcam sends it.
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }

    /// Its middle in 320x192 pixels.
    pub fn small(&self) -> &Frame {
        &self.small
    }

    /// Its middle in 640x640 pixels.
    pub fn square(&self) -> &Frame {
        &self.square
    }

    /// Its face, aligned.
    pub fn crop(&self) -> &Sample {
        &self.crop
    }

    /// Of two frames the one whose face has moved since the other.
    fn next_frame(&mut self) -> Frame {
        self.is_moved = !self.is_moved;
        if self.is_moved { self.moved.clone() } else { self.frame.clone() }
    }

    /// A frame with all that is looked for in it.
    fn watch(&mut self, detail: Detail) -> Result<(), BenchError> {
        let frame = self.next_frame();
        let looking = Looking { detail, since: frame.captured_at() };
        let seen = self.pipeline.observe(&frame, Some(looking))?;
        black_box(&seen);
        whole(seen.life.as_ref().map(|life| &life.look), detail)
    }

    /// The same in a challenge, without alignment and embedding.
    fn look(&mut self) -> Result<(), BenchError> {
        let frame = self.next_frame();
        let looking = Looking { detail: Detail::Active, since: frame.captured_at() };
        let faces = self.finder.detect(&frame)?;
        let look = self.watcher.look(&frame, faces.first(), looking)?;
        black_box(&look);
        whole(look.as_ref(), looking.detail)
    }

    fn decide(&mut self) -> Result<(), BenchError> {
        let frame = Frame::from_mjpeg(&self.jpeg, self.frame.width(), self.frame.height(), self.frame.captured_at())?;
        let probe = embedding(&mut self.pipeline, &frame)?;
        let (best, runner_up) = self.gallery.search(&probe);
        match identification::decide(best, runner_up, self.gallery.len(), &self.policy) {
            Decision::Recognized { best, .. } if best.user == user(0) => Ok(()),
            _ => Err(BenchError::Unexpected { expected: "the person who is enrolled" }),
        }
    }
}

fn detect(detector: &mut YuNet, picture: &Frame) -> Result<(), BenchError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if detector.candidates(picture.rgb(), width, height, MIN_SCORE)?.is_empty() {
        return Err(BenchError::Unexpected { expected: "a face" });
    }
    Ok(())
}

fn embedding(pipeline: &mut Pipeline, frame: &Frame) -> Result<Embedding, BenchError> {
    let observation = pipeline.observe(frame, None)?;
    match Capture::from_observation(&observation) {
        Ok(capture) => Ok(capture.embedding),
        Err(_) => Err(BenchError::Unexpected { expected: "one face that is good enough" }),
    }
}

/// Fails where a look has not seen all that was looked for: then less was measured.
fn whole(look: Option<&Look>, detail: Detail) -> Result<(), BenchError> {
    let is_whole = look.is_some_and(|look| detail == Detail::Passive || (look.nose.is_some() && look.lids.is_some()));
    if is_whole { Ok(()) } else { Err(BenchError::Unexpected { expected: "all that is looked for in a face" }) }
}

fn user(number: u64) -> UserId {
    UserId(Uuid::from_u128(u128::from(number)))
}

/// A made-up person: a direction that depends on the number alone. Each coordinate is the sum of four evenly spread numbers, which is
/// close enough to a normal distribution for all directions to be about as likely.
///
/// Always `Some`, as far as anybody knows: `None` would need 128 numbers that are all zero.
pub fn synthetic(number: u64) -> Option<Embedding> {
    // Another factor than the generator's own step, or one person's numbers were the next one's, moved by one.
    let mut state = number.wrapping_add(1).wrapping_mul(0xD134_2543_DE82_EF95);
    Embedding::normalized(std::array::from_fn::<f32, EMBEDDING_SIZE, _>(|_| {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (0..4).map(|part| ((z >> (16 * part)) & 0xFFFF) as f32 - 32767.5).sum()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_show_the_faces_that_they_should() {
        let mut bench = Workbench::load().unwrap();
        let face = bench.pipeline.detect(&bench.frame.clone()).unwrap()[0];
        assert!((230.0..290.0).contains(&face.bounds.width), "a face of {} px", face.bounds.width);
        for count in [0, 1, 2, 4, Studio::MOST] {
            let crowd = bench.studio.crowd(count).unwrap();
            assert_eq!(bench.embed_all(&crowd).unwrap(), count, "faces found");
        }
        for width in [320, 640, 960, 1280, 1920] {
            let frame = bench.studio.one(width).unwrap();
            assert_eq!((frame.width(), frame.height()), (width, width * 9 / 16));
            bench.embedding(&frame).unwrap();
        }
        bench.enroll(10_000);
        for stage in [Stage::Detect320x192, Stage::Detect640x640, Stage::Mjpeg720pToDecision] {
            bench.run(stage).unwrap();
        }
    }

    #[test]
    fn synthetic_people_differ_and_lie_in_all_directions() {
        let people: Vec<Embedding> = (0..200).filter_map(synthetic).collect();
        let mean = |axis: usize| people.iter().map(|person| person.values()[axis]).sum::<f32>() / 200.0;
        assert!((0..EMBEDDING_SIZE).all(|axis| mean(axis).abs() < 0.03));
        for (i, one) in people.iter().enumerate() {
            for other in &people[..i] {
                assert!(crate::biometrics::comparison::compare(one, other).0 < 0.6);
            }
        }
    }
}

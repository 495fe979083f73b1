//! Webcams on Windows and macOS, through nokhwa.
//!
//! Hardened against what is known of nokhwa 0.10: pictures are decoded here and not by it (its decoder panics on a
//! damaged one); the format is asked for by name (its own choice fails on a rate that it does not know); a reader that
//! blocks for ever is left behind by the thread that watches it (`worker/watch.rs`).

use std::time::Duration;

use nokhwa::utils::{ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};
use nokhwa::{Camera, NokhwaError, nokhwa_check, nokhwa_initialize, query};

use super::format::{Choice, in_order};
use super::{CameraId, CameraInfo, pick};
use crate::camera::pixels::{Layout, PixelFormat, to_rgb};
use crate::camera::{Frame, FrameSource};
use crate::error::CameraError;

const FORMATS: [FrameFormat; 6] = [
    FrameFormat::MJPEG,
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
    FrameFormat::GRAY,
];

/// The identifier holds the system's own name of the device (`misc`), which stays where it is plugged in.
fn cameras() -> Result<Vec<(CameraInfo, CameraIndex)>, CameraError> {
    let found = query(ApiBackend::Auto).map_err(|error| meaning("be listed", &error))?;
    let mut cameras: Vec<(CameraInfo, CameraIndex)> = found
        .into_iter()
        .map(|camera| {
            let (name, misc) = (camera.human_name(), camera.misc());
            let unique = if misc.is_empty() { &name } else { &misc };
            let id = CameraId(format!("name-{unique}").replace(char::is_whitespace, "_"));
            (CameraInfo { id, name }, camera.index().clone())
        })
        .collect();
    cameras.sort_by(|a, b| a.0.id.cmp(&b.0.id));
    Ok(cameras)
}

pub(super) fn list() -> Result<Vec<CameraInfo>, CameraError> {
    Ok(cameras()?.into_iter().map(|(info, _)| info).collect())
}

pub(super) fn open(wanted: Option<&CameraId>) -> Result<Box<dyn FrameSource>, CameraError> {
    if !nokhwa_check() {
        // macOS asks the person in a window of its own; the next try finds the answer.
        nokhwa_initialize(|granted| tracing::info!(granted, "camera access"));
        return Err(CameraError::NoPermission { camera: "of this machine".into() });
    }
    let cameras = cameras()?;
    let ids: Vec<&CameraId> = cameras.iter().map(|(info, _)| &info.id).collect();
    let (info, index) = &cameras[pick(wanted, &ids)?];
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &FORMATS);
    let mut camera = Camera::new(index.clone(), any).map_err(|error| meaning("be opened", &error))?;
    let offered = camera.compatible_camera_formats().map_err(|error| meaning("be asked", &error))?;
    let choices: Vec<Choice> = offered.iter().map(|f| (kind(f.format()), f.width(), f.height())).collect();
    let mut last = None;
    for choice in in_order(&choices) {
        let Some(format) = best_rate(&offered, choice) else { continue };
        let exactly = RequestedFormat::with_formats(RequestedFormatType::Exact(format), &FORMATS);
        let started = camera.set_camera_requset(exactly).and_then(|_| camera.open_stream());
        match started.map_err(|error| meaning("be started", &error)) {
            Ok(()) => {
                let actual = camera.camera_format();
                let (format, width, height) = (kind(actual.format()), actual.width(), actual.height());
                let layout = Layout { format, width, height, stride: 0 };
                return Ok(Box::new(Webcam { camera, layout, name: info.name.clone() }));
            }
            Err(error @ CameraError::Device { .. }) => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    let names = || offered.iter().map(|format| format.format().to_string()).collect::<Vec<_>>().join(", ");
    Err(last.unwrap_or_else(|| CameraError::NoFormat { offered: names() }))
}

/// The rate nearest to 30 pictures a second.
fn best_rate(offered: &[CameraFormat], (wanted, width, height): Choice) -> Option<CameraFormat> {
    let same =
        |format: &&CameraFormat| (kind(format.format()), format.width(), format.height()) == (wanted, width, height);
    offered.iter().filter(same).min_by_key(|format| format.frame_rate().abs_diff(30)).copied()
}

fn kind(format: FrameFormat) -> PixelFormat {
    match format {
        FrameFormat::MJPEG => PixelFormat::Mjpeg,
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::RAWRGB => PixelFormat::Rgb,
        FrameFormat::RAWBGR => PixelFormat::Bgr,
        FrameFormat::GRAY => PixelFormat::Grey,
    }
}

/// Nokhwa gives texts alone: what they mean is told by the words and numbers that these systems use.
fn meaning(action: &'static str, error: &NokhwaError) -> CameraError {
    let detail = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| detail.to_lowercase().contains(&word.to_lowercase()));
    // MF_E_HW_MFT_FAILED_START_STREAMING, MF_E_VIDEO_RECORDING_DEVICE_PREEMPTED, ERROR_SHARING_VIOLATION
    if says(&["0xC00D3704", "0xC00D3EA3", "0x80070020", "in use", "busy"]) {
        CameraError::InUse
    // E_ACCESSDENIED
    } else if says(&["0x80070005", "denied", "not authorized", "permission"]) {
        CameraError::NoPermission { camera: "of this machine".into() }
    // MF_E_VIDEO_RECORDING_DEVICE_INVALIDATED, ERROR_DEVICE_NOT_CONNECTED
    } else if says(&["0xC00D3EA2", "0x8007048F", "disconnected"]) {
        CameraError::Unplugged
    } else {
        CameraError::Device { action, detail }
    }
}

struct Webcam {
    camera: Camera,
    layout: Layout,
    name: String,
}

impl FrameSource for Webcam {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        let bytes = self.camera.frame_raw().map_err(|error| meaning("be read", &error))?;
        let rgb = to_rgb(&bytes, self.layout).map_err(|detail| CameraError::BadFrame { detail })?;
        Frame::new(self.layout.width, self.layout.height, rgb, now)
    }

    fn describe(&self) -> String {
        format!("{}, {}", self.name, self.layout)
    }
}

//! Webcams on Linux, through the crate `v4l` that nokhwa's own Linux binding stands on.
//!
//! Nokhwa 0.10 is left out here because what it hides is needed: how many bytes of a buffer belong to the picture (it
//! hands out the whole buffer, in which a picture cut short is completed with the rest of an older one), a time-out
//! (a camera that freezes blocks its reader for ever), the system's error numbers, and the format GREY (it asks for
//! "GRAY", which no driver knows).

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use v4l::buffer::{Flags, Type};
use v4l::framesize::FrameSizeEnum;
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::prelude::{Device, MmapStream};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Format, FourCC};

use super::format::{Choice, in_order};
use super::identity::{self, Identity};
use super::{CameraId, CameraInfo, pick};
use crate::camera::pixels::{Layout, PixelFormat, to_rgb};
use crate::camera::{Frame, FrameSource};
use crate::error::CameraError;

/// Buffers that the driver fills: one is read while the others fill.
const BUFFERS: u32 = 4;
/// How long to wait for a picture before the thread may look at other things.
const WAIT: Duration = Duration::from_millis(100);
/// Pictures a second that are asked for; the driver takes what is nearest.
const FPS: u32 = 30;
/// From `poll.h`: there is something to read.
const POLLIN: i16 = 1;
/// From `errno.h`.
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const ENXIO: i32 = 6;
const EACCES: i32 = 13;
const EBUSY: i32 = 16;
const ENODEV: i32 = 19;

/// Sizes tried of cameras that offer a range of them, or do not tell.
const USUAL_SIZES: [(u32, u32); 3] = [(1280, 720), (640, 480), (320, 240)];

/// A device file that gives pictures, as far as may be told.
struct Node {
    path: PathBuf,
    identity: Identity,
    offered: Vec<Choice>,
}

pub(super) fn list() -> Result<Vec<CameraInfo>, CameraError> {
    let info = |node: Node| CameraInfo { id: node.identity.id, name: node.identity.name };
    Ok(nodes().into_iter().map(info).collect())
}

pub(super) fn open(wanted: Option<&CameraId>) -> Result<Box<dyn FrameSource>, CameraError> {
    let nodes = nodes();
    let ids: Vec<&CameraId> = nodes.iter().map(|node| &node.identity.id).collect();
    let node = &nodes[pick(wanted, &ids)?];
    let gone = || CameraError::NotFound { wanted: wanted.map(CameraId::to_string) };
    match start(node) {
        // It went while it was opened.
        Err(CameraError::Unplugged) => Err(gone()),
        Err(error) => Err(error),
        Ok(webcam) => Ok(Box::new(webcam)),
    }
}

/// All nodes with pictures: those that no program makes first, with color before those without, then by identifier.
fn nodes() -> Vec<Node> {
    let Ok(entries) = std::fs::read_dir("/dev") else { return vec![] };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix("video")?.parse().ok());
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    let mut nodes: Vec<Node> = numbers.into_iter().filter_map(node).collect();
    for at in 1..nodes.len() {
        // Nodes that the system calls the same are numbered in its own order.
        let twins = nodes[..at].iter().filter(|node| node.identity.id == nodes[at].identity.id).count();
        if twins > 0 {
            nodes[at].identity.id.0 += &format!("#{}", twins + 1);
        }
    }
    let gray_only = |node: &Node| node.offered.iter().all(|(kind, ..)| *kind == PixelFormat::Grey);
    let rank = |node: &Node| (node.identity.id.is_virtual(), gray_only(node), node.identity.id.clone());
    nodes.sort_by_cached_key(rank);
    nodes
}

fn node(number: u32) -> Option<Node> {
    let path = PathBuf::from(format!("/dev/video{number}"));
    let identity = identity::read(Path::new(&format!("/sys/class/video4linux/video{number}")));
    match Device::with_path(&path) {
        Ok(device) => {
            let formats = device.enum_formats().unwrap_or_default();
            let offered: Vec<Choice> = formats
                .iter()
                .filter_map(|format| Some((kind(format.fourcc)?, format.fourcc)))
                .flat_map(|(kind, fourcc)| sizes(&device, fourcc).into_iter().map(move |(w, h)| (kind, w, h)))
                .collect();
            // Without any format it is a node of metadata, or gives no pictures for another reason.
            (!formats.is_empty()).then_some(Node { path, identity, offered })
        }
        // What may not be asked is shown where it is most probably the camera, so that the reason can be told.
        Err(error) => {
            let hidden = matches!(error.raw_os_error(), Some(EACCES | EPERM | EBUSY));
            (hidden && identity.first).then_some(Node { path, identity, offered: vec![] })
        }
    }
}

fn sizes(device: &Device, fourcc: FourCC) -> Vec<(u32, u32)> {
    let listed = device.enum_framesizes(fourcc).unwrap_or_default();
    let mut sizes = vec![];
    for size in &listed {
        match &size.size {
            FrameSizeEnum::Discrete(size) => sizes.push((size.width, size.height)),
            FrameSizeEnum::Stepwise(range) => {
                let fits = |(w, h): &(u32, u32)| {
                    (range.min_width..=range.max_width).contains(w) && (range.min_height..=range.max_height).contains(h)
                };
                sizes.extend(USUAL_SIZES.into_iter().filter(fits));
                if sizes.is_empty() {
                    sizes.push((range.max_width, range.max_height));
                }
            }
        }
    }
    if sizes.is_empty() { USUAL_SIZES.to_vec() } else { sizes }
}

fn kind(fourcc: FourCC) -> Option<PixelFormat> {
    Some(match &fourcc.repr {
        b"MJPG" | b"JPEG" => PixelFormat::Mjpeg,
        b"YUYV" => PixelFormat::Yuyv,
        b"NV12" => PixelFormat::Nv12,
        b"RGB3" => PixelFormat::Rgb,
        b"BGR3" => PixelFormat::Bgr,
        b"GREY" => PixelFormat::Grey,
        _ => return None,
    })
}

fn fourcc(kind: PixelFormat) -> FourCC {
    FourCC::new(match kind {
        PixelFormat::Mjpeg => b"MJPG",
        PixelFormat::Yuyv => b"YUYV",
        PixelFormat::Nv12 => b"NV12",
        PixelFormat::Rgb => b"RGB3",
        PixelFormat::Bgr => b"BGR3",
        PixelFormat::Grey => b"GREY",
    })
}

/// A camera that streams.
struct Webcam {
    // The stream is dropped, and so stopped, before the device is closed.
    stream: MmapStream<'static>,
    device: Device,
    layout: Layout,
    name: String,
    bytes: Vec<u8>,
}

/// Tries the formats in order until one streams.
fn start(node: &Node) -> Result<Webcam, CameraError> {
    let failed = |action, error: &io::Error| meaning(action, error, &node.path);
    let device = Device::with_path(&node.path).map_err(|error| failed("be opened", &error))?;
    let mut last = None;
    for choice in in_order(&node.offered) {
        match negotiate(&device, choice).and_then(|layout| Ok((layout, stream(&device)?))) {
            Ok((layout, stream)) => {
                let (name, bytes) = (node.identity.name.clone(), vec![]);
                return Ok(Webcam { stream, device, layout, name, bytes });
            }
            Err(error) => match failed("be started", &error) {
                // Another format may need less of the bus, or be what the driver really does.
                error @ CameraError::Device { .. } => last = Some(error),
                error => return Err(error),
            },
        }
    }
    let offered = || {
        let formats = device.enum_formats().unwrap_or_default();
        formats.iter().map(|format| format.fourcc.to_string()).collect::<Vec<_>>().join(", ")
    };
    Err(last.unwrap_or_else(|| CameraError::NoFormat { offered: offered() }))
}

/// Sets the format; the driver answers with what it will really send.
fn negotiate(device: &Device, (wanted, width, height): Choice) -> io::Result<Layout> {
    let format = device.set_format(&Format::new(width, height, fourcc(wanted)))?;
    let format_kind = kind(format.fourcc).ok_or_else(|| {
        io::Error::new(io::ErrorKind::Unsupported, format!("asked for {wanted}, it gives {}", format.fourcc))
    })?;
    // Not every driver lets its rate be set, and any rate will do.
    let _ = device.set_params(&Parameters::with_fps(FPS));
    let stride = if format_kind == PixelFormat::Mjpeg { 0 } else { format.stride };
    Ok(Layout { format: format_kind, width: format.width, height: format.height, stride })
}

/// Starts the stream with its first buffer held back, as if it had just been read: `next` queues that one, and has
/// then nothing to wait for when it is called after a picture has been announced.
fn stream(device: &Device) -> io::Result<MmapStream<'static>> {
    let mut stream = MmapStream::with_buffers(device, Type::VideoCapture, BUFFERS)?;
    stream.set_timeout(WAIT);
    for index in 1..BUFFERS as usize {
        match CaptureStream::queue(&mut stream, index) {
            Ok(()) => {}
            // The driver gave fewer buffers than asked for.
            Err(error) if index > 1 && error.kind() == io::ErrorKind::InvalidInput => break,
            Err(error) => return Err(error),
        }
    }
    stream.start()?;
    Ok(stream)
}

/// What an error of the system means.
fn meaning(action: &'static str, error: &io::Error, camera: &Path) -> CameraError {
    match error.raw_os_error() {
        Some(EBUSY) => CameraError::InUse,
        Some(EACCES | EPERM) => CameraError::NoPermission { camera: camera.display().to_string() },
        Some(ENODEV | ENXIO | ENOENT) => CameraError::Unplugged,
        _ => CameraError::Device { action, detail: error.to_string() },
    }
}

impl Webcam {
    /// Whether a picture (or an error) is ready within `wait`.
    fn is_ready(&self, wait: Duration) -> Result<bool, CameraError> {
        match self.device.handle().poll(POLLIN, wait.as_millis() as i32) {
            Ok(events) => Ok(events > 0),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(meaning("be waited for", &error, Path::new(&self.name))),
        }
    }

    /// Copies the picture that is ready out of the driver's buffer; what is wrong with it, if anything is.
    fn take(&mut self) -> Result<Option<&'static str>, CameraError> {
        let (buffer, meta) = self.stream.next().map_err(|error| meaning("be read", &error, Path::new(&self.name)))?;
        // Only so much of the buffer belongs to this picture; behind it lies the rest of an older one.
        let length = (meta.bytesused as usize).min(buffer.len());
        self.bytes.clear();
        self.bytes.extend_from_slice(&buffer[..length]);
        Ok(meta.flags.contains(Flags::ERROR).then_some("the driver marks it as damaged"))
    }
}

impl FrameSource for Webcam {
    fn next_frame(&mut self, now: Duration) -> Result<Frame, CameraError> {
        // What has waited in the buffers may have been taken long ago: the frame is to be of now.
        for _ in 0..BUFFERS {
            if !self.is_ready(Duration::ZERO)? {
                break;
            }
            self.take()?;
        }
        if !self.is_ready(WAIT)? {
            return Err(CameraError::NoFrame { waited_ms: WAIT.as_millis() as u64 });
        }
        let bad = |detail| CameraError::BadFrame { detail };
        if let Some(damage) = self.take()? {
            return Err(bad(damage.into()));
        }
        let rgb = to_rgb(&self.bytes, self.layout).map_err(bad)?;
        Frame::new(self.layout.width, self.layout.height, rgb, now)
    }

    fn describe(&self) -> String {
        format!("{}, {}", self.name, self.layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_told_apart() {
        let meaning = |number| meaning("be opened", &io::Error::from_raw_os_error(number), Path::new("/dev/video0"));
        assert!(matches!(meaning(EBUSY), CameraError::InUse));
        assert!(matches!(meaning(ENODEV), CameraError::Unplugged));
        assert!(matches!(meaning(5), CameraError::Device { action: "be opened", .. }));
        let denied = meaning(EACCES).to_string();
        assert!(denied.contains("/dev/video0") && denied.contains("group video"), "{denied}");
    }

    #[test]
    fn listing_does_not_fail_where_there_is_no_camera() {
        assert!(list().is_ok());
    }
}

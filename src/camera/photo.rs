//! Photographs as frames: every format, size and orientation that people have, and nothing that would hurt.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Duration;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::Frame;
use crate::error::PhotoError;

/// A photo with more pixels than this is refused before anything is decoded.
pub const MAX_MEGAPIXELS: u32 = 50;

/// A photo with a shorter side than this cannot show a face.
pub const MIN_SIDE: u32 = 16;

/// A file larger than this is not read: 50 megapixels of uncompressed 16-bit RGBA and a little more.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// Bytes by which a format is told.
const HEAD_BYTES: u64 = 64;

/// Reads the photo at `path`; its format is told by its content, its EXIF orientation is honored.
///
/// # Errors
/// [`PhotoError`] for whatever is not a whole photo of at most [`MAX_MEGAPIXELS`].
pub fn read(path: &Path) -> Result<Frame, PhotoError> {
    let unreadable = |source| PhotoError::Unreadable { path: path.to_owned(), source };
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if found.is_dir() {
        return Err(PhotoError::Folder { path: path.to_owned() });
    }
    if !found.is_file() {
        return Err(PhotoError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    (&file).take(HEAD_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    if !bytes.is_empty() {
        format(&bytes)?; // before half a gigabyte of something else is read
    }
    // The length told is not to be believed of a file that grows.
    file.take(MAX_FILE_BYTES + 1 - HEAD_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    let read = bytes.len() as u64;
    if read > MAX_FILE_BYTES {
        return Err(PhotoError::FileTooLarge { bytes: found.len().max(read), limit: MAX_FILE_BYTES });
    }
    decode(&bytes)
}

/// What a file holds, by its first bytes: a format that is read, or the name of another.
fn format(bytes: &[u8]) -> Result<ImageFormat, PhotoError> {
    let unknown = |found| PhotoError::UnknownFormat { found };
    match image::guess_format(bytes) {
        Ok(known @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Bmp)) => Ok(known),
        Ok(ImageFormat::Gif) => Err(unknown("a GIF")),
        Ok(ImageFormat::Tiff) => Err(unknown("a TIFF")),
        Ok(ImageFormat::Avif) => Err(unknown("an AVIF")),
        _ if bytes.starts_with(b"%PDF") => Err(unknown("a PDF")),
        // Every box-structured format says "ftyp" at the fifth byte: those of phones' photos and films.
        _ if bytes.get(4..8) == Some(b"ftyp") => Err(unknown("a HEIC or a film")),
        _ => Err(unknown("something else")),
    }
}

/// Decodes a whole photo file (JPEG, PNG, WebP or BMP) held in memory.
///
/// # Errors
/// As [`read`], less those of the file system.
pub fn decode(bytes: &[u8]) -> Result<Frame, PhotoError> {
    if bytes.is_empty() {
        return Err(PhotoError::Empty);
    }
    let format = format(bytes)?;
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > u64::from(MAX_MEGAPIXELS) * 1_000_000 {
        return Err(PhotoError::TooManyPixels { width, height, limit_megapixels: MAX_MEGAPIXELS });
    }
    if width.min(height) < MIN_SIDE {
        return Err(PhotoError::TooFewPixels { width, height, least: MIN_SIDE });
    }
    if format == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
        return Err(PhotoError::Damaged { detail: "the JPEG ends before its last line".into() });
    }
    // The pixels are bounded above; this bounds what a crafted JPEG may ask for besides.
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(1024 * 1024 * 1024);
    decoder.set_limits(limits).map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    let picture = picture.into_rgb8();
    let (width, height) = picture.dimensions();
    Frame::new(width, height, picture.into_raw(), Duration::ZERO)
        .map_err(|error| PhotoError::Damaged { detail: error.to_string() })
}

fn damaged(error: ImageError) -> PhotoError {
    match error {
        ImageError::Unsupported(detail) => PhotoError::Damaged { detail: detail.to_string() },
        ImageError::IoError(_) => PhotoError::Damaged { detail: "the file ends too early".into() },
        other => PhotoError::Damaged { detail: other.to_string().trim().replace('\n', " ") },
    }
}

/// Whether a JPEG's end marker follows its first scan.
///
/// The decoder fills what is missing of a cut file with grey and reports success, and a face half grey must
/// not be enrolled. Segments before the scan are skipped by their length (a thumbnail inside EXIF has an end
/// marker of its own), also those between the scans of a progressive file; in a scan itself 0xFF is always escaped,
/// so that the first FF D9 there is the end.
pub(super) fn jpeg_has_end(bytes: &[u8]) -> bool {
    const END: u8 = 0xD9;
    const START_OF_SCAN: u8 = 0xDA;
    let (mut at, mut in_scan) = (2, false);
    while let Some(&[mark, kind]) = bytes.get(at..at + 2) {
        match (mark, kind) {
            (0xFF, END) if in_scan => return true,
            // A fill byte, and in a scan: an escaped 0xFF or a restart marker.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x00 | 0xD0..=0xD7) if in_scan => at += 2,
            (0xFF, kind) => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
                in_scan = in_scan || kind == START_OF_SCAN;
            }
            _ if in_scan => match memchr::memchr(0xFF, &bytes[at..]) {
                Some(ahead) => at += ahead,
                None => return false,
            },
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 7) as u8, (y * 5) as u8, 90]));
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn every_format_is_read() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp] {
            let frame = decode(&encoded(31, 17, format)).unwrap();
            assert_eq!((frame.width(), frame.height()), (31, 17), "{format:?}");
            assert!(matches!(decode(&encoded(31, 1, format)), Err(PhotoError::TooFewPixels { .. })), "{format:?}");
        }
        assert!(matches!(decode(b"just words, named .jpg"), Err(PhotoError::UnknownFormat { .. })));
        let phone = decode(b"\0\0\0\x18ftypheic\0\0\0\0").unwrap_err().to_string();
        assert!(phone.contains("found a HEIC"), "{phone}");
        assert!(matches!(decode(b""), Err(PhotoError::Empty)));
    }

    #[test]
    fn a_photo_cut_anywhere_is_an_error_in_every_format() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp] {
            let whole = encoded(64, 64, format);
            for keep in [1, 3, 10, whole.len() / 4, whole.len() / 2, whole.len() * 9 / 10] {
                assert!(decode(&whole[..keep]).is_err(), "{format:?} cut to {keep} of {}", whole.len());
            }
        }
    }

    #[test]
    fn a_progressive_photo_cut_between_its_scans_is_found() {
        // Two scans with a comment between them that holds an end marker; then the true end.
        let scan = b"\xFF\xDA\x00\x02\x12\xFF\x00\x34\xFF\xD0\x56";
        let comment = b"\xFF\xFE\x00\x04\xFF\xD9";
        let whole = [&b"\xFF\xD8"[..], scan, comment, scan, b"\xFF\xD9"].concat();
        assert!(jpeg_has_end(&whole));
        for keep in 0..whole.len() {
            assert!(!jpeg_has_end(&whole[..keep]), "cut to {keep}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_device_is_no_photo_and_is_not_read() {
        assert!(matches!(read(Path::new("/dev/zero")), Err(PhotoError::NotAFile { .. })));
    }

    #[test]
    fn too_many_pixels_are_refused_from_the_header_alone() {
        // A bitmap header that promises 20000x20000 pixels and holds none: decoding it would fail otherwise.
        let mut header = encoded(1, 1, ImageFormat::Bmp);
        header[18..22].copy_from_slice(&20_000i32.to_le_bytes());
        header[22..26].copy_from_slice(&20_000i32.to_le_bytes());
        let error = decode(&header).unwrap_err();
        assert!(matches!(error, PhotoError::TooManyPixels { width: 20_000, height: 20_000, .. }), "{error}");
    }

    #[test]
    fn exif_orientation_is_honored() {
        // APP1 with one EXIF entry: orientation 6, "turn a quarter clockwise".
        let mut exif =
            b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        let plain = encoded(40, 20, ImageFormat::Jpeg);
        let mut turned = plain[..2].to_vec();
        turned.append(&mut exif);
        turned.extend_from_slice(&plain[2..]);
        let (plain, turned) = (decode(&plain).unwrap(), decode(&turned).unwrap());
        assert_eq!((turned.width(), turned.height()), (20, 40));
        assert_eq!(plain.rgb()[..3], turned.rgb()[19 * 3..20 * 3], "top left goes to the top right");
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(
            mut bytes in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp])
                .prop_map(|format| encoded(24, 24, format)),
            at in any::<prop::sample::Index>(), value in any::<u8>(), noise in prop::collection::vec(any::<u8>(), 0..200)
        ) {
            let _ = decode(&noise);
            let at = at.index(bytes.len());
            bytes[at] = value;
            let _ = decode(&bytes);
        }
    }
}

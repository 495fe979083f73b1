//! What cameras send, as RGB. Decoded here because the drivers' own decoders panic on a damaged picture, or repair it
//! in silence.

mod yuv;

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::photo::jpeg_has_end;

/// How the bytes of a picture are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PixelFormat {
    /// One JPEG, perhaps without Huffman tables.
    Mjpeg,
    /// Y0 U Y1 V for two pixels, BT.601 with limited range.
    Yuyv,
    /// A plane of Y, then a plane of U V for each two by two pixels.
    Nv12,
    /// R, G, B.
    Rgb,
    /// B, G, R.
    Bgr,
    /// One byte of brightness a pixel.
    Grey,
}

impl std::fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mjpeg => "MJPEG",
            Self::Yuyv => "YUYV",
            Self::Nv12 => "NV12",
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Grey => "GREY",
        })
    }
}

/// What was agreed on with the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: PixelFormat,
    /// Columns.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
    /// Bytes from one row to the next, at least those of a row; 0 where rows follow each other.
    pub(super) stride: u32,
}

/// "MJPEG 1280x720"
impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}x{}", self.format, self.width, self.height)
    }
}

/// The picture as interleaved RGB; else what is wrong with it.
pub(super) fn to_rgb(data: &[u8], layout: Layout) -> Result<Vec<u8>, String> {
    let (width, height) = (layout.width as usize, layout.height as usize);
    let row = match layout.format {
        PixelFormat::Mjpeg => return mjpeg(data, width, height),
        PixelFormat::Yuyv => width.div_ceil(2) * 4,
        PixelFormat::Rgb | PixelFormat::Bgr => width * 3,
        PixelFormat::Nv12 | PixelFormat::Grey => width,
    };
    let stride = row.max(layout.stride as usize);
    let rows = if layout.format == PixelFormat::Nv12 { height + height.div_ceil(2) } else { height };
    let expected = stride * rows.saturating_sub(1) + row;
    if data.len() < expected {
        return Err(format!("expected {expected} bytes of {layout}, got {}", data.len()));
    }
    let mut rgb = vec![0; width * height * 3];
    for (y, (line, out)) in data.chunks(stride).zip(rgb.chunks_exact_mut(width * 3)).enumerate() {
        let (line, pixels) = (&line[..row], out.as_chunks_mut::<3>().0);
        match layout.format {
            PixelFormat::Yuyv => yuv::yuyv(line, out),
            // Half as many rows of color.
            PixelFormat::Nv12 => yuv::nv12(line, &data[stride * (height + y / 2)..][..row], out),
            PixelFormat::Bgr => {
                pixels.iter_mut().zip(line.as_chunks().0).for_each(|(rgb, [b, g, r])| *rgb = [*r, *g, *b]);
            }
            PixelFormat::Grey => pixels.iter_mut().zip(line).for_each(|(rgb, luma)| *rgb = [*luma; 3]),
            PixelFormat::Rgb | PixelFormat::Mjpeg => out.copy_from_slice(line),
        }
    }
    Ok(rgb)
}

/// The decoder fills what is missing of a picture with gray; one without its end is refused before.
fn mjpeg(data: &[u8], width: usize, height: usize) -> Result<Vec<u8>, String> {
    if !data.starts_with(b"\xFF\xD8") {
        return Err("it does not start like a JPEG".into());
    }
    if !jpeg_has_end(data) {
        return Err(format!("the JPEG of {} bytes ends too early", data.len()));
    }
    let with_tables =
        if has_huffman_tables(data) { None } else { Some([&data[..2], STANDARD_HUFFMAN_TABLES, &data[2..]].concat()) };
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_strict_mode(true)
        .set_max_width(width)
        .set_max_height(height);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(with_tables.as_deref().unwrap_or(data)), options);
    let rgb = decoder.decode().map_err(|error| error.to_string().trim().replace('\n', " "))?;
    match decoder.dimensions() {
        Some(found) if found != (width, height) => {
            Err(format!("expected {width}x{height} pixels, got {}x{}", found.0, found.1))
        }
        _ => Ok(rgb),
    }
}

/// Whether a segment before the scan defines Huffman tables; many webcams leave them out.
fn has_huffman_tables(data: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, kind, high, low]) = data.get(at..at + 4) {
        match kind {
            0xC4 => return true,
            0xDA => return false,
            0xFF => at += 1,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    true // not a file to be mended
}

/// The tables of the JPEG standard (ITU T.81, annex K.3) as one DHT segment.
#[rustfmt::skip]
const STANDARD_HUFFMAN_TABLES: &[u8] = &[
    0xFF, 0xC4, 0x01, 0xA2,
    0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    0x01, 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    0x10, 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D,
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14,
    0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09,
    0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A,
    0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65,
    0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
    0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9,
    0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA,
    0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA,
    0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
    0x11, 0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77,
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32,
    0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0, 0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16,
    0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39,
    0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64,
    0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86,
    0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
    0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8,
    0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9,
    0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA,
];

#[cfg(test)]
#[path = "pixels/tests.rs"]
mod tests;

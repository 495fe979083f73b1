use super::*;
use image::codecs::jpeg::JpegEncoder;
use proptest::prelude::*;

const SIZE: (u32, u32) = (64, 48);

fn layout(format: PixelFormat, (width, height): (u32, u32), stride: u32) -> Layout {
    Layout { format, width, height, stride }
}

/// A picture with some detail everywhere.
fn picture() -> image::RgbImage {
    image::RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        image::Rgb([(x * 4) as u8, (y * 5) as u8, (((x / 8 + y / 8) % 2) * 150) as u8])
    })
}

fn jpeg() -> Vec<u8> {
    let mut bytes = vec![];
    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture()).unwrap();
    bytes
}

fn decoded(data: &[u8]) -> Result<Vec<u8>, String> {
    to_rgb(data, layout(PixelFormat::Mjpeg, SIZE, 0))
}

/// The file without its DHT segments, as many webcams send it.
fn without_tables(mut bytes: Vec<u8>) -> Vec<u8> {
    while let Some(at) = bytes.windows(2).position(|pair| pair == [0xFF, 0xC4]) {
        let length = 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        bytes.drain(at..at + length);
    }
    bytes
}

#[test]
fn the_standard_tables_are_as_long_as_they_say() {
    assert_eq!(STANDARD_HUFFMAN_TABLES.len(), 2 + 0x1A2);
}

#[test]
fn a_jpeg_is_decoded_also_without_tables_and_with_filling_behind_it() {
    let whole = decoded(&jpeg()).unwrap();
    let near = whole.iter().zip(picture().as_raw()).filter(|(a, b)| a.abs_diff(**b) < 60).count();
    assert!(near > whole.len() * 9 / 10, "{near} of {}", whole.len());
    assert!(has_huffman_tables(&jpeg()) && !has_huffman_tables(&without_tables(jpeg())));
    assert_eq!(decoded(&without_tables(jpeg())).unwrap(), whole);
    assert_eq!(decoded(&[jpeg(), vec![0; 4096]].concat()).unwrap(), whole);
}

#[test]
fn a_jpeg_cut_anywhere_of_another_size_or_of_zeros_is_refused() {
    let whole = jpeg();
    for keep in 0..whole.len() {
        assert!(decoded(&whole[..keep]).is_err(), "cut to {keep} of {}", whole.len());
    }
    assert!(to_rgb(&whole, layout(PixelFormat::Mjpeg, (64, 64), 0)).is_err());
    assert!(to_rgb(&whole, layout(PixelFormat::Mjpeg, (32, 48), 0)).is_err());
    assert!(decoded(&vec![0; 100_000]).is_err());
}

#[test]
fn yuyv_gives_the_colors_of_bt_601() {
    let colors = [
        ([16, 128, 128], [0, 0, 0]),
        ([235, 128, 128], [255, 255, 255]),
        ([81, 90, 240], [255, 0, 0]),
        ([145, 54, 34], [0, 255, 0]),
        ([41, 240, 110], [0, 0, 255]),
    ];
    for ([y, u, v], rgb) in colors {
        let out = to_rgb(&[y, u, y, v], layout(PixelFormat::Yuyv, (2, 1), 0)).unwrap();
        for (found, expected) in out.iter().zip([rgb, rgb].concat()) {
            assert!(found.abs_diff(expected) <= 2, "{y} {u} {v}: {out:?}");
        }
        let out = to_rgb(&[y, y, y, y, u, v], layout(PixelFormat::Nv12, (2, 2), 0)).unwrap();
        assert!(out.chunks(3).all(|found| found.iter().zip(rgb).all(|(a, b)| a.abs_diff(b) <= 2)), "{out:?}");
    }
}

#[test]
fn gray_rgb_and_bgr_keep_their_bytes_and_padding_is_left_out() {
    let padded = [10, 20, 0, 0, 30, 40, 0, 0];
    let gray = to_rgb(&padded, layout(PixelFormat::Grey, (2, 2), 4)).unwrap();
    assert_eq!(gray, [10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]);
    assert_eq!(to_rgb(&[1, 2, 3], layout(PixelFormat::Rgb, (1, 1), 0)).unwrap(), [1, 2, 3]);
    assert_eq!(to_rgb(&[1, 2, 3], layout(PixelFormat::Bgr, (1, 1), 0)).unwrap(), [3, 2, 1]);
    assert!(to_rgb(&padded[..5], layout(PixelFormat::Grey, (2, 2), 4)).is_err());
}

proptest! {
    #[test]
    fn any_bytes_give_a_whole_picture_or_none(
        format in prop::sample::select(vec![
            PixelFormat::Mjpeg, PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Rgb, PixelFormat::Bgr, PixelFormat::Grey
        ]),
        width in 1u32..40, height in 1u32..20, stride in 0u32..100, data in prop::collection::vec(any::<u8>(), 0..3000)
    ) {
        if let Ok(rgb) = to_rgb(&data, layout(format, (width, height), stride)) {
            prop_assert_eq!(rgb.len(), (width * height * 3) as usize);
        }
    }

    #[test]
    fn a_damaged_jpeg_gives_a_whole_picture_or_none(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = jpeg();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(rgb) = decoded(&bytes) {
            prop_assert_eq!(rgb.len(), (SIZE.0 * SIZE.1 * 3) as usize);
        }
    }
}

/// The same pixel by pixel, as plainly as it can be said.
fn plain(data: &[u8], (width, height): (usize, usize), place: impl Fn(usize, usize) -> [usize; 3]) -> Vec<u8> {
    let pixel = |x: usize, y: usize| {
        let [y, u, v] = place(x, y).map(|at| i32::from(data[at]));
        let (y, u, v) = (298 * (y - 16), u - 128, v - 128);
        [y + 409 * v, y - 100 * u - 208 * v, y + 516 * u].map(|sum| ((sum + 128) >> 8).clamp(0, 255) as u8)
    };
    (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect()
}

proptest! {
    #[test]
    fn blocks_and_single_pixels_of_yuv_give_the_same_colors(
        width in 1usize..150, height in 1usize..5, padding in 0usize..3,
        data in prop::collection::vec(any::<u8>(), 3000)
    ) {
        let size = (width as u32, height as u32);
        let stride = width.div_ceil(2) * 4 + padding;
        let yuyv = to_rgb(&data, layout(PixelFormat::Yuyv, size, stride as u32)).unwrap();
        prop_assert_eq!(yuyv, plain(&data, (width, height), |x, y| {
            let pair = y * stride + x / 2 * 4;
            [pair + x % 2 * 2, pair + 1, pair + 3]
        }));
        let stride = width + padding;
        let nv12 = to_rgb(&data, layout(PixelFormat::Nv12, size, stride as u32)).unwrap();
        prop_assert_eq!(nv12, plain(&data, (width, height), |x, y| {
            let color = (height + y / 2) * stride;
            let u = color + x / 2 * 2;
            [y * stride + x, u, if u + 1 < color + width { u + 1 } else { u }]
        }));
    }
}

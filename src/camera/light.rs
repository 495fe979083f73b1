//! Whether a picture shows anything at all.

use super::Frame;

/// Pixels looked at along each side: enough for a judgment, and cheap at any size.
const SAMPLES: usize = 40;
/// A picture of a closed shutter is darker than this on average (of 255)...
const DARK_MEAN: f32 = 20.0;
/// ...and varies less than this around it (standard deviation); a dim room still has a lamp or a window.
const FLAT_DEVIATION: f32 = 5.0;

/// Whether the picture is black: as of a closed shutter or a covered lens. Looks at a part of the pixels.
pub fn is_black(frame: &Frame) -> bool {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let (mut count, mut sum, mut squares) = (0.0f32, 0.0f32, 0.0f32);
    for y in (0..height).step_by((height / SAMPLES).max(1)) {
        for x in (0..width).step_by((width / SAMPLES).max(1)) {
            let at = (y * width + x) * 3;
            let [r, g, b] = [0, 1, 2].map(|channel| f32::from(frame.rgb()[at + channel]));
            let luma = 0.299 * r + 0.587 * g + 0.114 * b;
            count += 1.0;
            sum += luma;
            squares += luma * luma;
        }
    }
    let mean = sum / count.max(1.0);
    let variance = squares / count.max(1.0) - mean * mean;
    mean < DARK_MEAN && variance < FLAT_DEVIATION * FLAT_DEVIATION
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn frame(width: u32, height: u32, luma: impl Fn(u32, u32) -> u8) -> Frame {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Frame::new(width, height, pixels.flat_map(|(x, y)| [luma(x, y); 3]).collect(), Duration::ZERO).unwrap()
    }

    #[test]
    fn a_closed_shutter_is_black_also_with_the_noise_of_its_sensor() {
        assert!(is_black(&frame(640, 480, |_, _| 0)));
        assert!(is_black(&frame(1280, 720, |x, y| 6 + ((x * 31 + y * 17) % 9) as u8)));
        assert!(is_black(&frame(1, 1, |_, _| 16)));
    }

    #[test]
    fn a_dim_room_a_gray_wall_and_a_lamp_in_the_dark_are_not() {
        assert!(!is_black(&frame(640, 480, |x, _| if x < 320 { 4 } else { 30 })));
        assert!(!is_black(&frame(640, 480, |_, _| 60)));
        assert!(!is_black(&frame(640, 480, |x, y| if x / 64 == 5 && y / 48 == 5 { 250 } else { 2 })));
    }

    proptest! {
        #[test]
        fn any_size_is_judged_and_light_is_never_black(width in 1u32..90, height in 1u32..90, luma in 20u8..) {
            prop_assert!(!is_black(&frame(width, height, |_, _| luma)));
        }
    }
}

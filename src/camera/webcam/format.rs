//! Which of the offered formats are tried, and in which order.

use crate::camera::pixels::PixelFormat;

/// What is tried first: sharp and fast enough, then what nearly every webcam has.
const PREFERRED: [(PixelFormat, u32, u32); 3] =
    [(PixelFormat::Mjpeg, 1280, 720), (PixelFormat::Mjpeg, 640, 480), (PixelFormat::Yuyv, 640, 480)];
/// Color before gray, small transfers before large ones.
const KINDS: [PixelFormat; 6] =
    [PixelFormat::Mjpeg, PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Rgb, PixelFormat::Bgr, PixelFormat::Grey];
/// Larger pictures take longer to decode than a frame lasts.
const MOST_PIXELS: u64 = 1920 * 1080;

/// One picture format and size.
pub(super) type Choice = (PixelFormat, u32, u32);

/// All that is offered and can be used, best first: the preferred ones, then by kind, sizes nearest to 1280x720 for
/// MJPEG and to 640x480 for what is not compressed.
pub(super) fn in_order(offered: &[Choice]) -> Vec<Choice> {
    let mut rest: Vec<Choice> = offered
        .iter()
        .copied()
        .filter(|(_, width, height)| *width > 0 && *height > 0)
        .filter(|(_, width, height)| u64::from(*width) * u64::from(*height) <= MOST_PIXELS)
        .collect();
    rest.sort_by_key(|choice @ &(kind, width, height)| {
        let preferred = PREFERRED.iter().position(|wanted| wanted == choice).unwrap_or(PREFERRED.len());
        let kind_rank = KINDS.iter().position(|one| *one == kind);
        let (ideal_width, ideal_height) = if kind == PixelFormat::Mjpeg { (1280, 720) } else { (640u32, 480u32) };
        let distance = width.abs_diff(ideal_width).saturating_add(height.abs_diff(ideal_height));
        (preferred, kind_rank, distance, width, height)
    });
    rest.dedup();
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use PixelFormat::{Grey, Mjpeg, Rgb, Yuyv};
    use proptest::prelude::*;

    #[test]
    fn the_usual_webcam_gives_mjpeg_in_720_lines() {
        let offered = [(Yuyv, 640, 480), (Mjpeg, 1920, 1080), (Mjpeg, 640, 480), (Mjpeg, 1280, 720), (Yuyv, 1280, 720)];
        assert_eq!(
            in_order(&offered),
            [(Mjpeg, 1280, 720), (Mjpeg, 640, 480), (Yuyv, 640, 480), (Mjpeg, 1920, 1080), (Yuyv, 1280, 720)]
        );
    }

    #[test]
    fn whatever_else_there_is_is_used_color_first() {
        assert_eq!(in_order(&[(Grey, 640, 360), (Yuyv, 320, 240)]), [(Yuyv, 320, 240), (Grey, 640, 360)]);
        assert_eq!(in_order(&[(Mjpeg, 800, 600), (Rgb, 640, 480)])[0], (Mjpeg, 800, 600));
        assert!(in_order(&[(Yuyv, 0, 480), (Mjpeg, 7680, 4320), (Mjpeg, u32::MAX, u32::MAX)]).is_empty());
    }

    proptest! {
        #[test]
        fn the_order_does_not_depend_on_the_order_offered(
            offered in prop::collection::vec((prop::sample::select(KINDS.to_vec()), 1u32..2000, 1u32..1500), 0..12)
        ) {
            let mut turned = offered.clone();
            turned.reverse();
            let first = in_order(&offered);
            prop_assert_eq!(&first, &in_order(&turned));
            prop_assert!(first.iter().all(|choice| offered.contains(choice)));
        }
    }
}

//! Every op against candle's own convolution (grouped where needed), on odd shapes.

use candle_core::{Device, Tensor};
use proptest::prelude::*;

use super::*;

fn noise(count: usize, seed: u32) -> Vec<f32> {
    // A small linear congruential generator: the tests need numbers, not randomness.
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
    .take(count)
    .collect()
}

fn tensor(values: &[f32], shape: (usize, usize, usize)) -> Tensor {
    Tensor::from_slice(values, shape, &Device::Cpu).unwrap()
}

/// (rows, columns, channels) -> (1, channels, rows, columns), as candle's convolution wants it.
fn channels_first(map: &Tensor) -> Tensor {
    map.permute((2, 0, 1)).unwrap().unsqueeze(0).unwrap().contiguous().unwrap()
}

fn channels_last(map: &Tensor) -> Tensor {
    map.squeeze(0).unwrap().permute((1, 2, 0)).unwrap().contiguous().unwrap()
}

fn with_epilogue(map: &Tensor, bias: &[f32], slope: &[f32]) -> Vec<f32> {
    let flat: Vec<f32> = map.flatten_all().unwrap().to_vec1().unwrap();
    let per_channel = |i: usize| (bias[i % bias.len()], slope[i % slope.len()]);
    flat.iter()
        .enumerate()
        .map(|(i, v)| {
            let (bias, slope) = per_channel(i);
            let v = v + bias;
            if v > 0.0 { v } else { slope * v }
        })
        .collect()
}

fn assert_close(found: &Tensor, expected: &[f32]) -> std::result::Result<(), TestCaseError> {
    let found: Vec<f32> = found.flatten_all().unwrap().to_vec1().unwrap();
    prop_assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        prop_assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "at {}: {} instead of {}", i, a, b);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn depthwise_is_the_grouped_convolution(
        rows in 1usize..12, columns in 1usize..12, groups in 1usize..4, stride in 1usize..3, seed in any::<u32>()
    ) {
        let channels = groups * LANES;
        let input = tensor(&noise(rows * columns * channels, seed), (rows, columns, channels));
        let (weight, bias, slope) = (noise(9 * channels, !seed), noise(channels, seed ^ 1), noise(channels, seed ^ 2));
        let op = Depthwise3x3::new(&weight, Epilogue::new(&bias, &slope).unwrap(), stride).unwrap();
        let kernel = Tensor::from_slice(&weight, (9, channels), &Device::Cpu).unwrap()
            .t().unwrap().reshape((channels, 1, 3, 3)).unwrap();
        let stock = channels_last(&channels_first(&input).conv2d(&kernel, 1, stride, 1, channels).unwrap());
        assert_close(&input.apply_op1_no_bwd(&op).unwrap(), &with_epilogue(&stock, &bias, &slope))?;
    }

    #[test]
    fn pointwise_is_the_1x1_convolution(
        rows in 1usize..7, columns in 1usize..9, inputs in 1usize..40, groups in 1usize..4, seed in any::<u32>()
    ) {
        let outputs = groups * LANES;
        let input = tensor(&noise(rows * columns * inputs, seed), (rows, columns, inputs));
        let (weight, bias, slope) = (noise(inputs * outputs, !seed), noise(outputs, seed ^ 1), noise(outputs, seed ^ 2));
        let op = Pointwise::new(&weight, Epilogue::new(&bias, &slope).unwrap()).unwrap();
        let kernel = Tensor::from_slice(&weight, (inputs, outputs), &Device::Cpu).unwrap()
            .t().unwrap().reshape((outputs, inputs, 1, 1)).unwrap();
        let stock = channels_last(&channels_first(&input).conv2d(&kernel, 0, 1, 1, 1).unwrap());
        assert_close(&input.apply_op1_no_bwd(&op).unwrap(), &with_epilogue(&stock, &bias, &slope))?;
    }

    #[test]
    fn convolution_is_the_stock_convolution(
        rows in 1usize..11, columns in 1usize..11, inputs in 1usize..5, groups in 1usize..3, stride in 1usize..3, seed in any::<u32>()
    ) {
        let outputs = groups * LANES;
        let input = tensor(&noise(rows * columns * inputs, seed), (rows, columns, inputs));
        let (weight, bias, slope) = (noise(9 * inputs * outputs, !seed), noise(outputs, seed ^ 1), noise(outputs, seed ^ 2));
        let op = Convolution3x3::new(&weight, Epilogue::new(&bias, &slope).unwrap(), stride).unwrap();
        let kernel = Tensor::from_slice(&weight, (3, 3, inputs, outputs), &Device::Cpu).unwrap()
            .permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
        let stock = channels_last(&channels_first(&input).conv2d(&kernel, 1, stride, 1, 1).unwrap());
        assert_close(&input.apply_op1_no_bwd(&op).unwrap(), &with_epilogue(&stock, &bias, &slope))?;
    }

    #[test]
    fn pool_and_upsample_are_the_stock_ones(rows in 1usize..6, columns in 1usize..6, channels in 1usize..9, seed in any::<u32>()) {
        let large = tensor(&noise(4 * rows * columns * channels, seed), (2 * rows, 2 * columns, channels));
        let small = tensor(&noise(rows * columns * channels, !seed), (rows, columns, channels));
        let stock = channels_last(&channels_first(&large).max_pool2d(2).unwrap());
        assert_close(&large.apply_op1_no_bwd(&MaxPool2x2).unwrap(), &stock.flatten_all().unwrap().to_vec1().unwrap())?;
        let doubled = channels_last(&channels_first(&small).upsample_nearest2d(2 * rows, 2 * columns).unwrap());
        let stock = (&large + doubled).unwrap();
        assert_close(&large.apply_op2_no_bwd(&small, &UpsampleAdd).unwrap(), &stock.flatten_all().unwrap().to_vec1().unwrap())?;
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let epilogue = Epilogue::relu(&[0.0; 16]).unwrap();
    assert!(Epilogue::relu(&[0.0; 15]).is_err());
    assert!(Epilogue::new(&[0.0; 16], &[0.0; 32]).is_err());
    assert!(Depthwise3x3::new(&[0.0; 9 * 16 + 1], epilogue.clone(), 1).is_err());
    assert!(Convolution3x3::new(&[0.0; 9 * 16], epilogue.clone(), 0).is_err());
    assert!(Pointwise::new(&[], epilogue.clone()).is_err());
    let op = Pointwise::new(&[0.0; 8 * 16], epilogue).unwrap();
    assert!(tensor(&[0.0; 7], (1, 1, 7)).apply_op1_no_bwd(&op).is_err());
    assert!(tensor(&[0.0; 3], (1, 3, 1)).apply_op1_no_bwd(&MaxPool2x2).is_err());
    let map = tensor(&[0.0; 4], (2, 2, 1));
    assert!(map.apply_op2_no_bwd(&map, &UpsampleAdd).is_err());
}

//! Every kernel, on every path that this CPU has, against candle's own convolutions (grouped where needed), on odd
//! shapes.

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

/// A number for each of the layer's outputs, cut into groups: `plain` is (before, outputs), the result (group, before, 16).
fn grouped(plain: &[f32], outputs: usize) -> Numbers {
    let before = plain.len() / outputs;
    let lanes =
        |group: usize, row: usize| Lanes(std::array::from_fn(|lane| plain[row * outputs + group * LANES + lane]));
    (0..outputs / LANES).flat_map(|group| (0..before).map(move |row| lanes(group, row))).collect()
}

/// (rows, columns, channels) as a map.
fn map(plain: &[f32], rows: usize, columns: usize) -> Map {
    let mut map = Map::default();
    let channels = plain.len() / (rows * columns);
    map.resize(channels / LANES, rows, columns);
    map.values_mut().copy_from_slice(&grouped(plain, channels));
    map
}

/// Back to (rows, columns, channels).
fn plain(map: &Map) -> Vec<f32> {
    let place = |at: usize| (0..map.groups()).flat_map(move |group| map.group(group)[at].0);
    (0..map.positions()).flat_map(place).collect()
}

/// (rows, columns, channels) as candle's convolution wants it: (1, channels, rows, columns).
fn channels_first(plain: &[f32], rows: usize, columns: usize) -> Tensor {
    let channels = plain.len() / (rows * columns);
    let tensor = Tensor::from_slice(plain, (rows, columns, channels), &Device::Cpu).unwrap();
    tensor.permute((2, 0, 1)).unwrap().unsqueeze(0).unwrap().contiguous().unwrap()
}

fn channels_last(map: &Tensor) -> Vec<f32> {
    map.squeeze(0).unwrap().permute((1, 2, 0)).unwrap().contiguous().unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// What follows the convolution, in all three kinds.
fn epilogues(outputs: usize, seed: u32) -> [(Epilogue, Vec<f32>, Vec<f32>); 3] {
    let (bias, slope) = (noise(outputs, seed ^ 1), noise(outputs, seed ^ 2));
    let epilogue = |activation| Epilogue::new(grouped(&bias, outputs), activation).unwrap();
    let prelu = Activation::PRelu(grouped(&slope, outputs));
    [
        (epilogue(Activation::Linear), bias.clone(), vec![1.0; outputs]),
        (epilogue(Activation::Relu), bias.clone(), vec![0.0; outputs]),
        (epilogue(prelu), bias.clone(), slope),
    ]
}

fn with_epilogue(sums: &[f32], bias: &[f32], slope: &[f32]) -> Vec<f32> {
    let channels = bias.iter().zip(slope).cycle();
    let finish = |(sum, (bias, slope)): (&f32, (&f32, &f32))| {
        let v = sum + bias;
        if v > 0.0 { v } else { slope * v }
    };
    sums.iter().zip(channels).map(finish).collect()
}

fn assert_close(path: Path, found: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        prop_assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "{} at {}: {} instead of {}", path, i, a, b);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn depthwise_is_the_grouped_convolution(
        rows in 1usize..12, columns in 1usize..20, groups in 1usize..4, stride in 1usize..3, seed in any::<u32>()
    ) {
        let channels = groups * LANES;
        let (input, weight) = (noise(rows * columns * channels, seed), noise(9 * channels, !seed));
        let kernel = Tensor::from_slice(&weight, (9, channels), &Device::Cpu).unwrap()
            .t().unwrap().reshape((channels, 1, 3, 3)).unwrap();
        let stock = channels_first(&input, rows, columns).conv2d(&kernel, 1, stride, 1, channels).unwrap();
        let stock = channels_last(&stock);
        for (epilogue, bias, slope) in epilogues(channels, seed) {
            let layer = Depthwise3x3::new(grouped(&weight, channels), epilogue, stride).unwrap();
            for path in Path::available() {
                let mut out = Map::default();
                layer.run(path, &map(&input, rows, columns), &mut out).unwrap();
                assert_close(path, &plain(&out), &with_epilogue(&stock, &bias, &slope))?;
            }
        }
    }

    #[test]
    fn a_border_after_the_map_is_a_window_moved_by_one(
        rows in 1usize..7, columns in 1usize..11, groups in 1usize..3, seed in any::<u32>()
    ) {
        // With zeros to the right and below, a window begins where the second of stride 1 with zeros around it does.
        let (rows, columns, channels) = (2 * rows, 2 * columns, groups * LANES);
        let (input, weight) = (noise(rows * columns * channels, seed), noise(9 * channels, !seed));
        let every = |found: &[f32]| -> Vec<f32> {
            let channels = found.len() / (rows * columns);
            let place = |at: usize| found[at * channels..][..channels].to_vec();
            let odd = (0..rows * columns).filter(|at| at / columns % 2 == 1 && at % columns % 2 == 1);
            odd.flat_map(place).collect()
        };
        let rgb: Vec<u8> = noise(rows * columns * 3, seed).iter().map(|v| (v.abs() * 255.0) as u8).collect();
        let pixels = noise(27 * channels, !seed);
        for ((epilogue, ..), path) in epilogues(channels, seed).into_iter().flat_map(|e| Path::available().map(move |path| (e.clone(), path))) {
            let (mut whole, mut halved) = (Map::default(), Map::default());
            let layer = |stride| Depthwise3x3::new(grouped(&weight, channels), epilogue.clone(), stride).unwrap();
            layer(1).run(path, &map(&input, rows, columns), &mut whole).unwrap();
            layer(2).with_border(Border::After).run(path, &map(&input, rows, columns), &mut halved).unwrap();
            assert_close(path, &plain(&halved), &every(&plain(&whole)))?;
            let stem = |stride| Stem::new(grouped(&pixels, channels), epilogue.clone(), stride, 99.0).unwrap();
            let picture = Picture { rgb: &rgb, width: columns, height: rows, columns, rows };
            stem(1).run(path, picture, &mut Padded::default(), &mut whole).unwrap();
            stem(2).with_border(Border::After).run(path, picture, &mut Padded::default(), &mut halved).unwrap();
            for (a, b) in plain(&halved).iter().zip(every(&plain(&whole))) {
                prop_assert!((a - b).abs() <= 1e-5 * (1000.0 + b.abs()), "{path}: {a} instead of {b}");
            }
        }
    }

    #[test]
    fn a_shortcut_adds_what_is_there(
        rows in 1usize..5, columns in 1usize..5, groups in 1usize..4, missing in 0usize..3, seed in any::<u32>()
    ) {
        let (channels, fewer) = (groups * LANES, groups.saturating_sub(missing).max(1) * LANES);
        let (sums, around) = (noise(rows * columns * channels, seed), noise(rows * columns * fewer, !seed));
        let slope = noise(channels, seed ^ 3);
        let expected: Vec<f32> = sums.iter().enumerate().map(|(i, v)| {
            let (at, channel) = (i / channels, i % channels);
            let v = v + if channel < fewer { around[at * fewer + channel] } else { 0.0 };
            if v > 0.0 { v } else { v * slope[channel] }
        }).collect();
        for path in Path::available() {
            let mut out = map(&sums, rows, columns);
            let layer = Shortcut::new(grouped(&slope, channels)).unwrap();
            layer.run(path, &map(&around, rows, columns), &mut out).unwrap();
            assert_close(path, &plain(&out), &expected)?;
            prop_assert!(layer.run(path, &map(&around, rows, columns), &mut map(&sums, rows * columns, 1)).is_err() || columns == 1);
        }
    }

    #[test]
    fn patches_and_a_product_are_a_convolution_whose_windows_do_not_overlap(
        rows in 1usize..4, columns in 1usize..4, side in 1usize..4, seed in any::<u32>()
    ) {
        let (rows, columns) = (rows * side, columns * side);
        let (input, weight) = (noise(rows * columns * LANES, seed), noise(side * side * LANES * LANES, !seed));
        let kernel = Tensor::from_slice(&weight, (side, side, LANES, LANES), &Device::Cpu).unwrap()
            .permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
        let stock = channels_last(&channels_first(&input, rows, columns).conv2d(&kernel, 0, side, 1, 1).unwrap());
        let bias = Epilogue::new(vec![Lanes::ZERO].into(), Activation::Linear).unwrap();
        let layer = Pointwise::new(grouped(&weight, LANES), bias).unwrap();
        for path in Path::available() {
            let (mut cut, mut out) = (Map::default(), Map::default());
            patches(side, &map(&input, rows, columns), &mut cut).unwrap();
            layer.run(path, &cut, &mut out).unwrap();
            assert_close(path, &plain(&out), &stock)?;
        }
    }

    #[test]
    fn pointwise_is_the_1x1_convolution(
        rows in 1usize..7, columns in 1usize..9, inputs in 1usize..4, groups in 1usize..6, seed in any::<u32>()
    ) {
        let (inputs, outputs) = (inputs * LANES, groups * LANES);
        let (input, weight) = (noise(rows * columns * inputs, seed), noise(inputs * outputs, !seed));
        let kernel = Tensor::from_slice(&weight, (inputs, outputs), &Device::Cpu).unwrap()
            .t().unwrap().reshape((outputs, inputs, 1, 1)).unwrap();
        let stock = channels_last(&channels_first(&input, rows, columns).conv2d(&kernel, 0, 1, 1, 1).unwrap());
        for (epilogue, bias, slope) in epilogues(outputs, seed) {
            let layer = Pointwise::new(grouped(&weight, outputs), epilogue).unwrap();
            for path in Path::available() {
                let mut out = Map::default();
                layer.run(path, &map(&input, rows, columns), &mut out).unwrap();
                assert_close(path, &plain(&out), &with_epilogue(&stock, &bias, &slope))?;
            }
        }
    }

    #[test]
    fn the_product_of_bytes_is_the_sum_of_the_codes(
        rows in 1usize..7, columns in 1usize..9, inputs in 1usize..4, groups in 1usize..6, seed in any::<u32>()
    ) {
        let (inputs, outputs) = (inputs * LANES, groups * LANES);
        let mut input = noise(rows * columns * inputs, seed);
        input[..inputs].fill(0.0); // a position without anything
        let weight: Vec<i8> = noise(inputs * outputs, !seed).iter().map(|v| (v * 127.0).round() as i8).collect();
        let (scale, bias, slope) = (noise(outputs, seed ^ 3), noise(outputs, seed ^ 1), noise(outputs, seed ^ 2));
        // As it is described: whole numbers, and what they stand for.
        let expected: Vec<f32> = input.chunks_exact(inputs).flat_map(|position| {
            let greatest = position.iter().fold(0.0f32, |a, b| a.max(b.abs())) / 127.0;
            let inverse = if greatest > 0.0 { 1.0 / greatest } else { 0.0 };
            let codes: Vec<i32> = position.iter().map(|v| (v * inverse).round_ties_even() as i32).collect();
            let (scale, weight) = (&scale, &weight);
            (0..outputs).map(move |o| {
                let sum: i32 = codes.iter().enumerate().map(|(i, c)| c * i32::from(weight[i * outputs + o])).sum();
                sum as f32 * greatest * scale[o]
            }).collect::<Vec<f32>>()
        }).collect();
        let quads: Vec<i8> = (0..groups).flat_map(|g| {
            let weight = &weight;
            (0..inputs / 4).flat_map(move |q| (0..LANES).flat_map(move |o| (0..4).map(move |k| weight[(q * 4 + k) * outputs + g * LANES + o])))
        }).collect();
        let codes: Vec<Codes> = bytemuck::allocation::pod_collect_to_vec(&quads);
        let starts: Vec<i32> = (0..outputs).map(|o| -128 * (0..inputs).map(|i| i32::from(weight[i * outputs + o])).sum::<i32>()).collect();
        let starts: Vec<Sums> = bytemuck::allocation::pod_collect_to_vec(&starts);
        let prelu = Activation::PRelu(grouped(&slope, outputs));
        let epilogue = Epilogue::new(grouped(&bias, outputs), prelu).unwrap();
        let layer = QuantizedPointwise::new(codes.into(), grouped(&scale, outputs), starts.into(), epilogue).unwrap();
        for path in Path::available() {
            let Some(vnni) = path.vnni() else { continue };
            let (mut kept, mut out) = (QuantizedMap::default(), Map::default());
            layer.run(vnni, &map(&input, rows, columns), &mut kept, &mut out).unwrap();
            assert_close(path, &plain(&out), &with_epilogue(&expected, &bias, &slope))?;
        }
    }

    #[test]
    fn the_stem_is_the_stock_convolution_of_the_padded_picture(
        height in 1usize..11, width in 1usize..40, below in 0usize..3, right in 0usize..3,
        groups in 1usize..4, stride in 1usize..3, mean in 0f32..255.0, seed in any::<u32>()
    ) {
        let (rows, columns, outputs) = (height + below, width + right, groups * LANES);
        let rgb: Vec<u8> = noise(height * width * 3, seed).iter().map(|v| (v.abs() * 255.0) as u8).collect();
        let mut input = vec![0.0; rows * columns * 3];
        for (i, v) in rgb.iter().enumerate() {
            let (row, at) = (i / (width * 3), i % (width * 3));
            input[row * columns * 3 + at] = f32::from(*v) - mean;
        }
        let weight: Vec<f32> = noise(27 * outputs, !seed).iter().map(|v| v / 64.0).collect();
        let kernel = Tensor::from_slice(&weight, (3, 3, 3, outputs), &Device::Cpu).unwrap()
            .permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
        let stock = channels_last(&channels_first(&input, rows, columns).conv2d(&kernel, 1, stride, 1, 1).unwrap());
        for (epilogue, bias, slope) in epilogues(outputs, seed) {
            let layer = Stem::new(grouped(&weight, outputs), epilogue, stride, mean).unwrap();
            for path in Path::available() {
                // What an earlier, larger picture left behind must not be seen.
                let (mut padded, mut out) = (Padded::default(), Map::default());
                let white = vec![255; 45 * 45 * 3];
                let before = Picture { rgb: &white, width: 45, height: 45, columns: 45, rows: 45 };
                layer.run(path, before, &mut padded, &mut out).unwrap();
                layer.run(path, Picture { rgb: &rgb, width, height, columns, rows }, &mut padded, &mut out).unwrap();
                assert_close(path, &plain(&out), &with_epilogue(&stock, &bias, &slope))?;
            }
        }
    }

    #[test]
    fn dense_is_the_product_with_the_matrix(rows in 1usize..9, columns in 1usize..9, groups in 1usize..3, seed in any::<u32>()) {
        let input = map(&noise(rows * columns * groups * LANES, seed), rows, columns);
        let count = input.values().len() * LANES;
        // Half precision holds these exactly: eighths.
        let weight: Vec<f32> = noise(count * OUTPUTS, !seed).iter().map(|v| (v * 64.0).round() / 8.0).collect();
        let half = |v: f32| u32::from(half::f16::from_f32(v).to_bits());
        let words: Vec<u32> = weight.chunks_exact(OUTPUTS)
            .flat_map(|row| (0..OUTPUTS / 2).map(|j| half(row[j]) | half(row[j + OUTPUTS / 2]) << 16)).collect();
        let packed: Vec<HalfRow> = words.chunks_exact(OUTPUTS / 2).map(|row| bytemuck::pod_read_unaligned(bytemuck::cast_slice(row))).collect();
        let bias = noise(OUTPUTS, seed ^ 1);
        let mut expected: Vec<f64> = bias.iter().map(|v| f64::from(*v)).collect();
        let values: &[f32] = bytemuck::cast_slice(input.values());
        for (value, row) in values.iter().zip(weight.chunks_exact(OUTPUTS)) {
            expected.iter_mut().zip(row).for_each(|(sum, w)| *sum += f64::from(*value) * f64::from(*w) / 4.0);
        }
        let layer = Dense::new(packed.into(), grouped(&bias, OUTPUTS), 0.25).unwrap();
        for path in Path::available() {
            let found = layer.run(path, &input).unwrap();
            for (a, b) in found.iter().zip(&expected) {
                prop_assert!((f64::from(*a) - b).abs() < 1e-3 * (1.0 + b.abs()), "{}: {} instead of {}", path, a, b);
            }
        }
    }

    #[test]
    fn pool_and_upsample_are_the_stock_ones(rows in 1usize..6, columns in 1usize..6, groups in 1usize..4, seed in any::<u32>()) {
        let channels = groups * LANES;
        let (large, small) = (noise(4 * rows * columns * channels, seed), noise(rows * columns * channels, !seed));
        let first = channels_first(&large, 2 * rows, 2 * columns);
        let halved = channels_last(&first.max_pool2d(2).unwrap());
        let doubled = channels_first(&small, rows, columns).upsample_nearest2d(2 * rows, 2 * columns).unwrap();
        let sum = channels_last(&(&first + doubled).unwrap());
        for path in Path::available() {
            let (mut map_large, mut out) = (map(&large, 2 * rows, 2 * columns), Map::default());
            max_pool_2x2(path, &map_large, &mut out).unwrap();
            assert_close(path, &plain(&out), &halved)?;
            add_upsampled(path, &mut map_large, &map(&small, rows, columns)).unwrap();
            assert_close(path, &plain(&map_large), &sum)?;
        }
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let zeros = |groups: usize| Numbers::from(vec![Lanes::ZERO; groups]);
    let one = Epilogue::new(zeros(1), Activation::Relu).unwrap();
    assert!(Epilogue::new(zeros(0), Activation::Linear).is_err());
    assert!(Epilogue::new(zeros(1), Activation::PRelu(zeros(2))).is_err());
    assert!(Depthwise3x3::new(zeros(10), one.clone(), 1).is_err());
    assert!(Depthwise3x3::new(zeros(9), one.clone(), 3).is_err());
    assert!(Stem::new(zeros(27), one.clone(), 0, 0.0).is_err());
    assert!(Stem::new(zeros(26), one.clone(), 1, 0.0).is_err());
    assert!(Pointwise::new(zeros(0), one.clone()).is_err());
    assert!(Pointwise::new(zeros(7), one.clone()).is_err());
    assert!(Dense::new(vec![].into(), zeros(8), 1.0).is_err());
    let path = Path::named("portable").unwrap();
    let (mut wide, mut out) = (map(&[0.0; 32], 1, 1), Map::default());
    assert!(Pointwise::new(zeros(16), one.clone()).unwrap().run(path, &wide, &mut out).is_err());
    assert!(Depthwise3x3::new(zeros(9), one.clone(), 1).unwrap().run(path, &wide, &mut out).is_err());
    assert!(max_pool_2x2(path, &wide, &mut out).is_err());
    assert!(add_upsampled(path, &mut wide, &map(&[0.0; 32], 1, 1)).is_err());
    assert!(patches(2, &wide, &mut out).is_err() && patches(0, &wide, &mut out).is_err());
    let after = Depthwise3x3::new(zeros(9), one.clone(), 2).unwrap().with_border(Border::After);
    assert!(after.run(path, &map(&[0.0; 16 * 6], 2, 3), &mut out).is_err());
    assert!(Shortcut::new(zeros(0)).is_err());
    assert!(Shortcut::new(zeros(1)).unwrap().run(path, &map(&[0.0; 16], 1, 1), &mut wide).is_err());
    let stem = Stem::new(zeros(27), one, 1, 0.0).unwrap();
    for (bytes, width, columns) in [(11, 2, 2), (0, 0, 2), (12, 2, 1)] {
        let picture = Picture { rgb: &vec![0; bytes], width, height: 2, columns, rows: 2 };
        assert!(stem.run(path, picture, &mut Padded::default(), &mut out).is_err(), "{picture:?}");
    }
}

#[test]
fn a_path_is_had_by_its_name_or_refused_in_words() {
    let names: Vec<&str> = Path::available().map(Path::name).collect();
    assert_eq!(names.last(), Some(&"portable"), "what every CPU has comes last");
    for name in &names {
        assert_eq!(Path::named(name).unwrap().name(), *name);
    }
    let unknown = Path::named("AVX").unwrap_err().to_string();
    assert!(unknown.contains("\"AVX\"") && unknown.contains("avx512"), "{unknown}");
    for wide in ["avx512", "avx2"] {
        let single = format!("{wide}-f32");
        assert!(!names.contains(&wide) || Path::named(&single).unwrap().vnni().is_none(), "{single}");
    }
    if cfg!(target_arch = "x86_64") {
        let missing = Path::named("neon").unwrap_err().to_string();
        assert!(missing.contains("neon") && missing.contains("portable"), "{missing}");
    }
}

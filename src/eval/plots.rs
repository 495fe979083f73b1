//! The figures as pictures, SVG and PNG.

use std::io::Cursor;

use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::verify::{DISCARDED, Verification};

/// Pixels of a plot.
const SIZE: (u32, u32) = (960, 640);
const FONT: &str = "Atkinson Hyperlegible Next";
/// Colors that people who are blind to some can tell apart (Okabe and Ito, 2008).
const COLORS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// A plot that cannot be drawn or written as PNG.
#[derive(Debug, thiserror::Error)]
#[error("a plot cannot be drawn: {detail}")]
pub struct PlotError {
    detail: String,
}

/// A plot in both formats.
#[derive(Debug, Clone)]
pub struct Plot {
    /// Its file name without extension.
    pub name: &'static str,
    /// For documents.
    pub svg: String,
    /// For everything else.
    pub png: Vec<u8>,
}

/// A line of a plot.
struct Line {
    label: String,
    points: Vec<(f64, f64)>,
}

/// What a plot shows.
struct Content {
    name: &'static str,
    title: String,
    axes: [&'static str; 2],
    /// Least and greatest value of each axis.
    x: [f64; 2],
    y: [f64; 2],
    /// Whether each axis is logarithmic.
    logarithmic: [bool; 2],
    lines: Vec<Line>,
}

fn failed(error: impl std::fmt::Display) -> PlotError {
    PlotError { detail: error.to_string() }
}

/// The detection error trade-off, the distribution of the scores, and the errors against the discarded share.
///
/// # Errors
/// [`PlotError`], never seen.
pub fn of_verification(found: &Verification) -> Result<Vec<Plot>, PlotError> {
    [det(found), distributions(found), discards(found)].iter().map(draw).collect()
}

fn det(found: &Verification) -> Content {
    let points = found.det.iter().filter(|point| point.fmr < 0.5 && point.fnmr > 0.0);
    let least = found.det.iter().map(|point| point.fnmr).filter(|fnmr| *fnmr > 0.0).fold(1.0, f64::min);
    Content {
        name: "det",
        title: format!(
            "Single pictures: {} mated, {} non-mated comparisons",
            found.single.mated, found.single.non_mated
        ),
        axes: ["FMR", "FNMR"],
        x: [1.0 / found.single.non_mated.max(1) as f64, 0.5],
        y: [least * 0.8, 1.0],
        logarithmic: [true, true],
        lines: vec![Line { label: "FNMR at FMR".into(), points: points.map(|p| (p.fmr, p.fnmr)).collect() }],
    }
}

fn distributions(found: &Verification) -> Content {
    /// Width of the bins that are drawn.
    const WIDTH: f64 = 0.01;
    let share = |scores: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut bins = vec![0.0; (2.0 / WIDTH) as usize + 1];
        let mut total = 0.0;
        for (score, count) in scores {
            total += count;
            if let Some(bin) = bins.get_mut(((score + 1.0) / WIDTH) as usize) {
                *bin += count;
            }
        }
        let middle = |bin: usize| (bin as f64 + 0.5) * WIDTH - 1.0;
        bins.iter().enumerate().map(|(bin, count)| (middle(bin), count / f64::max(total, 1.0))).collect::<Vec<_>>()
    };
    let histogram = found.scores.histogram.iter().enumerate();
    let non_mated = share(&mut histogram.map(|(bin, count)| (super::scores::bin_start(bin), *count as f64)));
    let mated = share(&mut found.scores.mated.iter().map(|comparison| (f64::from(comparison.score), 1.0)));
    let highest = mated.iter().chain(&non_mated).map(|point| point.1).fold(0.0, f64::max);
    Content {
        name: "scores",
        title: format!("Scores, share of each {WIDTH}"),
        axes: ["score", "share"],
        x: [-0.5, 1.0],
        y: [0.0, highest.max(WIDTH) * 1.05],
        logarithmic: [false, false],
        lines: vec![
            Line { label: "mated".into(), points: mated },
            Line { label: "non-mated".into(), points: non_mated },
        ],
    }
}

fn discards(found: &Verification) -> Content {
    let lines = found.discards.iter().map(|discard| Line {
        label: discard.signal.into(),
        points: DISCARDED.into_iter().zip(discard.fnmr.iter().copied()).collect(),
    });
    let highest = found.discards.iter().flat_map(|discard| &discard.fnmr).copied().fold(0.0, f64::max);
    Content {
        name: "discarded",
        title: "FNMR of the rest at one threshold, the worst pictures being discarded".into(),
        axes: ["discarded share", "FNMR"],
        x: [0.0, DISCARDED[DISCARDED.len() - 1]],
        y: [0.0, highest.max(1e-6) * 1.05],
        logarithmic: [false, false],
        lines: lines.collect(),
    }
}

fn draw(content: &Content) -> Result<Plot, PlotError> {
    // Twice is as once.
    register_font(FONT, FontStyle::Normal, include_bytes!("../../assets/fonts/AtkinsonHyperlegibleNext-Regular.ttf"))
        .map_err(|_| failed("the font is not understood"))?;
    let mut svg = String::new();
    draw_on(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), content)?;
    let mut pixels = vec![0u8; SIZE.0 as usize * SIZE.1 as usize * 3];
    draw_on(&BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area(), content)?;
    let mut png = Cursor::new(vec![]);
    image::write_buffer_with_format(
        &mut png,
        &pixels,
        SIZE.0,
        SIZE.1,
        image::ExtendedColorType::Rgb8,
        image::ImageFormat::Png,
    )
    .map_err(failed)?;
    Ok(Plot { name: content.name, svg, png: png.into_inner() })
}

/// Draws on linear axes; a logarithmic one shows powers of ten.
fn draw_on<B: DrawingBackend>(area: &DrawingArea<B, plotters::coord::Shift>, content: &Content) -> Result<(), PlotError>
where
    B::ErrorType: 'static,
{
    let [x_log, y_log] = content.logarithmic;
    let place = |value: f64, logarithmic: bool| if logarithmic { value.log10() } else { value };
    let written = |value: f64, logarithmic: bool| {
        let plain = || format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned();
        if logarithmic { format!("{:.0e}", 10f64.powf(value)) } else { plain() }
    };
    area.fill(&WHITE).map_err(failed)?;
    let [x, y] = [(content.x, x_log), (content.y, y_log)].map(|([from, to], log)| place(from, log)..place(to, log));
    let mut chart = ChartBuilder::on(area)
        .caption(&content.title, (FONT, 22))
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(x, y)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_desc(content.axes[0])
        .y_desc(content.axes[1])
        .label_style((FONT, 15))
        .axis_desc_style((FONT, 17))
        .x_label_formatter(&|value| written(*value, x_log))
        .y_label_formatter(&|value| written(*value, y_log))
        .draw()
        .map_err(failed)?;
    for (line, color) in content.lines.iter().zip(COLORS.iter().cycle()) {
        let points = line.points.iter().map(|(x, y)| (place(*x, x_log), place(*y, y_log)));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))
            .map_err(failed)?
            .label(&line.label)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font((FONT, 15))
        .draw()
        .map_err(failed)?;
    area.present().map_err(failed)
}

//! Plots as SVG that takes its colours from the page around it.

use std::fmt;

use plotters::prelude::*;

/// A plot could not be drawn.
#[derive(Debug)]
pub struct PlotError(String);

impl fmt::Display for PlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a plot could not be drawn: {}", self.0)
    }
}

impl std::error::Error for PlotError {}

/// A line: what it shows, and its points.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Lines over time in seconds.
pub(super) fn lines(unit: &str, lines: &[Line<'_>]) -> Result<String, PlotError> {
    if lines.iter().all(|line| line.points.len() < 2) {
        return Ok("<p>There are fewer than two samples to draw a line between.</p>".to_owned());
    }
    let points = || lines.iter().flat_map(|line| &line.points);
    let end = points().map(|point| point.0).fold(1.0, f64::max);
    let top = points().map(|point| point.1).fold(0.0, f64::max);
    let plot = draw((TIME, unit), (0.0..end, top, LABELS_MAX), |chart| {
        // The first one on top of wider ones: where they are the same, both are seen.
        for (n, (line, colour)) in lines.iter().zip(COLOURS).enumerate().rev() {
            let style = match n {
                0 => colour.stroke_width(2),
                _ => colour.mix(0.5).stroke_width(6),
            };
            let series = LineSeries::new(line.points.iter().copied(), style);
            chart.draw_series(series).map_err(failed)?;
        }
        Ok(())
    })?;
    Ok(legend(lines) + &plot)
}

/// Which line is which, above the plot: inside there is no place that no line goes through. One line
/// alone is named by the title of its section.
fn legend(lines: &[Line<'_>]) -> String {
    if lines.len() < 2 {
        return String::new();
    }
    let entries = lines
        .iter()
        .zip(COLOURS)
        .map(|(line, RGBColor(red, green, blue))| {
            let name = line.name;
            format!("<span style=\"color:rgb({red},{green},{blue})\">&#9632;</span> {name}")
        });
    format!("<p>{}</p>\n", entries.collect::<Vec<_>>().join(" &ensp; "))
}

/// How many values there are of each size.
pub(super) fn histogram(unit: &str, values: &[f64]) -> Result<String, PlotError> {
    let end = values.iter().copied().fold(0.0, f64::max).max(0.001) * 1.05;
    let width = end / BINS as f64;
    let mut counts = [0_u32; BINS];
    for value in values {
        counts[((value / width) as usize).min(BINS - 1)] += 1;
    }
    let top = counts.iter().copied().max().unwrap_or(0);
    // There are no parts of a crash.
    let labels = LABELS_MAX.min(top as usize + 1);
    draw(
        (unit, "crashes"),
        (0.0..end, f64::from(top), labels),
        |chart| {
            let bars = counts.iter().enumerate().map(|(bin, count)| {
                let corners = [
                    (bin as f64 * width, 0.0),
                    ((bin as f64 + 0.9) * width, f64::from(*count)),
                ];
                Rectangle::new(corners, COLOURS[0].filled())
            });
            chart.draw_series(bars).map_err(failed).map(|_| ())
        },
    )
}

type Chart<'a> = ChartContext<
    'a,
    SVGBackend<'a>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn draw(
    (across, up): (&str, &str),
    (width, top, labels): (std::ops::Range<f64>, f64, usize),
    content: impl FnOnce(&mut Chart<'_>) -> Result<(), PlotError>,
) -> Result<String, PlotError> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d(width, 0.0..if top > 0.0 { top * 1.08 } else { 1.0 })
            .map_err(failed)?;
        let mut mesh = chart.configure_mesh();
        mesh.axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT);
        mesh.label_style(font()).axis_desc_style(font());
        mesh.x_label_formatter(&short).y_label_formatter(&short);
        mesh.y_labels(labels);
        mesh.x_desc(across).y_desc(up).draw().map_err(failed)?;
        content(&mut chart)?;
        root.present().map_err(failed)?;
    }
    // Scales with the page, and its ink is the ink of the page, dark or light.
    let svg = svg.replacen("<svg width=\"760\" height=\"300\"", "<svg role=\"img\"", 1);
    Ok(svg.replace("\"#010203\"", "\"currentColor\""))
}

/// A number without zeros at its end.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "that is how labels are asked for"
)]
fn short(value: &f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn font() -> TextStyle<'static> {
    ("sans-serif", 13).into_font().color(&INK)
}

fn failed(error: impl fmt::Display) -> PlotError {
    PlotError(error.to_string())
}

const TIME: &str = "seconds since the warm-up";
const SIZE: (u32, u32) = (760, 300);
const BINS: usize = 30;
/// Numbers along the axis that goes up.
const LABELS_MAX: usize = 11;
/// A colour that nothing else has, replaced by that of the page's text.
const INK: RGBColor = RGBColor(1, 2, 3);
/// Seen on white and on black.
const GRID: RGBAColor = RGBAColor(128, 128, 128, 0.35);
const COLOURS: [RGBColor; 3] = [
    RGBColor(0x2a, 0x7f, 0xd4),
    RGBColor(0xe0, 0x7b, 0x1a),
    RGBColor(0x2f, 0x9e, 0x62),
];

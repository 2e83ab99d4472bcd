//! Published and measured figures as lines, as SVG.

use std::fmt;

use plotters::prelude::*;

/// Lines over common axes.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What goes across.
    pub(super) across: &'static str,
    /// What goes up.
    pub(super) up: &'static str,
    /// The lines, and what each shows.
    pub(super) lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// A plot could not be drawn.
#[derive(Debug)]
pub struct PlotFailed(String);

impl fmt::Display for PlotFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the plot could not be drawn: {}", self.0)
    }
}

impl std::error::Error for PlotFailed {}

impl Plot {
    /// Draws it.
    ///
    /// # Errors
    ///
    /// If the drawing library fails.
    pub fn svg(&self) -> Result<String, PlotFailed> {
        let mut svg = String::new();
        self.draw(&mut svg)
            .map_err(|error| PlotFailed(error.to_string()))?;
        Ok(svg)
    }

    fn draw(&self, svg: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let (width, height) = (self.range(|point| point.0), self.range(|point| point.1));
        let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(|error| error.to_string())?;
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(width, height)
            .map_err(|error| error.to_string())?;
        let mut mesh = chart.configure_mesh();
        let mesh = mesh.x_desc(self.across).y_desc(self.up);
        mesh.draw().map_err(|error| error.to_string())?;
        for (index, (name, points)) in self.lines.iter().enumerate() {
            let style = Palette99::pick(index).stroke_width(2);
            let line = LineSeries::new(points.iter().copied(), style);
            let line = chart.draw_series(line).map_err(|error| error.to_string())?;
            line.label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        let mut labels = chart.configure_series_labels();
        let labels = labels.background_style(WHITE.mix(0.8)).border_style(BLACK);
        labels.draw().map_err(|error| error.to_string())?;
        root.present().map_err(|error| error.to_string())?;
        Ok(())
    }

    /// From the least to the most of one co-ordinate, with a margin.
    fn range(&self, of: fn(&(f64, f64)) -> f64) -> std::ops::Range<f64> {
        let all = || {
            self.lines
                .iter()
                .flat_map(|(_, points)| points.iter().map(of))
        };
        let (least, most) = (
            all().fold(f64::INFINITY, f64::min),
            all().fold(f64::NEG_INFINITY, f64::max),
        );
        let margin = ((most - least) * MARGIN_PART).max(f64::EPSILON);
        if least.is_finite() && most.is_finite() {
            least - margin..most + margin
        } else {
            0.0..1.0
        }
    }
}

const SIZE: (u32, u32) = (760, 320);

/// Around the lines.
const MARGIN_PART: f64 = 0.04;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_shows_every_line_under_its_name() {
        let line = |name: &str| (name.to_owned(), vec![(0.0, 1.0), (1.0, 2.0)]);
        let drawn = |names: &[&str]| {
            let plot = Plot {
                across: "seconds",
                up: "members",
                lines: names.iter().map(|name| line(name)).collect(),
            };
            plot.svg().expect("a drawing")
        };
        let (one, two) = (drawn(&["ours"]), drawn(&["ours", "published"]));
        for name in ["seconds", "members", "published", "ours"] {
            assert!(two.contains(name), "{name}");
        }
        // The axes are the same: what is more is the line and what stands for it in the legend.
        let lines = |svg: &str| svg.matches("<polyline").count();
        assert_eq!(lines(&two), lines(&one) + 2);
    }

    #[test]
    fn nothing_can_be_drawn() {
        let plot = Plot {
            across: "",
            up: "",
            lines: Vec::new(),
        };
        assert!(plot.svg().is_ok());
    }
}

//! The page.

use std::fmt::Write as _;

use super::plot::{Line, PlotError, histogram, lines};
use crate::scenario::{Figure, Outcome, Sample, Scenario};

/// A page of HTML about these runs, with the command that made it. It needs nothing but itself.
///
/// # Errors
///
/// If a plot cannot be drawn.
pub fn page(
    scenario: &Scenario,
    runs: &[Outcome],
    figures: &[Figure],
    command: &str,
) -> Result<String, PlotError> {
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>foca-sim: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n\
         <p>{description}</p>\n<p>{nodes} members, watched for {duration} after {warm_up} of warm-up, \
         {count} runs from seed {seed}.</p>\n<pre>{command}</pre>\n",
        name = escape(&scenario.name),
        description = escape(&scenario.description),
        nodes = scenario.nodes,
        duration = scenario.duration,
        warm_up = scenario.warm_up,
        count = runs.len(),
        seed = scenario.seed,
        command = escape(command),
    );
    table(&mut html, figures);
    plots(&mut html, runs)?;
    let parameters = toml::to_string(scenario).unwrap_or_else(|error| error.to_string());
    section(
        &mut html,
        "The scenario",
        &format!("<pre>{}</pre>", escape(&parameters)),
    );
    html.push_str("</body>\n</html>\n");
    Ok(html)
}

fn table(html: &mut String, figures: &[Figure]) {
    let mut rows = String::from(
        "<table><tr><th></th><th>mean</th><th>median</th><th>p99</th><th>max</th><th>never</th></tr>\n",
    );
    for figure in figures {
        let _ = write!(rows, "<tr><td>{}</td>", escape(figure.name));
        for value in [figure.mean, figure.median, figure.p99, figure.max] {
            let shown = match value {
                value if value.is_nan() => "–".to_owned(),
                f64::INFINITY => "never".to_owned(),
                value => format!("{value:.2}"),
            };
            let _ = write!(rows, "<td>{shown}</td>");
        }
        let _ = writeln!(rows, "<td>{}</td></tr>", figure.missing);
    }
    rows.push_str("</table>");
    section(html, "Figures", &rows);
}

fn plots(html: &mut String, runs: &[Outcome]) -> Result<(), PlotError> {
    let completeness = |sample: &Sample| sample.completeness * 100.0;
    let plot = lines("% of pairs known", &mean_and_least(runs, completeness))?;
    section(html, "View completeness over time", &plot);
    let one = |name, value: fn(&Sample) -> f64| {
        [Line {
            name,
            points: mean_rate(runs, value),
        }]
    };
    let plot = lines(
        "messages per second",
        &one("messages", |it| it.messages_per_node_second),
    )?;
    section(html, "Messages sent per node", &plot);
    let plot = lines(
        "bytes per second",
        &one("bytes", |it| it.bytes_per_node_second),
    )?;
    section(html, "Bytes sent per node", &plot);
    let crashes = || {
        let all = runs.iter().flat_map(|run| &run.detections);
        all.filter(|it| !it.graceful && !it.returned)
    };
    let first: Vec<f64> = crashes().filter_map(|it| it.first_seconds).collect();
    if first.is_empty() {
        section(
            html,
            "Detection time",
            "<p>Nobody crashed for good and was detected.</p>",
        );
    } else {
        let plot = histogram("seconds from the crash to the first Down", &first)?;
        section(html, "Detection time: the first Down", &plot);
        let all: Vec<f64> = crashes().filter_map(|it| it.all_seconds).collect();
        let plot = histogram("seconds from the crash until all are informed", &all)?;
        section(html, "Detection time: all informed", &plot);
    }
    let accusations = [
        Line {
            name: "declarations so far",
            points: mean(runs, |it| it.declarations_false as f64),
        },
        Line {
            name: "wrongly held down",
            points: mean(runs, |it| it.wrongly_down as f64),
        },
    ];
    section(
        html,
        "False accusations, mean of all runs",
        &lines("members", &accusations)?,
    );
    Ok(())
}

/// The mean over all runs; of one that ended early its last state counts.
fn mean(runs: &[Outcome], value: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
    over_time(runs, Ended::Stays, |samples| {
        samples.iter().map(|it| value(it)).sum::<f64>() / samples.len() as f64
    })
}

fn mean_and_least(runs: &[Outcome], value: fn(&Sample) -> f64) -> [Line<'static>; 2] {
    let least = over_time(runs, Ended::Stays, |samples| {
        samples
            .iter()
            .map(|it| value(it))
            .fold(f64::INFINITY, f64::min)
    });
    [
        Line {
            name: "mean of all runs",
            points: mean(runs, value),
        },
        Line {
            name: "worst run",
            points: least,
        },
    ]
}

/// The mean over all runs that were still going on.
fn mean_rate(runs: &[Outcome], value: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
    over_time(runs, Ended::Goes, |samples| {
        samples.iter().map(|it| value(it)).sum::<f64>() / samples.len() as f64
    })
}

/// What becomes of a run that ended before others.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Ended {
    /// Its last state counts until all have ended.
    Stays,
    /// It does not count any more.
    Goes,
}

fn over_time(runs: &[Outcome], ended: Ended, of: impl Fn(&[&Sample]) -> f64) -> Vec<(f64, f64)> {
    let Some(longest) = runs.iter().max_by_key(|run| run.samples.len()) else {
        return Vec::new();
    };
    let moments = longest.samples.iter().enumerate();
    let points = moments.map(|(n, moment)| {
        let at = |run: &'_ Outcome| -> Option<usize> {
            let last = run.samples.len().checked_sub(1)?;
            (n <= last || ended == Ended::Stays).then_some(n.min(last))
        };
        let samples: Vec<&Sample> = runs
            .iter()
            .filter_map(|run| run.samples.get(at(run)?))
            .collect();
        (moment.at_seconds, of(&samples))
    });
    points.collect()
}

fn section(html: &mut String, title: &str, content: &str) {
    let _ = write!(
        html,
        "<section>\n<h2>{}</h2>\n{content}\n</section>\n",
        escape(title)
    );
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = ":root{color-scheme:light dark}\
    body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    pre{overflow-x:auto;padding:.6rem;border:1px solid #8886;border-radius:4px}\
    table{border-collapse:collapse}td,th{padding:.15rem .7rem;border-bottom:1px solid #8884;text-align:right}\
    td:first-child{text-align:left}svg{width:100%;height:auto}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{System, run, summarise};

    #[test]
    fn the_page_needs_nothing_but_itself_and_escapes_what_it_is_told() {
        let changes = ["nodes=4", "warm_up=5s", "name='a<b>&c'"];
        let scenario = Scenario::shipped("crash")
            .unwrap()
            .with_changes(&changes)
            .unwrap();
        let runs = [run(&scenario, System::Ours, 1, &mut |_| {}).unwrap()];
        let page = page(&scenario, &runs, &summarise(&runs), "foca-sim run 'a<b>'").unwrap();
        assert!(page.contains("<h1>a&lt;b&gt;&amp;c</h1>"));
        assert!(!page.contains("<b>"));
        assert_eq!(
            page.matches("<svg").count(),
            6,
            "completeness, 2 of traffic, 2 of detection, accusations"
        );
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
        for outside in ["<script", "<link", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn a_run_that_ended_early_stays_as_it_was_but_sends_nothing() {
        let scenario = Scenario::shipped("crash").unwrap();
        let scenario = scenario.with_changes(&["nodes=4"]).unwrap();
        let mut long = run(&scenario, System::Ours, 1, &mut |_| {}).unwrap();
        long.samples.truncate(2);
        long.samples.iter_mut().for_each(|it| it.completeness = 1.0);
        let mut short = long.clone();
        short.samples.truncate(1);
        short.samples[0].completeness = 0.0;
        let runs = [short, long];
        let values =
            |points: Vec<(f64, f64)>| points.into_iter().map(|it| it.1).collect::<Vec<_>>();
        assert_eq!(values(mean(&runs, |it| it.completeness)), [0.5, 0.5]);
        assert_eq!(values(mean_rate(&runs, |it| it.completeness)), [0.5, 1.0]);
    }
}

//! The page.

use std::fmt::Write as _;

use super::number::number;
use super::plot::{Line, PlotError, histogram, lines};
use super::series::{mean, mean_and_worst, mean_rate};
use crate::scenario::{Detection, Figure, Outcome, Sample, Scenario};

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
         {runs} from seed {seed}.</p>\n<pre>{command}</pre>\n",
        name = escape(&scenario.name),
        description = escape(&scenario.description),
        nodes = scenario.nodes,
        duration = scenario.duration,
        warm_up = scenario.warm_up,
        runs = match runs.len() {
            1 => "1 run".to_owned(),
            count => format!("{count} runs"),
        },
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
            let _ = write!(rows, "<td>{}</td>", number(value));
        }
        let missing = match figure.missing {
            0 => String::new(),
            missing => missing.to_string(),
        };
        let _ = writeln!(rows, "<td>{missing}</td></tr>");
    }
    rows.push_str("</table>");
    section(html, "Figures", &rows);
}

fn plots(html: &mut String, runs: &[Outcome]) -> Result<(), PlotError> {
    let completeness = |sample: &Sample| sample.completeness * 100.0;
    let plot = lines("% of pairs known", &mean_and_worst(runs, completeness))?;
    section(html, "View completeness over time", &plot);
    let wrong = [Line {
        name: "wrong entries",
        points: mean(runs, |it| it.wrong_entries as f64),
    }];
    let none = "None at any sample: nobody listed somebody who does not run, or not in that life.";
    let plot = lines_unless_zero("entries of all members", &wrong, none)?;
    section(
        html,
        "Entries about whoever is gone, mean of all runs",
        &plot,
    );
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
    section(
        html,
        "Messages sent per node, mean of the runs going on",
        &plot,
    );
    let plot = lines(
        "bytes per second",
        &one("bytes", |it| it.bytes_per_node_second),
    )?;
    section(
        html,
        "Bytes sent per node, mean of the runs going on",
        &plot,
    );
    detections(html, runs)?;
    let accusations = [
        Line {
            name: "false declarations so far",
            points: mean(runs, |it| it.declarations_false as f64),
        },
        Line {
            name: "members wrongly held down",
            points: mean(runs, |it| it.wrongly_down as f64),
        },
    ];
    let none =
        "None: nobody who ran and could be reached was declared down, nor held down at any sample.";
    let plot = lines_unless_zero("declarations, members", &accusations, none)?;
    section(html, "False accusations, mean of all runs", &plot);
    Ok(())
}

/// How long it took to notice those who crashed for good.
fn detections(html: &mut String, runs: &[Outcome]) -> Result<(), PlotError> {
    let all = runs.iter().flat_map(|run| &run.detections);
    let crashes: Vec<&Detection> = all
        .filter(|it| !it.graceful && !it.returned && !it.unseen)
        .collect();
    if crashes.is_empty() {
        section(html, "Detection time", "<p>Nobody crashed for good.</p>");
        return Ok(());
    }
    let mut distribution = |title, unit, of: fn(&Detection) -> Option<f64>| {
        let times: Vec<f64> = crashes.iter().filter_map(|it| of(it)).collect();
        let mut content = match times.as_slice() {
            [] => String::new(),
            times => histogram(unit, times)?,
        };
        let missing = crashes.len() - times.len();
        if missing > 0 {
            let _ = write!(
                content,
                "<p>It never came to this for {missing} of {} crashes.</p>",
                crashes.len()
            );
        }
        section(html, title, &content);
        Ok(())
    };
    distribution(
        "Detection time: the first Down",
        "seconds from the crash to the first Down",
        |it| it.first_seconds,
    )?;
    distribution(
        "Detection time: all informed",
        "seconds from the crash until all are informed",
        |it| it.all_seconds,
    )
}

/// The plot, or a sentence where it would be a line along the bottom.
fn lines_unless_zero(unit: &str, drawn: &[Line<'_>], none: &str) -> Result<String, PlotError> {
    let mut values = drawn.iter().flat_map(|line| &line.points);
    match values.all(|(_, value)| *value == 0.0) {
        true => Ok(format!("<p>{none}</p>")),
        false => lines(unit, drawn),
    }
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
            "completeness, wrong entries, 2 of traffic, 2 of detection"
        );
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
        for outside in ["<script", "<link", "src=", "href=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    }

    #[test]
    fn accusations_are_drawn_if_there_are_any_and_what_never_came_is_told() {
        let scenario = Scenario::shipped("crash").unwrap();
        let scenario = scenario.with_changes(&["nodes=4", "warm_up=5s"]).unwrap();
        let mut runs = [run(&scenario, System::Ours, 1, &mut |_| {}).unwrap()];
        let shown = |runs: &[Outcome]| page(&scenario, runs, &[], "").unwrap();
        assert!(shown(&runs).contains("<p>None: nobody who ran"));
        assert!(!shown(&runs).contains("It never came"));
        runs[0].samples.last_mut().unwrap().declarations_false = 1;
        runs[0].detections[0].all_seconds = None;
        assert!(!shown(&runs).contains("<p>None: nobody who ran"));
        assert!(shown(&runs).contains("It never came to this for 1 of 1 crashes."));
        runs[0].detections.clear();
        assert!(shown(&runs).contains("Nobody crashed for good."));
        runs[0].samples.truncate(1);
        assert!(shown(&runs).contains("fewer than two samples"));
    }
}

//! How often healthy agents are taken for failed while others hang.

use super::anomaly::CONCURRENT;
use super::configuration::{Configuration, Parts};
use super::interval::{Accusations, accusations};
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Plot, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "lifeguard-false-positives",
    summary: "Lifeguard table IV: healthy agents taken for failed, in percent of SWIM's",
    table,
};

/// Figure 2 decoded, the sums of which are table IV: false positives by C over 480 runs each.
const FIGURE_2: [(Parts, [u32; 9]); 5] = [
    (
        Parts::Swim,
        [
            906, 5_973, 11_286, 23_147, 34_501, 45_485, 58_965, 77_069, 81_670,
        ],
    ),
    (
        Parts::LhaProbe,
        [
            512, 3_208, 7_226, 15_199, 21_922, 36_476, 41_832, 50_274, 52_925,
        ],
    ),
    (
        Parts::LhaSuspicion,
        [49, 311, 142, 581, 1_341, 1_119, 1_762, 2_892, 1_977],
    ),
    (
        Parts::Buddy,
        [
            950, 6_388, 8_476, 20_187, 34_737, 46_446, 58_441, 71_740, 71_570,
        ],
    ),
    (
        Parts::Lifeguard,
        [18, 143, 110, 224, 573, 751, 842, 1_335, 1_197],
    ),
];

/// Figure 3 decoded: the same at agents without anomaly.
const FIGURE_3: [(Parts, [u32; 9]); 5] = [
    (Parts::Swim, [24, 9, 43, 40, 90, 204, 183, 276, 458]),
    (Parts::LhaProbe, [2, 1, 3, 7, 57, 43, 57, 157, 109]),
    (Parts::LhaSuspicion, [0, 1, 2, 4, 9, 10, 11, 18, 34]),
    (Parts::Buddy, [1, 5, 12, 24, 45, 63, 96, 159, 186]),
    (Parts::Lifeguard, [0, 1, 4, 2, 0, 6, 4, 3, 5]),
];

/// Runs behind each of those numbers.
const PUBLISHED_RUNS: f64 = 480.0;

/// The C of the short form.
const SHORT: [usize; 1] = [16];

/// Least and most percent of SWIM's false positives, fixed around table IV: 67.72, 3.00, 94.08 and
/// 1.53 %.
const fn band(parts: Parts) -> Tolerance {
    match parts {
        Parts::Swim => Tolerance::Unjudged,
        Parts::LhaProbe => Tolerance::Band(55.0, 80.0),
        Parts::LhaSuspicion => Tolerance::Band(2.0, 5.0),
        Parts::Buddy => Tolerance::Band(85.0, 105.0),
        Parts::Lifeguard => Tolerance::Band(1.0, 3.0),
    }
}

/// The same for those at healthy agents. Others than the Buddy System leave so few that only their
/// order is judged.
const fn band_at_healthy(parts: Parts) -> Tolerance {
    match parts {
        Parts::Buddy => Tolerance::Band(35.0, 55.0),
        Parts::Swim | Parts::LhaProbe | Parts::LhaSuspicion | Parts::Lifeguard => {
            Tolerance::Unjudged
        }
    }
}

/// Mean numbers per run.
struct Means {
    parts: Parts,
    anywhere: f64,
    at_healthy: f64,
}

fn table(run: &Run<'_>) -> Table {
    let (concurrent, repeats) = match run.pick(0, 1, 10) {
        0 => (&SHORT[..], 1),
        repeats => (&CONCURRENT[..], repeats),
    };
    let runs: Vec<(Parts, Vec<Accusations>)> = Parts::ALL
        .into_iter()
        .map(|parts| {
            (
                parts,
                accusations(run, Configuration::usual(parts), concurrent, repeats),
            )
        })
        .collect();
    let means: Vec<Means> = runs
        .iter()
        .map(|(parts, runs)| means(*parts, runs))
        .collect();
    let published: Vec<Means> = Parts::ALL
        .into_iter()
        .map(|parts| published(parts, concurrent))
        .collect();
    let mut rows: Vec<Row> = runs
        .iter()
        .take(1)
        .flat_map(|(_, runs)| by_concurrency(runs, concurrent))
        .collect();
    rows.extend(absolute(&means, &published));
    rows.extend(relative(&means, &published));
    rows.extend(order(&means));
    let count: usize = runs.iter().map(|(_, runs)| runs.len()).sum();
    Table {
        name: EXPERIMENT.name,
        plot: Some(by_concurrency_plot(&runs, concurrent)),
        source: "Lifeguard (arXiv 1707.00788v2), table IV and figures 2 and 3, Interval experiment",
        setup: format!(
            "128 agents, C = {concurrent:?} of them blocked again and again for 120 s, all 48 pairs of D and I, \
             {repeats} runs a cell: {count} runs (published: 9 C, 10 runs a cell, 21,600 runs); α = 5, β = 6"
        ),
        rows,
        notes: vec![
            "Published figures are those of the same C. What the paper leaves open was chosen on the SWIM row, which is \
             therefore not judged."
                .to_owned(),
        ],
    }
}

fn means(parts: Parts, runs: &[Accusations]) -> Means {
    let mean = |figure: fn(&Accusations) -> u64| {
        runs.iter()
            .map(|run| figure(run) as f64)
            .collect::<Sample>()
            .mean()
    };
    Means {
        parts,
        anywhere: mean(|run| run.anywhere),
        at_healthy: mean(|run| run.at_healthy),
    }
}

fn published(parts: Parts, concurrent: &[usize]) -> Means {
    let mean = |figure: &[(Parts, [u32; 9]); 5]| {
        let line = figure.iter().filter(|(of, _)| *of == parts);
        let cells = line.flat_map(|(_, counts)| CONCURRENT.into_iter().zip(*counts));
        let cells = cells.filter(|(c, _)| concurrent.contains(c));
        cells
            .map(|(_, count)| f64::from(count) / PUBLISHED_RUNS)
            .collect::<Sample>()
            .mean()
    };
    Means {
        parts,
        anywhere: mean(&FIGURE_2),
        at_healthy: mean(&FIGURE_3),
    }
}

fn by_concurrency(swim: &[Accusations], concurrent: &[usize]) -> Vec<Row> {
    let row = |c: &usize| {
        let of_size: Vec<Accusations> = swim
            .iter()
            .filter(|run| run.concurrent == *c)
            .copied()
            .collect();
        let figure = published(Parts::Swim, &[*c]).anywhere;
        Row::new(
            format!("SWIM, C = {c}: FP a run"),
            figure,
            means(Parts::Swim, &of_size).anywhere,
        )
        .digits(1)
    };
    concurrent.iter().map(row).collect()
}

fn by_concurrency_plot(runs: &[(Parts, Vec<Accusations>)], concurrent: &[usize]) -> Plot {
    let shown = runs
        .iter()
        .filter(|(parts, _)| matches!(parts, Parts::Swim | Parts::LhaProbe | Parts::Lifeguard));
    let lines = shown.flat_map(|(parts, runs)| {
        let line = |name: &str, figure: &dyn Fn(usize) -> f64| {
            let points = concurrent.iter().map(|c| (*c as f64, figure(*c)));
            (format!("{}, {name}", parts.name()), points.collect())
        };
        let ours = |c: usize| {
            let of_size = runs.iter().filter(|run| run.concurrent == c);
            means(*parts, &of_size.copied().collect::<Vec<_>>()).anywhere
        };
        [
            line("published", &|c| published(*parts, &[c]).anywhere),
            line("ours", &ours),
        ]
    });
    Plot {
        across: "slow agents, C",
        up: "false positives a run",
        lines: lines.collect(),
    }
}

fn absolute(means: &[Means], published: &[Means]) -> Vec<Row> {
    let rows = means.iter().zip(published).flat_map(|(ours, theirs)| {
        let name = ours.parts.name();
        [
            Row::new(format!("{name}: FP a run"), theirs.anywhere, ours.anywhere).digits(2),
            Row::new(
                format!("{name}: FP- a run"),
                theirs.at_healthy,
                ours.at_healthy,
            )
            .digits(4),
        ]
    });
    rows.collect()
}

fn relative(means: &[Means], published: &[Means]) -> Vec<Row> {
    let (Some(swim), Some(published_swim)) = (means.first(), published.first()) else {
        return Vec::new();
    };
    let others = means.iter().zip(published).skip(1);
    let rows = others.flat_map(|(ours, theirs)| {
        let name = ours.parts.name();
        let anywhere = [
            theirs.anywhere / published_swim.anywhere,
            ours.anywhere / swim.anywhere,
        ];
        let at_healthy = [
            theirs.at_healthy / published_swim.at_healthy,
            ours.at_healthy / swim.at_healthy,
        ];
        [
            Row::new(
                format!("{name}: FP, % of SWIM"),
                100.0 * anywhere[0],
                100.0 * anywhere[1],
            )
            .within(band(ours.parts))
            .digits(2),
            Row::new(
                format!("{name}: FP-, % of SWIM"),
                100.0 * at_healthy[0],
                100.0 * at_healthy[1],
            )
            .within(band_at_healthy(ours.parts))
            .digits(2),
        ]
    });
    rows.collect()
}

/// Table IV from the fewest to the most, in both columns but for the places of LHA-Probe and the Buddy
/// System at healthy agents, which change with C.
const ORDER: [Parts; 5] = [
    Parts::Lifeguard,
    Parts::LhaSuspicion,
    Parts::LhaProbe,
    Parts::Buddy,
    Parts::Swim,
];

fn order(means: &[Means]) -> [Row; 2] {
    let in_place = |figure: fn(&Means) -> f64| {
        let mut sorted: Vec<&Means> = means.iter().collect();
        sorted.sort_by(|a, b| figure(a).total_cmp(&figure(b)).then(a.parts.cmp(&b.parts)));
        sorted
            .iter()
            .zip(ORDER)
            .filter(|(ours, parts)| ours.parts == *parts)
            .count() as f64
    };
    let all = ORDER.len() as f64;
    [
        Row::new(
            "configurations in the published order of FP",
            all,
            in_place(|means| means.anywhere),
        )
        .within(Tolerance::Absolute(0.0))
        .digits(0),
        Row::new(
            "configurations in the published order of FP-",
            all,
            in_place(|means| means.at_healthy),
        )
        .within(Tolerance::Absolute(0.0))
        .digits(0),
    ]
}

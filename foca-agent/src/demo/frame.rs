//! One picture of the demonstration, as lines for a terminal of a given size.

use std::time::Duration;

use super::paint::{Line, Style};
use super::row::{Belief, Life, Row};
use super::story::{Step, Story, in_words};

/// The widest picture, with fifty members; narrower terminals cut it off.
const COLUMNS_WANTED: usize = 80;

/// Columns of a table row in front of the beliefs.
const LEAD_COLUMNS: usize = 30;

/// Latest events that are shown where there is room for them.
const EVENTS_MAX: usize = 8;

/// Fewest latest events that are shown: the table makes room for them.
const EVENTS_MIN: usize = 3;

/// The picture, in at most `height` lines.
pub(crate) fn picture(story: &Story, rows: &[Row], height: usize) -> Vec<Line> {
    let mut lines = vec![title(story)];
    lines.extend(Step::ALL.map(|step| step_line(story, step)));
    let taken = lines.len() + TABLE_EXTRA_LINES + 2;
    let room = height.saturating_sub(taken + EVENTS_MIN).max(1);
    lines.push(Line::default());
    lines.extend(table(story, rows, room));
    lines.push(Line::default());
    let events = height.saturating_sub(lines.len()).clamp(1, EVENTS_MAX);
    let mut latest: Vec<Line> = story.latest(events).map(Line::plain).collect();
    // The picture keeps its height, so that nothing jumps.
    latest.resize_with(events, Line::default);
    lines.extend(latest);
    lines.truncate(height.max(1));
    lines
}

/// Lines of the table that are no members: its head, its legend, and the count of those left out.
const TABLE_EXTRA_LINES: usize = 3;

/// The members and what they believe, at most `rows_max` of them.
pub(crate) fn table(story: &Story, rows: &[Row], rows_max: usize) -> Vec<Line> {
    let shown = chosen(story, rows, rows_max);
    let mut lines = vec![head(rows.len())];
    lines.extend(shown.iter().map(|row| member_line(row, rows.len())));
    let hidden = rows.len() - shown.len();
    if hidden > 0 {
        lines.push(Line::default().and(Style::Faint, format!("   ... and {hidden} more")));
    }
    lines.push(legend());
    lines
}

/// The members to show, in order: those that something happens to, then from the first one on.
fn chosen<'a>(story: &Story, rows: &'a [Row], rows_max: usize) -> Vec<&'a Row> {
    let mut order: Vec<usize> = vec![story.victim, story.leaver];
    order.extend((0..rows.len()).filter(|index| *index != story.victim && *index != story.leaver));
    let mut indices: Vec<usize> = order.into_iter().take(rows_max).collect();
    indices.sort_unstable();
    indices
        .into_iter()
        .filter_map(|index| rows.get(index))
        .collect()
}

/// What this is.
pub(crate) fn heading(story: &Story) -> String {
    format!(
        "foca demo: {} members in one process, UDP on 127.0.0.1",
        story.members
    )
}

fn title(story: &Story) -> Line {
    let text = heading(story);
    let elapsed = format!("{:.1} s", story.elapsed().as_secs_f64());
    let room = COLUMNS_WANTED - 1 - text.len();
    Line::default()
        .and(Style::Strong, text)
        .and(Style::Plain, format!("{elapsed:>room$}"))
}

/// What is done in a step, in words.
pub(crate) fn deed(story: &Story, step: Step) -> String {
    let (victim, leaver) = (story.victim + 1, story.leaver + 1);
    match step {
        Step::Join => "all join through member 1".to_owned(),
        Step::Kill => format!("member {victim} is killed"),
        Step::Restart => format!("member {victim} starts again"),
        Step::Leave => format!("member {leaver} says goodbye"),
    }
}

/// What came of a step, in words; empty as long as nothing did.
pub(crate) fn outcome(story: &Story, step: Step) -> String {
    let say = |what: &str, time: Option<Duration>| {
        time.map(|time| format!("{what} after {}", in_words(time)))
    };
    let times = story.times;
    let said = match step {
        Step::Join => [say("complete", times.joined), None],
        Step::Kill => [say("suspected", times.suspected), say("down", times.down)],
        Step::Restart => [say("back", times.back), None],
        Step::Leave => [say("known as left", times.left), None],
    };
    said.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn step_line(story: &Story, step: Step) -> Line {
    let style = match (step as usize).cmp(&(story.step as usize)) {
        std::cmp::Ordering::Less => Style::Plain,
        std::cmp::Ordering::Equal => Style::Strong,
        std::cmp::Ordering::Greater => Style::Faint,
    };
    Line::default()
        .and(
            style,
            format!(" {}. {:<29}", step as usize + 1, deed(story, step)),
        )
        .and(Style::Good, outcome(story, step))
}

/// Beliefs stand apart if there is room.
const fn gap(members: usize) -> &'static str {
    if LEAD_COLUMNS + 2 * members <= COLUMNS_WANTED {
        " "
    } else {
        ""
    }
}

fn head(members: usize) -> Line {
    let lead = format!(
        "{:>3} {:>6} {:>7} {:>5} {:>4}",
        "#", "port", "active", "out/s", "in/s"
    );
    let gap = gap(members);
    let units: String = (1..=members)
        .map(|number| format!("{}{gap}", number % 10))
        .collect();
    Line::default().and(Style::Faint, format!("{lead:<LEAD_COLUMNS$}{units}"))
}

fn member_line(row: &Row, members: usize) -> Line {
    let name = format!("{:>3} {:>6} ", row.number, row.port);
    match row.life {
        Life::Killed => Line::plain(name).and(Style::Bad, " killed"),
        Life::Left => Line::plain(name).and(Style::Gone, "   left"),
        Life::Running => {
            let numbers = format!(
                "{:>7} {:>5} {:>4}",
                format!("{}/{members}", row.active),
                rounded(row.sent_per_s),
                rounded(row.received_per_s)
            );
            let line = Line::plain(format!("{:<LEAD_COLUMNS$}", name + &numbers));
            row.beliefs.iter().fold(line, |line, belief| {
                let (style, glyph) = drawn(*belief);
                line.and(style, format!("{glyph}{}", gap(members)))
            })
        }
    }
}

fn rounded(per_s: Option<f64>) -> String {
    per_s.map_or_else(|| "-".to_owned(), |per_s| format!("{per_s:.0}"))
}

const fn drawn(belief: Belief) -> (Style, char) {
    match belief {
        Belief::Itself => (Style::Faint, '*'),
        Belief::Unknown => (Style::Faint, '.'),
        Belief::Up => (Style::Good, 'o'),
        Belief::Suspect => (Style::Doubtful, '?'),
        Belief::Down => (Style::Bad, 'x'),
        Belief::Left => (Style::Gone, 'L'),
    }
}

fn legend() -> Line {
    let beliefs = [
        (Belief::Up, "up"),
        (Belief::Suspect, "suspect"),
        (Belief::Down, "down"),
        (Belief::Left, "left"),
        (Belief::Unknown, "unknown"),
        (Belief::Itself, "itself"),
    ];
    let line = Line::default().and(Style::Faint, "  its view of each: ");
    beliefs.into_iter().fold(line, |line, (belief, name)| {
        let (style, glyph) = drawn(belief);
        line.and(style, glyph)
            .and(Style::Faint, format!(" {name}  "))
    })
}

#[cfg(test)]
mod tests {
    use super::super::paint::Colours;
    use super::*;

    fn rows(members: usize) -> Vec<Row> {
        let row = |index: usize| Row {
            number: index + 1,
            port: 65_535,
            life: Life::Running,
            active: members,
            sent_per_s: Some(999.0),
            received_per_s: None,
            beliefs: (0..members)
                .map(|of| {
                    if of == index {
                        Belief::Itself
                    } else {
                        Belief::Up
                    }
                })
                .collect(),
        };
        (0..members).map(row).collect()
    }

    fn text(lines: &[Line]) -> Vec<String> {
        lines
            .iter()
            .map(|line| line.render(usize::MAX, Colours::Hidden))
            .collect()
    }

    fn told(members: usize) -> Story {
        let mut story = Story::new(members);
        story.step = Step::Leave;
        let time = Some(Duration::from_millis(12_345));
        story.times.joined = time;
        story.times.suspected = time;
        story.times.down = time;
        story.times.back = time;
        story.times.left = time;
        for _ in 0..20 {
            story.tell("member 50 sees member 49 suspect");
        }
        story
    }

    #[test]
    fn every_picture_fits_80_columns_and_its_height() {
        for members in 2..=50 {
            for height in [1, 5, 12, 23, 24, 40, 100] {
                let lines = text(&picture(&told(members), &rows(members), height));
                assert!(lines.len() <= height, "{members} members: {lines:#?}");
                for line in &lines {
                    assert!(line.len() <= 80, "{members} members: {line:?}");
                }
            }
        }
    }

    #[test]
    fn beliefs_stand_under_the_number_of_whom_they_are_about() {
        for members in [5, 25, 26, 50] {
            let mut rows = rows(members);
            rows[0].beliefs[3] = Belief::Suspect;
            let lines = text(&table(&told(members), &rows, usize::MAX));
            let column = lines[1].find('?').expect("a suspicion");
            assert_eq!(lines[0].as_bytes()[column], b'4', "{lines:#?}");
            assert_eq!(lines[1].matches('o').count(), members - 2);
        }
    }

    #[test]
    fn where_room_is_short_those_are_shown_that_something_happens_to() {
        let lines = text(&table(&told(50), &rows(50), 4)).join("\n");
        for number in [" 1 ", " 2 ", "49 ", "50 "] {
            assert!(lines.contains(&format!("{number} 65535")), "{lines}");
        }
        assert!(lines.contains("and 46 more"), "{lines}");
    }

    #[test]
    fn who_is_gone_believes_nothing() {
        let mut rows = rows(3);
        rows[1].life = Life::Left;
        rows[2].life = Life::Killed;
        let lines = text(&table(&told(3), &rows, 3));
        assert!(
            lines[2].ends_with("left") && lines[3].ends_with("killed"),
            "{lines:#?}"
        );
    }
}

//! What was measured, in a few lines at the end.

use std::time::Duration;

use super::story::{Story, in_words};

/// The summary. `sent_per_s` is how many datagrams a member sent per second while nothing happened.
pub(crate) fn summary(story: &Story, sent_per_s: f64) -> Vec<String> {
    let times = story.times;
    let (victim, leaver) = (story.victim + 1, story.leaver + 1);
    let timed = |what: &str, time: Option<Duration>, meaning: String| {
        let time = time.map_or_else(|| "not seen".to_owned(), in_words);
        format!("  {what:<20} {time:>8}   {meaning}")
    };
    vec![
        format!("Summary of {} members on this host:", story.members),
        timed(
            "join complete after",
            times.joined,
            "everybody lists everybody".to_owned(),
        ),
        timed(
            "suspected after",
            times.suspected,
            format!("somebody doubts member {victim}, which was killed"),
        ),
        timed(
            "down after",
            times.down,
            format!("everybody knows that member {victim} crashed"),
        ),
        timed(
            "back after",
            times.back,
            format!("everybody lists member {victim} again"),
        ),
        timed(
            "left after",
            times.left,
            format!("everybody knows that member {leaver} said goodbye"),
        ),
        format!(
            "  {:<20} {:>8}   suspicions of members that were running",
            "false alarms", story.false_alarms
        ),
        format!(
            "  {:<20} {sent_per_s:>6.1}/s   datagrams sent by each in quiet times",
            "messages"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_a_line_and_none_is_too_long() {
        let mut story = Story::new(50);
        let lines = summary(&story, 123.4).join("\n");
        assert_eq!(lines.matches("not seen").count(), 5, "{lines}");
        story.times.down = Some(Duration::from_millis(1_234));
        let lines = summary(&story, 123.4);
        assert!(
            lines
                .iter()
                .any(|line| line.contains("down after") && line.contains("1.23 s")),
            "{lines:#?}"
        );
        for line in lines {
            assert!(line.len() <= 80, "{line}");
        }
    }
}

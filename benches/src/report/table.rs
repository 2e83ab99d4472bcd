//! Tables of Markdown, and numbers that can be read.

/// A table; all columns but the first are numbers.
pub(super) struct Table {
    lines: Vec<String>,
}

impl Table {
    pub(super) fn new<S: AsRef<str>>(heads: impl IntoIterator<Item = S>) -> Self {
        let heads: Vec<S> = heads.into_iter().collect();
        let mut rule = "|---|".to_owned();
        rule.push_str(&"---:|".repeat(heads.len() - 1));
        let mut table = Self { lines: Vec::new() };
        table.row(heads);
        table.lines.push(rule);
        table
    }

    pub(super) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let mut line = "|".to_owned();
        for cell in cells {
            line.push(' ');
            line.push_str(cell.as_ref());
            line.push_str(" |");
        }
        self.lines.push(line);
    }

    pub(super) fn finish(self) -> String {
        self.lines.join("\n")
    }
}

/// Seconds in a unit that leaves three digits.
pub(super) fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// How many times one is of the other.
pub(super) fn factor(times: f64) -> String {
    format!("{}×", digits(times))
}

/// Three digits that count, thousands set apart.
pub(super) fn digits(value: f64) -> String {
    match value {
        v if v >= 100.0 => thousands(v.round() as u64),
        v if v >= 10.0 => trim(format!("{v:.1}")),
        v if v >= 1.0 || v == 0.0 => trim(format!("{v:.2}")),
        v => trim(format!("{v:.3}")),
    }
}

/// A whole number with its thousands set apart.
pub(super) fn thousands(number: u64) -> String {
    let plain = number.to_string();
    let mut text = String::new();
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn trim(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_can_be_read() {
        let texts = [0.0, 0.1234, 1.0, 1.239, 45.67, 123.4, 1_234_567.0].map(digits);
        assert_eq!(
            texts,
            ["0", "0.123", "1", "1.24", "45.7", "123", "1,234,567"]
        );
        assert_eq!(
            [1.23e-7, 4.56e-5, 0.0789, 5.05].map(time),
            ["123 ns", "45.6 µs", "78.9 ms", "5.05 s"]
        );
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(["work", "N"]);
        table.row(["ping", "10"]);
        assert_eq!(table.finish(), "| work | N |\n|---|---:|\n| ping | 10 |");
    }
}

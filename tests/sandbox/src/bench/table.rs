//! Several runs of one program or two, as one table of medians.

use std::fmt::Write as _;

use super::figures::{Figure, Sheet, Unit};

/// Told below the table.
pub(super) const LEGEND: &str = "\
p50: half took no longer; p99: 99 of 100 took no longer. Targets are for A on two idle cores.";
pub(super) const LEGEND_OF_TWO: &str =
    "~: some run of A and some run of B were the other way round, so it may be chance.";

/// The runs of each program. The figures and the ratio of a second stand beside the first's.
pub(super) fn text(programs: &[Vec<Sheet>]) -> String {
    let mut text = String::new();
    if programs.len() > 1 {
        let _ = writeln!(text, "{:40} {:>11} {:>11} {:>7}", "", "A", "B", "A / B");
    }
    let first = programs.first().and_then(|runs| runs.first());
    for (at, section) in first.into_iter().flatten().enumerate() {
        let _ = writeln!(text, "\n{}", section.title);
        for (row, figure) in section.figures.iter().enumerate() {
            let of_each = |runs: &Vec<Sheet>| {
                let values = runs.iter().filter_map(|run| run[at].figures[row].value);
                Values::of(values)
            };
            let columns: Vec<Values> = programs.iter().map(of_each).collect();
            let _ = writeln!(text, "{}", line(figure, &columns).trim_end());
        }
    }
    text
}

/// What the runs of one program say about one figure, in order.
struct Values(Vec<f64>);

impl Values {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The one in the middle; of an even number, what lies between the two.
    fn median(&self) -> Option<f64> {
        let middle = self.0.len() / 2;
        let upper = *self.0.get(middle)?;
        if self.0.len() % 2 == 1 {
            return Some(upper);
        }
        Some(f64::midpoint(self.0[middle - 1], upper))
    }

    fn overlap(&self, other: &Self) -> bool {
        let begins_before_it_ends = |a: &Self, b: &Self| {
            let ends = a.0.first().zip(b.0.last());
            ends.is_some_and(|(first, last)| first <= last)
        };
        begins_before_it_ends(self, other) && begins_before_it_ends(other, self)
    }
}

fn line(figure: &Figure, columns: &[Values]) -> String {
    let mut line = format!("  {:38}", figure.name);
    for column in columns {
        let _ = write!(line, " {:>11}", amount(column.median(), figure.unit));
    }
    if let [a, b] = columns {
        let _ = write!(line, " {:>7}", ratio(a, b));
        line.push_str(if a.overlap(b) { " ~" } else { "  " });
    }
    let median = columns.first().and_then(Values::median);
    let _ = write!(line, "   {}", target(figure, median));
    line
}

fn amount(value: Option<f64>, unit: Unit) -> String {
    let Some(value) = value else {
        return "–".to_owned();
    };
    // As exactly as makes sense.
    let digits = usize::from(value < 100.0);
    format!("{value:.digits$}{}", name(unit))
}

fn name(unit: Unit) -> &'static str {
    match unit {
        Unit::Milliseconds => " ms",
        Unit::Seconds => " s",
        Unit::Megabytes => " MB",
        Unit::Number => "",
    }
}

fn ratio(a: &Values, b: &Values) -> String {
    match a.median().zip(b.median()) {
        Some((a, b)) if b > 0.0 => format!("{:.2}", a / b),
        _ => "–".to_owned(),
    }
}

fn target(figure: &Figure, value: Option<f64>) -> String {
    let Some((limit, value)) = figure.limit.zip(value) else {
        return String::new();
    };
    let mark = if value <= limit { '✓' } else { '✗' };
    format!("{mark} at most {limit}{}", name(figure.unit))
}

#[cfg(test)]
mod tests {
    use super::super::figures::Section;
    use super::*;

    fn sheet(answered: f64, commits: Option<f64>) -> Sheet {
        let figure = |name: &str, unit, value, limit| Figure {
            name: name.to_owned(),
            unit,
            value,
            limit,
        };
        vec![Section {
            title: "10 at 5/s".to_owned(),
            figures: vec![
                figure(
                    "acknowledged",
                    Unit::Milliseconds,
                    Some(answered),
                    Some(8.0),
                ),
                figure("commits", Unit::Number, commits, None),
            ],
        }]
    }

    fn values(values: &[f64]) -> Values {
        Values::of(values.iter().copied())
    }

    fn told(programs: &[Vec<Sheet>]) -> Vec<String> {
        text(programs).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        assert_eq!(values(&[9.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(values(&[4.0, 1.0, 2.0, 9.0]).median(), Some(3.0));
        assert_eq!(values(&[]).median(), None);
    }

    #[test]
    fn runs_overlap_unless_all_of_one_program_are_better() {
        let runs = values(&[3.0, 5.0]);
        assert!(runs.overlap(&values(&[4.0, 9.0])));
        assert!(runs.overlap(&values(&[1.0, 9.0])));
        assert!(!runs.overlap(&values(&[5.5, 9.0])));
        assert!(!runs.overlap(&values(&[1.0, 2.0])));
        assert!(!values(&[]).overlap(&values(&[])));
    }

    #[test]
    fn one_program_has_one_column_and_its_targets() {
        let lines = [
            "",
            "10 at 5/s",
            "  acknowledged                                9.3 ms   ✗ at most 8 ms",
            "  commits                                        7.0",
        ];
        assert_eq!(told(&[vec![sheet(9.26, Some(7.0))]]), lines);
    }

    #[test]
    fn two_programs_stand_side_by_side_with_their_ratio() {
        let lines = [
            "                                                   A           B   A / B",
            "",
            "10 at 5/s",
            "  acknowledged                                3.0 ms      152 ms    0.02     ✓ at most 8 ms",
            "  commits                                        7.0           –       –",
        ];
        let (a, b) = (sheet(3.04, Some(7.0)), sheet(152.4, None));
        assert_eq!(told(&[vec![a], vec![b]]), lines);
    }

    #[test]
    fn a_difference_that_may_be_chance_is_marked() {
        let runs = |times: [f64; 3]| times.map(|time| sheet(time, None)).to_vec();
        let lines = told(&[runs([3.0, 1.0, 9.0]), runs([2.0, 4.0, 3.5])]);
        assert!(
            lines[3].contains(" 3.0 ms      3.5 ms    0.86 ~   ✓"),
            "{lines:?}"
        );
    }
}

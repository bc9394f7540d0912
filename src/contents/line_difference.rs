//! What tells two texts apart, line by line.

/// A line that only one of two texts has, or that stands beside such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Removed(String),
    Added(String),
    /// It is in both, and shows the place.
    Same(String),
    /// Lines that both have are passed over here.
    Gap,
}

/// How many lines that both have are shown around each difference.
const CONTEXT: usize = 2;
/// The longest texts that are compared line by line, as the product of their lines; longer ones differ as a whole.
const CELLS: usize = 4_000_000;

/// The lines that differ, with some around them; empty where the lines are the same.
pub fn lines(from: &str, to: &str) -> Vec<Line> {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    let before = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let behind = |text: &[&str]| text.len() - before;
    let most = behind(&from).min(behind(&to));
    let after = from.iter().rev().zip(to.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let (inner_from, inner_to) = (&from[before..from.len() - after], &to[before..to.len() - after]);
    let same = |line: &&str| Line::Same((*line).to_owned());
    let mut all: Vec<Line> = from[..before].iter().map(same).collect();
    all.extend(if inner_from.len().saturating_mul(inner_to.len()) > CELLS {
        replaced(inner_from, inner_to)
    } else {
        shortest(inner_from, inner_to)
    });
    all.extend(from[from.len() - after..].iter().map(same));
    with_gaps(all)
}

fn replaced(from: &[&str], to: &[&str]) -> Vec<Line> {
    let removed = from.iter().map(|line| Line::Removed((*line).to_owned()));
    removed.chain(to.iter().map(|line| Line::Added((*line).to_owned()))).collect()
}

/// By the longest common subsequence.
fn shortest(from: &[&str], to: &[&str]) -> Vec<Line> {
    let width = to.len() + 1;
    // How many lines are common from each pair of places on.
    let mut common = vec![0u32; (from.len() + 1) * width];
    for (row, one) in from.iter().enumerate().rev() {
        for (column, other) in to.iter().enumerate().rev() {
            let at = row * width + column;
            common[at] = if one == other { common[at + width + 1] + 1 } else { common[at + width].max(common[at + 1]) };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut lines = Vec::new();
    while row < from.len() || column < to.len() {
        let at = row * width + column;
        if row < from.len() && column < to.len() && from[row] == to[column] {
            lines.push(Line::Same(from[row].to_owned()));
            (row, column) = (row + 1, column + 1);
        } else if row < from.len() && (column == to.len() || common[at + width] >= common[at + 1]) {
            lines.push(Line::Removed(from[row].to_owned()));
            row += 1;
        } else {
            lines.push(Line::Added(to[column].to_owned()));
            column += 1;
        }
    }
    lines
}

/// Leaves out the lines that stand beside no difference.
fn with_gaps(all: Vec<Line>) -> Vec<Line> {
    let is_same = |line: &Line| matches!(line, Line::Same(_));
    if all.iter().all(is_same) {
        return Vec::new();
    }
    let is_near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(all.len());
        all[around].iter().any(|line| !is_same(line))
    };
    let mut shown: Vec<Line> = Vec::new();
    for (at, line) in all.iter().enumerate() {
        if is_near(at) {
            shown.push(line.clone());
        } else if shown.last() != Some(&Line::Gap) {
            shown.push(Line::Gap);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(from: &str, to: &str) -> String {
        let line = |line: Line| match line {
            Line::Removed(text) => format!("-{text};"),
            Line::Added(text) => format!("+{text};"),
            Line::Same(text) => format!(" {text};"),
            Line::Gap => "...;".to_owned(),
        };
        lines(from, to).into_iter().map(line).collect()
    }

    #[test]
    fn what_is_the_same_is_nothing() {
        assert_eq!(shown("", ""), "");
        assert_eq!(shown("a\nb\n", "a\nb"), "");
    }

    #[test]
    fn lines_are_removed_added_and_replaced_where_they_stand() {
        assert_eq!(shown("a\nb\nc\n", "a\nc\n"), " a;-b; c;");
        assert_eq!(shown("a\nc\n", "a\nb\nc\n"), " a;+b; c;");
        assert_eq!(shown("", "x\n"), "+x;");
        assert_eq!(shown("a\nx\nc\ny\n", "a\nX\nc\nY\n"), " a;-x;+X; c;-y;+Y;");
        assert_eq!(shown("a\na\n", "a\n"), " a;-a;");
    }

    #[test]
    fn lines_far_from_a_difference_are_passed_over() {
        assert_eq!(shown("1\n2\n3\n4\n5\nx\n6\n7\n8\n", "1\n2\n3\n4\n5\ny\n6\n7\n8\n"), "...; 4; 5;-x;+y; 6; 7;...;");
    }

    #[test]
    fn texts_that_are_too_long_differ_as_a_whole() {
        let text = |mark: &str| (0..2500).map(|number| format!("{mark}{number}\n")).collect::<String>();
        let found = lines(&text("a"), &text("b"));
        assert_eq!(found.len(), 5000);
        assert!(found[..2500].iter().all(|line| matches!(line, Line::Removed(_))));
    }
}

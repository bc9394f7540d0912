//! How the build of a wheel went, for browsers: what cargo compiled and when each crate was done, then proof and packing.

use super::html::escaped;
use crate::facts::build_record::{BuildRecord, CompileRecord, Moment, TimeSpan};

/// How many crates are in sight at first.
const IN_SIGHT: usize = 30;

/// The part of the page; nothing where nothing is known.
pub fn section(build: &BuildRecord) -> String {
    let Some(whole) = whole(build) else { return String::new() };
    let compiles = build.compiles.iter().map(|one| compile(one, whole));
    let wheels = build.wheels.iter().flat_map(|wheel| {
        [(wheel.proven, format!("proving {}", wheel.name)), (wheel.packed, format!("packing {}", wheel.name))]
            .map(|(time, title)| bar(&title, time, whole))
    });
    let rows: String = compiles.chain(wheels).collect();
    format!("<h2>How it was built</h2>\n<div class=\"course\">\n{rows}</div>\n")
}

/// From the first beginning to the last end.
fn whole(build: &BuildRecord) -> Option<TimeSpan> {
    let compiles = build.compiles.iter().map(|compile| compile.time);
    let wheels = build.wheels.iter().flat_map(|wheel| [wheel.proven, wheel.packed]);
    let times: Vec<TimeSpan> = compiles.chain(wheels).collect();
    let begin = times.iter().map(|time| time.begin).min()?;
    let end = times.iter().map(|time| time.end).max()?;
    (begin < end).then_some(TimeSpan { begin, end })
}

fn compile(compile: &CompileRecord, whole: TimeSpan) -> String {
    let bar = bar(&format!("compiling {}", compile.title), compile.time, whole);
    if compile.done.is_empty() {
        return bar;
    }
    let crates: String = compile.done.iter().map(|(name, moment)| mark(name, *moment, compile.time, whole)).collect();
    let open = if compile.done.len() <= IN_SIGHT { " open" } else { "" };
    let count = match compile.done.len() {
        1 => "1 crate, and when it was done".to_owned(),
        many => format!("{many} crates, and when each was done"),
    };
    format!("{bar}<details{open}><summary>{count}</summary>\n{crates}</details>\n")
}

fn bar(title: &str, time: TimeSpan, whole: TimeSpan) -> String {
    let (from, to) = (part(time.begin, whole), part(time.end, whole));
    row(title, &seconds(time.begin, time.end), &format!("left:{from:.2}%;width:{:.2}%", to - from))
}

/// When a crate was done, counted from where its compile began.
fn mark(name: &str, moment: Moment, compile: TimeSpan, whole: TimeSpan) -> String {
    row(name, &seconds(compile.begin, moment), &format!("left:{:.2}%", part(moment, whole)))
}

fn row(title: &str, time: &str, style: &str) -> String {
    let title = escaped(title);
    format!("<div class=\"step\"><span>{title}</span><b><i style=\"{style}\"></i></b><span>{time}</span></div>\n")
}

/// In hundredths of the whole.
fn part(moment: Moment, whole: TimeSpan) -> f64 {
    let passed = moment.clamp(whole.begin, whole.end) - whole.begin;
    passed as f64 / (whole.end - whole.begin) as f64 * 100.0
}

fn seconds(from: Moment, to: Moment) -> String {
    format!("{:.1}&nbsp;s", to.saturating_sub(from) as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::build_record::WheelRecord;

    fn span(begin: Moment, end: Moment) -> TimeSpan {
        TimeSpan { begin, end }
    }

    fn build(done: &[(&str, Moment)]) -> BuildRecord {
        let done = done.iter().map(|(name, moment)| (name.to_string(), *moment)).collect();
        let compile =
            CompileRecord { title: "a <b>".into(), recompiled: Vec::new(), fresh: 0, time: span(1000, 9000), done };
        let wheel = WheelRecord {
            name: "a.whl".into(),
            record: String::new(),
            proven: span(9000, 9500),
            packed: span(9500, 11000),
        };
        BuildRecord { run: String::new(), compiles: vec![compile], wheels: vec![wheel] }
    }

    #[test]
    fn steps_lie_where_they_were() {
        let page = section(&build(&[("x 1.0", 3000), ("y 2.0", 9000)]));
        for part in [
            "compiling a &lt;b&gt;</span><b><i style=\"left:0.00%;width:80.00%\"></i></b><span>8.0&nbsp;s<",
            "2 crates, and when each was done",
            "x 1.0</span><b><i style=\"left:20.00%\"></i></b><span>2.0&nbsp;s<",
            "proving a.whl</span><b><i style=\"left:80.00%;width:5.00%\"></i></b><span>0.5&nbsp;s<",
            "packing a.whl</span><b><i style=\"left:85.00%;width:15.00%\"></i></b><span>1.5&nbsp;s<",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }

    #[test]
    fn many_crates_are_folded_and_times_of_older_records_draw_nothing() {
        let many = vec![("x 1.0", 3000); IN_SIGHT + 1];
        assert!(section(&build(&many)).contains("<details><summary>31 crates"));
        assert!(!section(&build(&[])).contains("details"));
        let old = CompileRecord { time: TimeSpan::default(), ..build(&[]).compiles.remove(0) };
        assert_eq!(section(&BuildRecord { run: String::new(), compiles: vec![old], wheels: Vec::new() }), "");
    }
}

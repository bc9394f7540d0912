//! What TOML 1.1 allows and TOML 1.0 does not: the readers of Python 3.14 and older refuse it.
//!
//! Source: the changelog of TOML 1.1.0.

use std::ops::Range;

use toml_edit::{Document, InlineTable, Item, RawString, TableLike, Value};

/// Where a text needs TOML 1.1, in bytes, and why. A text that is no TOML at all gives nothing: others say that.
pub fn newer_than_1_0(source: &str) -> Vec<(Range<usize>, &'static str)> {
    let Ok(document) = Document::parse(source) else { return Vec::new() };
    let mut found = Vec::new();
    table(document.as_table(), source, &mut found);
    found.sort_by_key(|(range, _)| range.start);
    found
}

type Found = Vec<(Range<usize>, &'static str)>;

fn table(table: &dyn TableLike, source: &str, found: &mut Found) {
    for (_, item) in table.iter() {
        match item {
            Item::Value(inner) => value(inner, source, found),
            Item::Table(inner) => self::table(inner, source, found),
            Item::ArrayOfTables(tables) => tables.iter().for_each(|inner| self::table(inner, source, found)),
            Item::None => {}
        }
    }
}

fn value(value: &Value, source: &str, found: &mut Found) {
    let Some(range) = value.span() else { return };
    let text = &source[range.clone()];
    match value {
        Value::InlineTable(inner) => {
            if inner.trailing_comma() {
                found.push((range.clone(), "a comma stands behind the last entry of an inline table"));
            } else if has_line_break(inner, source) {
                found.push((range.clone(), "an inline table goes over several lines"));
            }
            table(inner, source, found);
        }
        Value::Array(inner) => inner.iter().for_each(|inner| self::value(inner, source, found)),
        Value::String(_) if text.starts_with('"') && has_new_escape(text) => {
            found.push((range, "a string holds `\\e` or `\\x`"));
        }
        Value::Datetime(_) if is_without_seconds(text) => found.push((range, "a time has no seconds")),
        _ => {}
    }
}

fn has_line_break(table: &InlineTable, source: &str) -> bool {
    let breaks = |raw: Option<&RawString>| {
        let range = raw.and_then(RawString::span);
        range.is_some_and(|range| source[range].contains('\n'))
    };
    let entry = |(key, item): (&str, &Item)| {
        let decor = item.as_value().map(Value::decor);
        let key = table.key(key).map(|key| [key.leaf_decor(), key.dotted_decor()]);
        let decors = key.into_iter().flatten().chain(decor);
        decors.into_iter().any(|decor| breaks(decor.prefix()) || breaks(decor.suffix()))
    };
    breaks(Some(table.trailing())) || TableLike::iter(table).any(entry)
}

fn has_new_escape(text: &str) -> bool {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && matches!(characters.next(), Some('e' | 'x')) {
            return true;
        }
    }
    false
}

fn is_without_seconds(text: &str) -> bool {
    let time = text.rsplit(['T', 't', ' ']).next().unwrap_or_default();
    let digits = time.split(['Z', 'z', '+', '-', '.']).next().unwrap_or_default();
    digits.matches(':').count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(source: &str) -> Vec<(&str, &'static str)> {
        newer_than_1_0(source).into_iter().map(|(range, reason)| (&source[range], reason)).collect()
    }

    #[test]
    fn what_1_0_has_too_is_no_finding() {
        let text = "a = { b = 1, c = [\n 1,\n] }\nd = \"\"\"x\\\\e\n\"\"\"\ne = 'C:\\x'\nf = 1979-05-27T07:32:00Z\ng = 1979-05-27\n[t]\nh = [\n { i = 1 },\n]\n";
        assert_eq!(reasons(text), []);
    }

    #[test]
    fn what_only_1_1_has_is_found_where_it_stands() {
        assert_eq!(reasons("a = { b = 1, }\n")[0].0, "{ b = 1, }");
        assert_eq!(reasons("[x]\na = {\n b = 1\n}\n")[0].1, "an inline table goes over several lines");
        assert_eq!(reasons("[[x]]\na = [{ b = \"\\e[1m\" }]\n"), [("\"\\e[1m\"", "a string holds `\\e` or `\\x`")]);
        assert_eq!(reasons("a = 07:32\n"), [("07:32", "a time has no seconds")]);
    }
}

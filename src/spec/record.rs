//! RECORD: the list of a wheel's files (PyPA "Recording installed projects", "Binary distribution format").

use super::digest::Sha256;

/// A file of the wheel, as RECORD lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Relative to the archive's root, with `/`.
    pub path: String,
    pub sha256: Sha256,
    pub size: u64,
}

/// The text of RECORD: the rows as given, at last its own row, which can hold neither digest nor size.
pub fn to_text(rows: &[RecordRow], own_path: &str) -> String {
    let mut text = String::new();
    for row in rows {
        text += &format!("{},sha256={},{}\n", field(&row.path), row.sha256.base64(), row.size);
    }
    text + &format!("{},,\n", field(own_path))
}

/// A field of CSV, in quotes where a reader would misread it otherwise.
fn field(value: &str) -> String {
    if value.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

/// A row read from someone's RECORD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEntry {
    pub path: String,
    /// Algorithm and digest as written, such as `sha256=...`.
    pub hash: Option<String>,
    pub size: Option<u64>,
}

impl RecordEntry {
    /// Whether the row lists these bytes by this digest.
    pub fn is_sha256(&self, sha256: &Sha256) -> bool {
        self.hash.as_deref().and_then(|hash| hash.strip_prefix("sha256=")) == Some(sha256.base64().as_str())
    }
}

/// Why a RECORD could not be read. Rows count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error("row {row} of RECORD has {fields} fields instead of 3")]
    Fields { row: usize, fields: usize },
    #[error("row {row} of RECORD has the size {}, which is no number", super::text::shown(.size))]
    Size { row: usize, size: String },
    #[error("row {row} of RECORD names no path")]
    NoPath { row: usize },
    #[error("row {row} of RECORD has a quote that is not closed, or text after a closing one")]
    Quote { row: usize },
}

/// Reads a RECORD; empty lines are passed over.
pub fn parse(text: &str) -> Result<Vec<RecordEntry>, RecordError> {
    let mut entries = Vec::new();
    let mut rest = text;
    let mut row = 0;
    while !rest.is_empty() {
        row += 1;
        let (fields, after) = read_row(rest).ok_or(RecordError::Quote { row })?;
        rest = after;
        if fields != [""] {
            entries.push(entry(row, fields)?);
        }
    }
    Ok(entries)
}

fn entry(row: usize, fields: Vec<String>) -> Result<RecordEntry, RecordError> {
    let [path, hash, size] =
        <[String; 3]>::try_from(fields).map_err(|fields| RecordError::Fields { row, fields: fields.len() })?;
    if path.is_empty() {
        return Err(RecordError::NoPath { row });
    }
    let size = match size.as_str() {
        "" => None,
        digits => Some(digits.parse().map_err(|_| RecordError::Size { row, size: digits.to_owned() })?),
    };
    Ok(RecordEntry { path, hash: (!hash.is_empty()).then_some(hash), size })
}

/// The fields of the first row, and what follows its line break.
fn read_row(text: &str) -> Option<(Vec<String>, &str)> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = read_field(rest)?;
        fields.push(field);
        if let Some(next) = after.strip_prefix(',') {
            rest = next;
            continue;
        }
        let end = ["\r\n", "\n", "\r"].iter().find_map(|line_break| after.strip_prefix(line_break));
        return match end {
            None if !after.is_empty() => None,
            end => Some((fields, end.unwrap_or(after))),
        };
    }
}

/// The first field, and what follows it.
fn read_field(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n']).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut field = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        field += before;
        let Some(next) = after.strip_prefix('"') else { return Some((field, after)) };
        field.push('"');
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, bytes: &[u8]) -> RecordRow {
        RecordRow { path: path.to_owned(), sha256: Sha256::of(bytes), size: bytes.len() as u64 }
    }

    const EMPTY: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    #[test]
    fn rows_stand_in_their_order_and_record_itself_last() {
        let text = to_text(&[row("pkg/b.py", b""), row("pkg/a é.py", b"")], "pkg-1.dist-info/RECORD");
        assert_eq!(text, format!("pkg/b.py,sha256={EMPTY},0\npkg/a é.py,sha256={EMPTY},0\npkg-1.dist-info/RECORD,,\n"));
    }

    #[test]
    fn commas_quotes_and_line_breaks_in_paths_are_quoted() {
        let text = to_text(&[row("a,b", b""), row("a\"b", b""), row("a\nb", b""), row("a\rb", b"")], "R");
        let expected =
            ["\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", "\"a\rb\""].map(|path| format!("{path},sha256={EMPTY},0\n"));
        assert_eq!(text, expected.concat() + "R,,\n");
    }

    #[test]
    fn what_was_written_is_read_back() {
        let paths = ["a", "a,b", "\"", "a\"\"b", "line\nbreak", "cr\r\nlf", " blank ", "é"];
        let rows: Vec<_> = paths.iter().map(|path| row(path, path.as_bytes())).collect();
        let entries = parse(&to_text(&rows, "own")).unwrap();
        assert_eq!(entries.len(), rows.len() + 1);
        for (entry, row) in entries.iter().zip(&rows) {
            assert_eq!((&entry.path, entry.size), (&row.path, Some(row.size)));
            assert!(entry.is_sha256(&row.sha256));
            assert!(!entry.is_sha256(&Sha256::of(b"other")));
        }
        assert_eq!(entries.last(), Some(&RecordEntry { path: "own".into(), hash: None, size: None }));
    }

    #[test]
    fn other_line_ends_and_empty_lines_are_read() {
        let paths = |text: &str| parse(text).unwrap().into_iter().map(|entry| entry.path).collect::<Vec<_>>();
        assert_eq!(paths("a,,\r\n\r\nb,,\rc,,"), ["a", "b", "c"]);
        assert_eq!(paths(""), [""; 0]);
    }

    #[test]
    fn a_broken_record_is_refused_with_its_row() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(message("a,,\nb,c,d,1\n"), "row 2 of RECORD has 4 fields instead of 3");
        assert_eq!(message("a\n"), "row 1 of RECORD has 1 fields instead of 3");
        assert_eq!(message("a,,-1"), "row 1 of RECORD has the size `-1`, which is no number");
        assert_eq!(message(",,"), "row 1 of RECORD names no path");
        for text in ["\"a,,", "\"a\"b,,"] {
            assert_eq!(message(text), "row 1 of RECORD has a quote that is not closed, or text after a closing one");
        }
    }
}

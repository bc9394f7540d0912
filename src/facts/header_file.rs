//! Files of headers, as METADATA, PKG-INFO and WHEEL are: `Name: value` in lines, and a body behind an empty line.
//!
//! Source: "Core metadata specifications"; the format is that of electronic mail (RFC 822), read as Python's
//! `email.parser` with its policy `compat32` reads it.

/// The headers in their order, and the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderFile {
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Lines that are neither header, continuation nor body.
    pub strays: Vec<String>,
}

impl HeaderFile {
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                read.body = after.to_owned();
                return read;
            }
            rest = after;
            if line.starts_with([' ', '\t']) {
                match read.headers.last_mut() {
                    Some((_, value)) => *value = format!("{value}\n{line}"),
                    None => read.strays.push(line.to_owned()),
                }
            } else {
                match line.split_once(':').filter(|(name, _)| is_name(name)) {
                    Some((name, value)) => read.headers.push((name.to_owned(), value.trim().to_owned())),
                    None => read.strays.push(line.to_owned()),
                }
            }
        }
        read
    }

    /// The values of a header, whatever its case.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        let named = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    pub fn first(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_continue_on_indented_lines_and_end_at_an_empty_one() {
        let read = HeaderFile::read("Name: a\nKeywords: x\n        y\nno header\nname: b\n\nBody: not\na header\n");
        assert_eq!(read.all("Name").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(read.first("keywords"), Some("x\n        y"));
        assert_eq!((read.body.as_str(), read.strays.len()), ("Body: not\na header\n", 1));
        assert_eq!(HeaderFile::read(""), HeaderFile::default());
    }
}

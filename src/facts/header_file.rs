//! Files of headers, as METADATA, PKG-INFO and WHEEL are: `Name: value` in lines, and a body behind an empty line.
//!
//! Source: "Core metadata specifications"; the format is that of electronic mail (RFC 822), read as Python's
//! `email.parser` with its policy `compat32` reads it.

/// The headers in their order, and the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderFile {
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Lines that are neither header nor continuation. Headers without a name and their continuations are passed over;
    /// anything else ends the headers, and is the body's first line.
    pub strays: Vec<String>,
}

impl HeaderFile {
    pub fn read(text: &str) -> Self {
        // All three line ends are one, as where Python reads a file as text.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut read = Self::default();
        let mut rest = text.as_str();
        let mut may_continue = false;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            if line.is_empty() {
                read.body = after.to_owned();
                break;
            }
            if !read.take(line, &mut may_continue) {
                read.strays.push(line.to_owned());
                read.body = rest.to_owned();
                break;
            }
            rest = after;
        }
        for (_, value) in &mut read.headers {
            *value = value.trim_start_matches([' ', '\t', '\n']).to_owned();
        }
        read
    }

    /// Takes a line among the headers, unless it cannot stand there: then it begins the body.
    fn take(&mut self, line: &str, may_continue: &mut bool) -> bool {
        if line.starts_with([' ', '\t']) {
            match self.headers.last_mut().filter(|_| *may_continue) {
                Some((_, value)) => *value = format!("{value}\n{line}"),
                None => self.strays.push(line.to_owned()),
            }
            return true;
        }
        let header = line.split_once(':').filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_graphic()));
        let Some((name, value)) = header else { return false };
        *may_continue = !name.is_empty();
        if *may_continue {
            self.headers.push((name.to_owned(), value.to_owned()));
        } else {
            self.strays.push(line.to_owned());
        }
        true
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_continue_on_indented_lines_and_end_at_an_empty_one() {
        let read = HeaderFile::read("Name: a\nKeywords: x\n        y\nname:\tb \n\nBody: not\na header\n");
        assert_eq!(read.all("Name").collect::<Vec<_>>(), ["a", "b "]);
        assert_eq!(read.first("keywords"), Some("x\n        y"));
        assert_eq!((read.body.as_str(), read.strays.len()), ("Body: not\na header\n", 0));
        assert_eq!(HeaderFile::read(""), HeaderFile::default());
    }

    #[test]
    fn what_is_no_header_begins_the_body() {
        let read = HeaderFile::read(" of nothing\nName: a\n: no name\n of no name\nno header\nName: b\n");
        assert_eq!(read.all("Name").collect::<Vec<_>>(), ["a"]);
        assert_eq!(read.strays, [" of nothing", ": no name", " of no name", "no header"]);
        assert_eq!(read.body, "no header\nName: b\n");
    }

    #[test]
    fn lines_end_as_on_any_system() {
        let read = HeaderFile::read("Name: a\rKeywords: x\r\n y\r\n\r\nBody\r\n");
        assert_eq!(read.headers.len(), 2);
        assert_eq!((read.first("keywords"), read.body.as_str()), (Some("x\n y"), "Body\n"));
    }
}

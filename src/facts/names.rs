//! Many names in one piece of memory: a library can export a hundred thousand.

use std::fmt;

/// Names in the order of their bytes, each once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Each with a zero behind it, which no symbol's name holds.
    text: String,
}

impl Names {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split_terminator('\0')
    }
}

impl<N: AsRef<str>> FromIterator<N> for Names {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        let mut names: Vec<N> = names.into_iter().collect();
        names.sort_unstable_by(|a, b| a.as_ref().cmp(b.as_ref()));
        names.dedup_by(|a, b| a.as_ref() == b.as_ref());
        let mut text = String::with_capacity(names.iter().map(|name| name.as_ref().len() + 1).sum());
        for name in &names {
            text.push_str(name.as_ref());
            text.push('\0');
        }
        Self { text }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
impl<const N: usize> PartialEq<[&str; N]> for Names {
    fn eq(&self, other: &[&str; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_each_is_there_once() {
        let names: Names = ["b", "", "a", "b"].into_iter().collect();
        assert_eq!(names, ["", "a", "b"]);
        assert_eq!(format!("{names:?}"), r#"["", "a", "b"]"#);
        assert_eq!(Names::default(), [""; 0]);
    }
}

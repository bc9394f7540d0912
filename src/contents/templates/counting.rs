//! The extension module `@module@`.

use pyo3::prelude::*;

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// What Python sees.
#[pymodule]
mod @library@ {
    use super::*;

    /// Count the words of a text.
    #[pyfunction]
    fn count_words(text: &str) -> usize {
        words(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts() {
        assert_eq!(words("Hello, Ada!"), 2);
    }
}

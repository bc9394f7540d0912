//! The extension module `@module@`.

use pyo3::prelude::*;

fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}

/// What Python sees.
#[pymodule]
mod @library@ {
    use super::*;

    /// Greet somebody by name.
    #[pyfunction]
    fn greet(name: &str) -> String {
        greeting(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_greets() {
        assert_eq!(greeting("Ada"), "Hello, Ada!");
    }
}

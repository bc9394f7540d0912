//! The whole of the extension module `hello`.

use pyo3::prelude::*;

/// A module with one function.
#[pymodule]
mod hello {
    use super::*;

    /// Greet somebody by name.
    #[pyfunction]
    fn greet(name: &str) -> String {
        format!("Hello, {name}!")
    }
}

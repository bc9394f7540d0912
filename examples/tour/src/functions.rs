//! Functions: Python's calling conventions for a Rust function.

use pyo3::prelude::*;

/// Greet somebody, once or several times.
//
// The signature is written as in Python: defaults, and `*` before what must be named by keyword.
#[pyfunction]
#[pyo3(signature = (name, *, greeting = "Hello", times = 1))]
pub fn greet(name: &str, greeting: &str, times: usize) -> String {
    vec![format!("{greeting}, {name}!"); times].join(" ")
}

//! The other direction: Rust that calls Python.
//!
//! `Bound<'py, T>` is a Python object; `'py` and the token `Python<'py>` say that this thread is
//! attached to the interpreter, which is what makes it safe to touch the object.

use pyo3::prelude::*;

/// Call `function` with each value and collect what it returns.
//
// If the Python function raises, `?` hands its exception back to Python as it is.
#[pyfunction]
pub fn apply(function: Bound<'_, PyAny>, values: Vec<i64>) -> PyResult<Vec<i64>> {
    values.into_iter().map(|value| function.call1((value,))?.extract()).collect()
}

/// The square root, as Python's own `math` module calculates it.
#[pyfunction]
pub fn square_root(py: Python<'_>, value: f64) -> PyResult<f64> {
    py.import("math")?.call_method1("sqrt", (value,))?.extract()
}

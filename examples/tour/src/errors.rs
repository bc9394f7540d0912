//! Errors: a Rust `Err` is raised as a Python exception.

use std::num::ParseIntError;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// Read a number.
//
// PyO3 knows what many errors of the standard library are in Python: this one is a `ValueError`.
#[pyfunction]
pub fn parse_number(text: &str) -> Result<i64, ParseIntError> {
    text.parse()
}

// An exception class of our own, as if `class CouplingError(Exception)` stood in the module `tour`.
create_exception!(tour, CouplingError, PyException, "Two wagons that do not fit each other.");

/// An error of the Rust side, which knows nothing of Python.
pub struct DifferentGauges(u32, u32);

/// With this, `?` and `Err` of that type work in every function that Python calls.
impl From<DifferentGauges> for PyErr {
    fn from(DifferentGauges(left, right): DifferentGauges) -> PyErr {
        CouplingError::new_err(format!("{left} mm and {right} mm do not fit"))
    }
}

/// Couple two wagons and return their common gauge in millimetres.
#[pyfunction]
pub fn couple(left: u32, right: u32) -> Result<u32, DifferentGauges> {
    if left == right { Ok(left) } else { Err(DifferentGauges(left, right)) }
}

//! The extension module `tour._tour`: the list of what Python sees of this crate.
//!
//! Each subject has a file of its own; this one only gathers them.

mod callbacks;
mod classes;
mod collections;
mod errors;
mod functions;
mod threads;

use pyo3::prelude::*;

/// The Rust half of the package `tour`.
//
// `#[pymodule]` makes the function `PyInit__tour` that Python calls on import. The name of the
// module must be that of the file Python finds, so it is also `[lib] name` in Cargo.toml.
#[pymodule]
mod _tour {
    use super::*;

    #[pymodule_export]
    use super::callbacks::{apply, square_root};
    #[pymodule_export]
    use super::classes::Wagon;
    #[pymodule_export]
    use super::collections::{count_words, doubled, first_even, swapped};
    #[pymodule_export]
    use super::errors::{CouplingError, couple, parse_number};
    #[pymodule_export]
    use super::functions::greet;
    #[pymodule_export]
    use super::threads::{MeetingPoint, count_primes};

    /// Runs once, when Python imports the module: the place for constants and what must be prepared.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("VERSION", env!("CARGO_PKG_VERSION"))?;
        module.add("IMPORTED_BY", Python::version_str())
    }
}

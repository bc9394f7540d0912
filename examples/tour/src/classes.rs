//! Classes: a Rust struct that Python can make, read, change and print.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A wagon that carries some load, up to its capacity.
#[pyclass]
pub struct Wagon {
    /// `get` lets Python read the field, and only read it.
    #[pyo3(get)]
    capacity: u32,
    load: u32,
}

#[pymethods]
impl Wagon {
    #[new]
    #[pyo3(signature = (capacity = 10))]
    fn new(capacity: u32) -> Self {
        Wagon { capacity, load: 0 }
    }

    /// Make a wagon that is full.
    #[staticmethod]
    fn full(capacity: u32) -> Self {
        Wagon { capacity, load: capacity }
    }

    /// What the wagon carries.
    #[getter]
    fn load(&self) -> u32 {
        self.load
    }

    /// A setter may refuse: the error is raised by the assignment.
    #[setter]
    fn set_load(&mut self, load: u32) -> PyResult<()> {
        if load > self.capacity {
            return Err(PyValueError::new_err(format!("{load} is more than {}", self.capacity)));
        }
        self.load = load;
        Ok(())
    }

    /// Add to the load.
    fn add(&mut self, load: u32) -> PyResult<()> {
        self.set_load(self.load.saturating_add(load))
    }

    fn __repr__(&self) -> String {
        format!("Wagon({} of {})", self.load, self.capacity)
    }
}

//! Threads: letting go of the interpreter while Rust works.
//!
//! Usually only one thread at a time is attached to the interpreter. Inside `Python::detach` this
//! one is not, so the others go on; in exchange the closure may not touch Python objects, and the
//! compiler sees to that.

use std::sync::Barrier;

use pyo3::prelude::*;

/// Count the primes below `limit`.
#[pyfunction]
pub fn count_primes(py: Python<'_>, limit: u64) -> usize {
    py.detach(|| (2..limit).filter(|&number| is_prime(number)).count())
}

fn is_prime(number: u64) -> bool {
    (2..number).take_while(|divisor| divisor * divisor <= number).all(|divisor| number % divisor != 0)
}

/// Where two threads wait for each other.
//
// Both must be inside `wait` at the same time, which they can only be because each lets go of the
// interpreter. `frozen`: Python never changes the struct, so threads may share it.
#[pyclass(frozen)]
pub struct MeetingPoint(Barrier);

#[pymethods]
impl MeetingPoint {
    #[new]
    fn new() -> Self {
        MeetingPoint(Barrier::new(2))
    }

    /// Wait until the other thread is here too.
    fn wait(&self, py: Python<'_>) {
        py.detach(|| self.0.wait());
    }
}

//! Collections: `Vec` is a list, `HashMap` is a dict, `Option` may be None.
//!
//! PyO3 converts arguments and results; a value of the wrong type is a `TypeError` before any of
//! this code runs.

use std::collections::HashMap;

use pyo3::prelude::*;

/// Every number, twice as large.
#[pyfunction]
pub fn doubled(numbers: Vec<i64>) -> Vec<i64> {
    numbers.into_iter().map(|number| number * 2).collect()
}

/// How often each word occurs.
#[pyfunction]
pub fn count_words(text: &str) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// The same dict with keys and values in each other's place.
#[pyfunction]
pub fn swapped(entries: HashMap<String, i64>) -> HashMap<i64, String> {
    entries.into_iter().map(|(key, value)| (value, key)).collect()
}

/// The first even number, or None; with `above`, the first that is also larger than that.
#[pyfunction]
#[pyo3(signature = (numbers, above = None))]
pub fn first_even(numbers: Vec<i64>, above: Option<i64>) -> Option<i64> {
    let large_enough = |number: i64| above.is_none_or(|limit| number > limit);
    numbers.into_iter().find(|&number| number % 2 == 0 && large_enough(number))
}

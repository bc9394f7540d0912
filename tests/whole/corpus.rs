//! A real project from PyPI builds with nothing changed but its `[build-system]`; `tests/corpus/run.py` does the work.

use crate::process::{run, with_network};
use crate::setup;

#[test]
fn rpds_py_is_built_as_maturin_builds_it() {
    let mut corpus = with_network(setup::tools());
    corpus.arg(setup::source_tree().join("tests/corpus/run.py")).arg("--wheels").arg(setup::wheels());
    let ran = run(corpus.arg("--work").arg(setup::place().join("corpus")).arg("rpds-py")).well();
    assert!(ran.last_line().starts_with("1 of 1 projects"), "{ran}");
}

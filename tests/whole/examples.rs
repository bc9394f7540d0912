//! The examples are installed as their readers would, and their own tests pass on the result.

use crate::fixture::Environment;
use crate::process::{Ran, run};
use crate::setup;

fn installed(name: &str) -> Environment {
    let environment = Environment::new(&format!("example-{name}"));
    let example = setup::source_tree().join("examples").join(name);
    run(environment.pip(&["install", "--quiet"]).arg(example)).well();
    environment
}

/// The example's tests, run where its sources cannot be imported by mistake.
fn own_tests(environment: &Environment, name: &str) -> Ran {
    let tests = setup::source_tree().join("examples").join(name).join("tests");
    let mut python = environment.python();
    python.args(["-m", "unittest", "discover", "--start-directory"]).arg(tests);
    run(python.current_dir(environment.root.join("bin"))).well()
}

#[test]
fn hello_greets() {
    let environment = installed("hello");
    assert_eq!(environment.says("import hello; print(hello.greet('Ada'))"), "Hello, Ada!");
    let ran = own_tests(&environment, "hello");
    assert!(ran.stderr.contains("Ran 1 test in ") && ran.stderr.ends_with("OK\n"), "{ran}");
}

#[test]
fn tour_ends_in_its_own_words() {
    let environment = installed("tour");
    let ran = own_tests(&environment, "tour");
    assert!(ran.stderr.contains("Ran 21 tests in ") && ran.stderr.ends_with("OK\n"), "{ran}");
    let ran = run(environment.python().args(["-m", "tour"]).current_dir(environment.root.join("bin"))).well();
    let last = "That was the tour: Rust functions, a class, collections, errors, callbacks and threads, all from one \
                compiled module beside Python files.";
    assert_eq!(ran.last_line(), last);
}

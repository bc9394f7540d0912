//! Two projects may share cargo's target directory, as `CARGO_TARGET_DIR` in a user's environment lets them.

use crate::fixture;

#[test]
fn two_projects_with_modules_of_one_name_keep_their_own() {
    let project = |name: &str, answer: &str| {
        fixture::mixed(name)
            .replace("pyproject.toml", &format!("._{name}"), "._twin")
            .replace("Cargo.toml", &format!("\"_{name}\""), "\"_twin\"")
            .replace(&format!("python/{name}/__init__.py"), &format!("._{name}"), "._twin")
            .replace("src/lib.rs", &format!("mod _{name}"), "mod _twin")
            .replace("src/lib.rs", "42", answer)
            .at(&format!("twins-{name}"))
    };
    let one = project("castor", "1");
    let before = one.wheel().bytes();
    project("pollux", "2").wheel();
    let after = one.wheel();
    let environment = fixture::Environment::with(&after, "twins");
    assert_eq!(environment.says("import castor; print(castor.answer())"), "1");
    assert!(before == after.bytes(), "the wheels differ");
}

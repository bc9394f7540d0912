//! What is wrong with a wheel is found and named, whoever made it.

use crate::fixture::{self, Project};
use crate::process::{command, run};
use crate::setup;

#[test]
fn every_way_to_damage_a_wheel_is_found_and_named() {
    let tour = Project::existing(&setup::source_tree().join("examples/tour"), "damages-tour");
    let script = setup::source_tree().join("tests/published/damage.py");
    let ran = run(command(setup::tools()).arg(script).arg(setup::program()).arg(&tour.wheel().path)).well();
    assert!(ran.stdout.trim_end().ends_with("damages are found and named"), "{ran}");
}

#[test]
fn a_judgement_is_text_or_json_and_its_exit_code_tells_it() {
    let project = fixture::binary("judged").at("damages-judged");
    let (wheel, sdist) = (project.wheel(), project.sdist());
    let judge = |words: &[&str]| {
        let mut check = project.wainwright(&["check"]);
        run(check.args(words).args([&wheel.path, &sdist.path]))
    };
    let text = judge(&[]).well().stdout;
    assert_eq!(text.lines().filter(|line| line.ends_with(": good")).count(), 2, "{text}");
    let json: serde_json::Value = serde_json::from_str(&judge(&["--json", "--strict"]).well().stdout).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 2);
    let other = project.out("renamed").join("judged-2.0-py3-none-any.whl");
    std::fs::copy(&wheel.path, &other).unwrap();
    let ran = run(project.wainwright(&["check"]).arg(&other)).with_code(1);
    assert!(ran.stdout.contains("error[dist-info]") && ran.stdout.contains("error[metadata]"), "{ran}");
    run(project.wainwright(&["check", "--allow", "dist-info", "--allow", "metadata"]).arg(&other)).well();
    run(&mut project.wainwright(&["check", "nowhere.whl"])).with_code(4);
}

#[test]
fn a_symbol_that_nothing_provides_is_found_where_nothing_can_be_loaded() {
    let library = "unsafe extern \"C\" {\n    fn nobody_has_this() -> u32;\n}\n\nuse pyo3::prelude::*;\n\n#[pymodule]\nmod _lost {\n    \
                   use super::*;\n\n    #[pyfunction]\n    fn answer() -> u32 {\n        unsafe { nobody_has_this() }\n    }\n}\n";
    let project = fixture::mixed("lost").file("src/lib.rs", library).at("damages-lost");
    let mut build = project.wainwright(&["build", "--import-check=false", "-i"]);
    let ran = run(build.arg(setup::python3()).arg("--out").arg(project.out("wheel"))).with_code(1);
    assert!(ran.stderr.contains("error[undefined-symbol]") && ran.stderr.contains("`nobody_has_this`"), "{ran}");
}

//! What is compiled in is told in the wheel: the crates that are linked, no others, and their licences on request.

use serde_json::Value;

use crate::fixture::{self, Archive};
use crate::process::run;

fn bill(wheel: &Archive, path: &str) -> Value {
    serde_json::from_str(&wheel.text(path)).unwrap()
}

fn names(bill: &Value) -> Vec<&str> {
    bill["components"].as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()).collect()
}

#[test]
fn a_wheel_lists_the_crates_that_are_linked_and_says_nothing_of_the_machine() {
    let others =
        "\n[dev-dependencies]\nheck = \"0.5\"\n\n[target.'cfg(windows)'.dependencies]\nunicode-ident = \"1\"\n";
    let project = fixture::mixed("listed").append("Cargo.toml", others).at("materials-listed");
    let wheel = project.wheel();
    let path = "listed-1.0.dist-info/sboms/listed.cyclonedx.json";
    let found = bill(&wheel, path);
    assert_eq!(names(&found), ["libc", "listed", "once_cell", "pyo3-ffi", "pyo3"]);
    assert_eq!(found["metadata"]["component"]["purl"], "pkg:pypi/listed@1.0");
    assert_eq!(found["components"][3]["hashes"][0]["alg"], "SHA-256");
    let text = wheel.text(path);
    let root = project.root.parent().unwrap().to_str().unwrap();
    assert!(!text.contains(root) && !text.contains("serialNumber") && !text.contains("timestamp"), "{text}");
}

#[test]
fn the_bill_is_left_out_or_completed_as_asked() {
    let project = fixture::mixed("asked")
        .append("pyproject.toml", "sbom = { licenses = true, include = [\"more.spdx.json\"] }\n")
        .file("more.spdx.json", "{}\n")
        .at("materials-asked");
    let wheel = project.wheel();
    assert_eq!(wheel.text("asked-1.0.dist-info/sboms/more.spdx.json"), "{}\n");
    let found = bill(&wheel, "asked-1.0.dist-info/sboms/asked.cyclonedx.json");
    let pyo3 = found["components"].as_array().unwrap().iter().find(|found| found["name"] == "pyo3").unwrap();
    let texts = pyo3["evidence"]["licenses"].as_array().unwrap();
    assert!(texts.iter().any(|found| found["license"]["name"] == "LICENSE-MIT"), "{texts:?}");
    let out = project.out("without");
    let mut build = project.wainwright(&["build", "--sbom=false", "--out"]);
    run(build.arg(&out).arg("-i").arg(crate::setup::python3())).well();
    let without = Archive::only_in(&out).names();
    assert!(!without.iter().any(|name| name.ends_with("cyclonedx.json")), "{without:?}");
}

#[test]
fn licences_are_written_as_files_and_again_without_those_that_are_gone() {
    let project = fixture::mixed("licensed").at("materials-licensed");
    let out = project.out("licenses");
    for _ in 0..2 {
        run(project.wainwright(&["licenses", "--out"]).arg(&out)).well();
        let index = std::fs::read_to_string(out.join("INDEX.txt")).unwrap();
        assert!(index.contains("\npyo3-0.30.1: LICENSE-APACHE, LICENSE-MIT\n"), "{index}");
        assert!(std::fs::read_to_string(out.join("pyo3-0.30.1/LICENSE-MIT")).unwrap().contains("Permission"));
        assert!(!index.contains("pyo3-macros"), "{index}");
    }
    std::fs::remove_file(out.join("INDEX.txt")).unwrap();
    let ran = run(project.wainwright(&["licenses", "--out"]).arg(&out)).with_code(1);
    assert!(ran.stderr.contains("holds files that wainwright did not write"), "{ran}");
}

//! `wainwright diff`: two builds of a project, and what tells them apart.

use serde_json::Value;

use crate::fixture;
use crate::process::{Ran, run};
use crate::setup;

#[test]
fn two_builds_are_compared_by_files_metadata_and_symbols() {
    let one = fixture::mixed("compared").stable_abi();
    let other = one
        .clone()
        .replace("pyproject.toml", "version = \"1.0\"", "version = \"1.1\"\ndependencies = [\"packaging\"]")
        .replace("src/lib.rs", "    /// The answer.", "    /// The very answer.")
        .append("src/lib.rs", "#[unsafe(no_mangle)]\npub extern \"C\" fn beside() -> u32 {\n    7\n}\n")
        .file("python/compared/more.py", "");
    let (one, other) = (one.at("compared-one"), other.at("compared-other"));
    let (from, to) = (one.wheel(), other.wheel());
    let diff = |words: &[&str], code: i32| -> Ran {
        run(one.wainwright(&["diff"]).args(words).arg(&from.path).arg(&to.path)).with_code(code)
    };
    let text = diff(&[], 1).stdout;
    for line in [
        "version: 1.0 -> 1.1",
        "added compared/more.py (0 bytes)",
        "changed compared/_compared.abi3.so",
        "  exported symbols:\n    + beside",
        "changed compared-1.1.dist-info/METADATA",
        "  Version: 1.0 -> 1.1",
        "  Requires-Dist:\n    + packaging",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}:\n{text}");
    }
    let json: Value = serde_json::from_str(&diff(&["--format", "json"], 1).stdout).unwrap();
    assert_eq!((&json["equal"], &json["added"][0]["path"]), (&false.into(), &"compared/more.py".into()));

    let same = run(one.wainwright(&["diff"]).arg(&from.path).arg(&from.path)).well();
    assert_eq!(same.stdout, "the same, byte for byte\n");
    let (from, to) = (one.sdist(), other.sdist());
    let text = run(one.wainwright(&["diff"]).arg(&from.path).arg(&to.path)).with_code(1).stdout;
    assert!(text.contains("added compared-1.1/python/compared/more.py"), "{text}");
    assert!(text.contains("    - version = \"1.0\"\n    + version = \"1.1\"\n"), "{text}");
}

/// The content is the same, and the bytes are not: another level of compression, then other times.
#[test]
fn archives_of_the_same_files_and_other_bytes_are_not_equal() {
    let project = fixture::binary("packed").at("compared-packed");
    let wheel = |words: &[&str], place: &str| {
        let out = project.out(place);
        let mut build = project.wainwright(&["build", "--interpreter"]);
        run(build.arg(setup::python3()).args(words).arg("--out").arg(&out)).well();
        fixture::Archive::only_in(&out)
    };
    let (usual, small) = (wheel(&[], "usual"), wheel(&["--compression-level", "9"], "small"));
    let diff = |other: &fixture::Archive| {
        run(project.wainwright(&["diff"]).arg(&usual.path).arg(&other.path)).with_code(1).stdout
    };
    assert!(diff(&small).contains("bytes that no file is made of"), "{}", diff(&small));
    let stored = wheel(&["--compression-method", "stored"], "stored");
    assert!(diff(&stored).contains("files: deflated -> stored"), "{}", diff(&stored));
}

//! What editors and shells are told: the schema of the table, completions, manual pages.

use std::fs;
use std::path::Path;

use crate::fixture;
use crate::process::{command, run};
use crate::setup;

fn printed(arguments: &[&str]) -> String {
    run(command(setup::program()).args(arguments)).well().stdout
}

#[test]
fn the_schema_that_travels_is_the_one_that_the_program_knows() {
    let file = setup::source_tree().join("backend_shim/wainwright/schema.json");
    let hint = "write it again: `cargo run -- schema > backend_shim/wainwright/schema.json`";
    assert!(fs::read_to_string(file).unwrap() == printed(&["schema"]), "{hint}");
}

#[test]
fn validate_pyproject_finds_the_schema_and_judges_by_it() {
    let good = fixture::mixed("judged").at("editors-judged");
    let bad = fixture::mixed("misjudged")
        .append("pyproject.toml", "strip = \"yes\"\n[[tool.wainwright.module]]\nfeatures = [\"a\"]\n")
        .at("editors-misjudged");
    let judge = |project: &Path| {
        let packages =
            command(setup::tools()).args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).output();
        let packages = String::from_utf8(packages.unwrap().stdout).unwrap();
        let mut python = command(setup::python_with_wainwright());
        python
            .env("PYTHONPATH", packages.trim())
            .args(["-m", "validate_pyproject"])
            .arg(project.join("pyproject.toml"));
        python
    };
    run(&mut judge(&good.root)).well();
    let found = run(&mut judge(&bad.root)).with_code(1);
    assert!(format!("{found}").contains("tool.wainwright"), "{found}");
}

#[test]
fn shells_complete_the_commands_and_their_options() {
    for (shell, word) in [("bash", "--editable-rebuild"), ("zsh", "editable-rebuild"), ("fish", "editable-rebuild")] {
        let text = printed(&["completions", shell]);
        assert!(text.contains(word) && text.contains("develop"), "{shell}");
    }
    let out = fixture::empty(&setup::place().join("out/editors-bash"));
    let script = out.join("wainwright.bash");
    fs::write(&script, printed(&["completions", "bash"])).unwrap();
    let ask = "source \"$1\"; COMP_WORDS=(wainwright dev); COMP_CWORD=1; _wainwright wainwright dev wainwright; echo \"${COMPREPLY[@]}\"";
    let answer = run(command("bash").args(["-c", ask, "bash"]).arg(script)).well().stdout;
    assert!(answer.split_whitespace().any(|word| word == "develop"), "{answer}");
}

#[test]
fn every_command_has_a_manual_page() {
    let out = fixture::empty(&setup::place().join("out/editors-manual"));
    run(command(setup::program()).arg("man").arg(&out)).well();
    for page in ["wainwright.1", "wainwright-build.1", "wainwright-develop.1"] {
        let text = fs::read_to_string(out.join(page)).unwrap();
        assert!(text.contains(".TH wainwright") && text.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(!out.join("wainwright-hook.1").exists());
}

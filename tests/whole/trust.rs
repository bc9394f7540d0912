//! Nothing is published that nobody means to publish, and what is built can be built again.

use crate::fixture;
use crate::process::run;
use crate::setup;

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";

#[test]
fn files_of_secrets_stay_behind_and_are_named() {
    let project = fixture::mixed("discreet")
        .file(".env", "TOKEN=secret\n")
        .file(".pypirc", "[pypi]\n")
        .file("keys/id_ed25519", KEY)
        .file("keys/id_ed25519.pub", "ssh-ed25519 AAAA\n")
        .file("keys/id_map.rs", "// no key\n")
        .file("python/discreet/.env", "HARMLESS=1\n")
        .at("trust-discreet");
    let out = project.out("sdist");
    let ran = run(project.wainwright(&["sdist", "--out"]).arg(&out)).well();
    for name in [".env", ".pypirc", "keys/id_ed25519"] {
        assert!(ran.stderr.contains(&format!("{name}` stays behind")), "{name}: {ran}");
    }
    let names = fixture::Archive::only_in(&out).names();
    let has = |name: &str| names.contains(&format!("discreet-1.0/{name}"));
    assert!(!has(".env") && !has(".pypirc") && !has("keys/id_ed25519"), "{names:?}");
    assert!(has("keys/id_ed25519.pub") && has("keys/id_map.rs") && has("python/discreet/.env"), "{names:?}");
}

#[test]
fn a_private_key_in_a_package_is_refused_unless_it_is_allowed() {
    let project = fixture::mixed("locksmith")
        .file("python/locksmith/server.key", KEY)
        .file("python/locksmith/server.pem", "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n")
        .at("trust-locksmith");
    for command in ["build", "sdist"] {
        let out = project.out(command);
        let ran = run(project.wainwright(&[command, "--out"]).arg(&out)).with_code(1);
        assert!(
            ran.stderr.contains("error[private-key]") && ran.stderr.contains("server.key` is a private key"),
            "{ran}"
        );
        assert!(!ran.stderr.contains("server.pem"), "{ran}");
    }
    let mut build = project.wainwright(&["build", "--allow", "private-key", "--interpreter"]);
    let wheel = project.wheel_by(build.arg(setup::python3()));
    assert!(wheel.names().contains(&"locksmith/server.key".to_owned()));
}

#[test]
fn a_wheel_is_built_again_elsewhere_and_compared() {
    let project = fixture::binary("repeated").at("trust-repeated");
    let mut build = project.wainwright(&["build", "--verify-reproducible", "--out"]);
    let ran = run(build.arg(project.out("same"))).well();
    assert!(ran.stderr.contains("Reproduced repeated-1.0-py3-none-"), "{ran}");
    let clock = "fn main() {\n    println!(\"{}\", env!(\"BUILT\"));\n}\n";
    let script = "fn main() {\n    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();\n    \
                  println!(\"cargo:rustc-env=BUILT={}\", now.as_nanos());\n}\n";
    let project = fixture::binary("clocked").file("src/main.rs", clock).file("build.rs", script).at("trust-clocked");
    let mut build = project.wainwright(&["build", "--verify-reproducible", "--out"]);
    let ran = run(build.arg(project.out("other"))).with_code(1);
    assert!(ran.stderr.contains("error[reproducible]") && ran.stderr.contains("scripts/clocked` differs"), "{ran}");
}

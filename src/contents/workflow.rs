//! What a service of continuous integration is told: how to build the wheels and the sdist of a project, to test and to
//! publish them.
//!
//! Sources: GitHub's workflow syntax, GitLab's CI/CD YAML reference, PyPI's trusted publishing, PEP 740 (attestations).

use clap::ValueEnum;

use crate::plan::compatibility::CLibrary;
use crate::plan::triple::Triple;
use crate::plan::wheel_platform::{System, WheelPlatform};

/// The service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Service {
    Github,
    Gitlab,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Workflow<'w> {
    /// The name of the distribution.
    pub name: &'w str,
    /// What pip installs for the build: wainwright, or the tree that is its own backend.
    pub wainwright: &'w str,
    pub platforms: &'w [WheelPlatform],
    /// `3.11` and the like; none for a project without modules.
    pub pythons: &'w [String],
    /// The command that tests what was installed, if there is any.
    pub tests: Option<&'w str>,
    /// Whether files and keys of earlier runs are kept.
    pub caches: bool,
    /// Whether a tag publishes on PyPI.
    pub publishes: bool,
}

/// The text for a service.
pub fn text(service: Service, workflow: &Workflow<'_>) -> String {
    match service {
        Service::Github => github(workflow),
        Service::Gitlab => gitlab(workflow),
    }
}

impl Workflow<'_> {
    /// The Pythons as options of `wainwright build`. One wheel of the stable ABI serves all that it can.
    fn interpreters(&self) -> String {
        self.pythons.iter().map(|python| format!(" --interpreter {python}")).collect()
    }

    /// The commands that test what was built: it comes from nowhere else, and what it requires from PyPI. What the tests
    /// need is in the same words as the tests.
    fn test_commands(&self) -> Option<[String; 3]> {
        let name = self.name;
        Some([
            format!("python -m pip install --no-index --no-deps --force-reinstall --find-links dist {name}"),
            format!("python -m pip install {name}"),
            self.tests?.to_owned(),
        ])
    }
}

fn github(workflow: &Workflow<'_>) -> String {
    let jobs = [github_wheels(workflow), GITHUB_SDIST.replace("WAINWRIGHT", workflow.wainwright)];
    let publish = workflow.publishes.then(|| GITHUB_PUBLISH.to_owned());
    let jobs: Vec<String> = jobs.into_iter().chain(publish).collect();
    format!("{GITHUB_TOP}jobs:\n{}", jobs.join("\n"))
}

const GITHUB_TOP: &str = "\
# Made by `wainwright generate-ci github`: wheels and sdist, tested, and published where a tag says so.
name: Wheels

on:
  push:
    branches: [main]
    tags: [\"v*\"]
  pull_request:
  workflow_dispatch:

permissions:
  contents: read

";

const GITHUB_SDIST: &str = "  \
  sdist:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: \"3.13\"
      - uses: dtolnay/rust-toolchain@stable
      - run: python -m pip install WAINWRIGHT
      - run: wainwright sdist --out dist
      - uses: actions/upload-artifact@v4
        with:
          name: sdist
          path: dist
";

const GITHUB_PUBLISH: &str = "  \
  publish:
    # PyPI must know this workflow as a trusted publisher of the project.
    if: startsWith(github.ref, 'refs/tags/')
    needs: [wheels, sdist]
    runs-on: ubuntu-latest
    environment: pypi
    permissions:
      id-token: write
      attestations: write
      contents: read
    steps:
      - uses: actions/download-artifact@v5
        with:
          path: dist
          merge-multiple: true
      - uses: actions/attest-build-provenance@v3
        with:
          subject-path: dist/*
      - uses: pypa/gh-action-pypi-publish@release/v1
";

fn github_wheels(workflow: &Workflow<'_>) -> String {
    // The last Python is the one that `python` names.
    let newest = "3.13".to_owned();
    let pythons = if workflow.pythons.is_empty() { std::slice::from_ref(&newest) } else { workflow.pythons };
    let pythons: String = pythons.iter().map(|python| format!("            {python}\n")).collect();
    let cache = match workflow.caches {
        true => "      - uses: Swatinem/rust-cache@v2\n        with:\n          key: ${{ matrix.platform }}\n",
        false => "",
    };
    let test = workflow.test_commands().map_or_else(String::new, |commands| {
        let lines = commands.map(|command| format!("          {command}\n")).concat();
        format!(
            "      - name: Test what was built\n        if: matrix.runs\n        shell: bash\n        run: |\n{lines}"
        )
    });
    format!(
        "  \
  wheels:
    name: wheels for ${{{{ matrix.platform }}}}
    runs-on: ${{{{ matrix.runner }}}}
    strategy:
      fail-fast: false
      matrix:
        include:
{matrix}    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: |
{pythons}      - uses: dtolnay/rust-toolchain@stable
        with:
          targets: ${{{{ matrix.rust-targets }}}}
{cache}      - run: python -m pip install {wainwright} ${{{{ matrix.tools }}}}
      - run: wainwright build --platform ${{{{ matrix.platform }}}}{interpreters} --out dist
      - run: wainwright check dist/*.whl
        shell: bash
{test}      - uses: actions/upload-artifact@v4
        with:
          name: wheels-${{{{ matrix.platform }}}}
          path: dist
",
        matrix = workflow.platforms.iter().map(github_entry).collect::<String>(),
        wainwright = workflow.wainwright,
        interpreters = workflow.interpreters(),
    )
}

/// What the job for wheels knows of a platform. zig brings every Linux's C library, so that one machine builds for all.
fn github_entry(platform: &WheelPlatform) -> String {
    format!(
        "          - platform: {platform}\n            runner: {}\n            rust-targets: {}\n            \
         tools: \"{}\"\n            runs: {}\n",
        github_runner(platform),
        rust_targets(platform).join(","),
        if is_linux(platform) { "ziglang" } else { "" },
        runs(platform),
    )
}

/// A machine of GitHub's that builds for the platform, and is one itself where there are such.
fn github_runner(platform: &WheelPlatform) -> &'static str {
    match (platform.system, platform.architecture) {
        (System::Linux(_), "aarch64") => "ubuntu-24.04-arm",
        (System::Linux(_), _) => "ubuntu-latest",
        (System::MacOs(_), _) => "macos-latest",
        (System::Windows, "arm64") => "windows-11-arm",
        (System::Windows, _) => "windows-latest",
    }
}

/// Whether the Python of that machine can import what was built.
fn runs(platform: &WheelPlatform) -> bool {
    match platform.system {
        System::Linux(policy) => {
            policy.library == CLibrary::Glibc && ["x86_64", "aarch64"].contains(&platform.architecture)
        }
        System::MacOs(_) => platform.architecture != "x86_64",
        System::Windows => platform.architecture != "win32",
    }
}

/// The targets that rustup must have, of those that fit the one of the system's own toolchain.
fn rust_targets(platform: &WheelPlatform) -> Vec<String> {
    let usual = platform.targets()[0];
    Triple::parse(usual).targets(usual)
}

fn is_linux(platform: &WheelPlatform) -> bool {
    matches!(platform.system, System::Linux(_))
}

/// GitLab's own machines run Linux; what else a project has is told by tags, which only it knows.
fn gitlab(workflow: &Workflow<'_>) -> String {
    let cache = match workflow.caches {
        true => "  cache:\n    key: $CI_JOB_NAME\n    paths: [.cargo-home/registry, target]\n",
        false => "",
    };
    let matrix = workflow.platforms.iter().filter(|platform| is_linux(platform)).map(|platform| {
        format!("      - PLATFORM: {platform}\n        TARGET: {}\n", rust_targets(platform).join(" "))
    });
    // The image has one Python.
    let pythons = match workflow.pythons {
        [] => String::new(),
        pythons => format!(
            "    - python -m pip install uv\n    - uv python install {}\n    - export PATH=\"$HOME/.local/bin:$PATH\"\n",
            pythons.join(" ")
        ),
    };
    let test = workflow.test_commands().map_or_else(String::new, |commands| {
        let lines = commands.map(|command| format!("    - {command}\n")).concat();
        format!("\ntest:\n  stage: test\n  script:\n{lines}")
    });
    format!(
        "{top}{cache}
wheels:
  extends: .rust
  stage: build
  parallel:
    matrix:
{matrix}  script:
{pythons}    - rustup target add $TARGET
    - wainwright build --platform $PLATFORM{interpreters} --out dist
    - wainwright check dist/*.whl
  artifacts:
    paths: [dist]

sdist:
  extends: .rust
  stage: build
  script:
    - wainwright sdist --out dist
  artifacts:
    paths: [dist]
{test}{publish}",
        top = GITLAB_TOP.replace("WAINWRIGHT", workflow.wainwright),
        matrix = matrix.collect::<String>(),
        interpreters = workflow.interpreters(),
        publish = if workflow.publishes { GITLAB_PUBLISH } else { "" },
    )
}

const GITLAB_TOP: &str = "\
# Made by `wainwright generate-ci gitlab`: wheels for Linux and sdist, tested, and published where a tag says so.
stages: [build, test, publish]

default:
  image: python:3.13

.rust:
  variables:
    CARGO_HOME: $CI_PROJECT_DIR/.cargo-home
    RUSTUP_HOME: $CI_PROJECT_DIR/.rustup
  before_script:
    - python -m pip install WAINWRIGHT ziglang
    - curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
    - export PATH=\"$CARGO_HOME/bin:$PATH\"
";

const GITLAB_PUBLISH: &str = "
publish:
  # PyPI must know this project as a trusted publisher.
  stage: publish
  rules:
    - if: $CI_COMMIT_TAG
  id_tokens:
    PYPI_ID_TOKEN:
      aud: pypi
  script:
    - python -m pip install twine
    - twine upload dist/*
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::wheel_platform;

    fn platforms(words: &[&str]) -> Vec<WheelPlatform> {
        wheel_platform::list(&words.iter().map(|word| word.to_string()).collect::<Vec<_>>()).unwrap()
    }

    fn workflow<'w>(pythons: &'w [String], platforms: &'w [WheelPlatform]) -> Workflow<'w> {
        Workflow {
            name: "demo",
            wainwright: "wainwright",
            platforms,
            pythons,
            tests: Some("python -m pytest"),
            caches: true,
            publishes: true,
        }
    }

    #[test]
    fn every_platform_is_built_where_it_can_be() {
        let platforms = platforms(&["pypi", "macos_universal2", "win32"]);
        let text = text(Service::Github, &workflow(&[], &platforms));
        for (platform, runner, targets, runs) in [
            ("manylinux_2_17_x86_64", "ubuntu-latest", "x86_64-unknown-linux-gnu", true),
            ("manylinux_2_17_aarch64", "ubuntu-24.04-arm", "aarch64-unknown-linux-gnu", true),
            ("manylinux_2_17_armv7l", "ubuntu-latest", "armv7-unknown-linux-gnueabihf", false),
            ("musllinux_1_2_x86_64", "ubuntu-latest", "x86_64-unknown-linux-musl", false),
            ("macosx_10_12_x86_64", "macos-latest", "x86_64-apple-darwin", false),
            ("macosx_11_0_arm64", "macos-latest", "aarch64-apple-darwin", true),
            ("macosx_10_12_universal2", "macos-latest", "x86_64-apple-darwin,aarch64-apple-darwin", true),
            ("win_amd64", "windows-latest", "x86_64-pc-windows-msvc", true),
            ("win_arm64", "windows-11-arm", "aarch64-pc-windows-msvc", true),
            ("win32", "windows-latest", "i686-pc-windows-msvc", false),
        ] {
            let tools = if runner.starts_with("ubuntu") { "ziglang" } else { "" };
            let entry = format!(
                "- platform: {platform}\n            runner: {runner}\n            rust-targets: {targets}\n            \
                 tools: \"{tools}\"\n            runs: {runs}\n"
            );
            assert!(text.contains(&entry), "{entry}{text}");
        }
    }

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let platforms = platforms(&["manylinux_x86_64"]);
        for service in [Service::Github, Service::Gitlab] {
            let all = text(service, &workflow(&[], &platforms));
            let without = Workflow { tests: None, caches: false, publishes: false, ..workflow(&[], &platforms) };
            let without = text(service, &without);
            for word in ["pytest", "publish", "cache"] {
                assert!(all.contains(word), "{word}");
                let jobs = without.split_once('\n').unwrap().1;
                assert!(!jobs.replace("stages: [build, test, publish]", "").contains(word), "{service:?} {word}");
            }
        }
    }

    #[test]
    fn what_is_tested_comes_from_the_build_and_what_it_requires_from_elsewhere() {
        for service in [Service::Github, Service::Gitlab] {
            let text = text(service, &workflow(&[], &platforms(&["manylinux_x86_64"])));
            let commands: Vec<&str> =
                text.lines().filter(|line| line.contains("pip install") && line.contains("demo")).collect();
            assert_eq!(commands.len(), 2, "{text}");
            assert!(commands[0].ends_with("--no-index --no-deps --force-reinstall --find-links dist demo"), "{text}");
            assert!(commands[1].ends_with("pip install demo"), "{text}");
        }
    }

    #[test]
    fn pythons_are_installed_and_named() {
        let pythons = ["3.11", "3.13"].map(str::to_owned);
        let text = text(Service::Github, &workflow(&pythons, &platforms(&["manylinux_x86_64"])));
        assert!(text.contains("python-version: |\n            3.11\n            3.13\n"));
        assert!(text.contains("--platform ${{ matrix.platform }} --interpreter 3.11 --interpreter 3.13 --out dist"));
        let text = super::text(Service::Gitlab, &workflow(&pythons, &platforms(&["manylinux_x86_64"])));
        assert!(text.contains("- uv python install 3.11 3.13\n"), "{text}");
    }
}

//! What a service of continuous integration is told: how to build the wheels and the sdist of a project, to test and to
//! publish them.
//!
//! Sources: GitHub's workflow syntax, GitLab's CI/CD YAML reference, PyPI's trusted publishing, PEP 740 (attestations).

use clap::ValueEnum;

/// The service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Service {
    Github,
    Gitlab,
}

/// What a wheel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[clap(rename_all = "kebab-case")]
pub enum Platform {
    LinuxX86_64,
    LinuxAarch64,
    LinuxI686,
    LinuxArmv7,
    MuslX86_64,
    MuslAarch64,
    MacosX86_64,
    MacosArm64,
    MacosUniversal2,
    WindowsX86_64,
    WindowsX86,
    WindowsArm64,
}

impl Platform {
    /// What users of a package come with most.
    pub const USUAL: [Platform; 7] = [
        Platform::LinuxX86_64,
        Platform::LinuxAarch64,
        Platform::MuslX86_64,
        Platform::MuslAarch64,
        Platform::MacosUniversal2,
        Platform::WindowsX86_64,
        Platform::WindowsArm64,
    ];

    /// The target triple.
    fn target(self) -> &'static str {
        match self {
            Platform::LinuxX86_64 => "x86_64-unknown-linux-gnu",
            Platform::LinuxAarch64 => "aarch64-unknown-linux-gnu",
            Platform::LinuxI686 => "i686-unknown-linux-gnu",
            Platform::LinuxArmv7 => "armv7-unknown-linux-gnueabihf",
            Platform::MuslX86_64 => "x86_64-unknown-linux-musl",
            Platform::MuslAarch64 => "aarch64-unknown-linux-musl",
            Platform::MacosX86_64 => "x86_64-apple-darwin",
            Platform::MacosArm64 => "aarch64-apple-darwin",
            Platform::MacosUniversal2 => "universal2-apple-darwin",
            Platform::WindowsX86_64 => "x86_64-pc-windows-msvc",
            Platform::WindowsX86 => "i686-pc-windows-msvc",
            Platform::WindowsArm64 => "aarch64-pc-windows-msvc",
        }
    }

    /// The targets that rustup must have.
    fn rust_targets(self) -> Vec<&'static str> {
        match self {
            Platform::MacosUniversal2 => vec!["x86_64-apple-darwin", "aarch64-apple-darwin"],
            other => vec![other.target()],
        }
    }

    fn is_linux(self) -> bool {
        self.target().contains("-linux-")
    }

    /// The options besides the target. zig brings every Linux's C library, so that one machine builds for all.
    fn options(self) -> &'static str {
        match self {
            Platform::MuslX86_64 | Platform::MuslAarch64 => "--zig --compatibility musllinux_1_2",
            other if other.is_linux() => "--zig --compatibility manylinux_2_17",
            _ => "",
        }
    }

    /// A machine of GitHub's that builds it, and runs it where that can be.
    fn runner(self) -> &'static str {
        match self {
            Platform::LinuxAarch64 => "ubuntu-24.04-arm",
            Platform::MacosX86_64 | Platform::MacosArm64 | Platform::MacosUniversal2 => "macos-latest",
            Platform::WindowsX86_64 | Platform::WindowsX86 => "windows-latest",
            Platform::WindowsArm64 => "windows-11-arm",
            _ => "ubuntu-latest",
        }
    }

    /// Whether the machine that builds it runs it too.
    fn runs(self) -> bool {
        matches!(
            self,
            Platform::LinuxX86_64
                | Platform::LinuxAarch64
                | Platform::MacosArm64
                | Platform::MacosUniversal2
                | Platform::WindowsX86_64
                | Platform::WindowsArm64
        )
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Workflow<'w> {
    /// The name of the distribution.
    pub name: &'w str,
    pub platforms: &'w [Platform],
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

    /// What the tests need is in the same words as the tests.
    fn install(&self) -> String {
        format!("python -m pip install --no-index --find-links dist {}", self.name)
    }
}

fn github(workflow: &Workflow<'_>) -> String {
    let mut text = String::from(
        "# Made by `wainwright generate-ci github`: wheels and sdist, tested, and published where a tag says so.\n\
         name: Wheels\n\non:\n  push:\n    branches: [main]\n    tags: [\"v*\"]\n  pull_request:\n  workflow_dispatch:\n\n\
         permissions:\n  contents: read\n\njobs:\n  wheels:\n    name: wheels for ${{ matrix.target }}\n    \
         runs-on: ${{ matrix.runner }}\n    strategy:\n      fail-fast: false\n      matrix:\n        include:\n",
    );
    for platform in workflow.platforms {
        text.push_str(&format!(
            "          - target: {}\n            runner: {}\n            options: \"{}\"\n            \
             rust-targets: {}\n            tools: \"{}\"\n            runs: {}\n",
            platform.target(),
            platform.runner(),
            platform.options(),
            platform.rust_targets().join(","),
            if platform.is_linux() { "ziglang" } else { "" },
            platform.runs(),
        ));
    }
    text.push_str(
        "    steps:\n      - uses: actions/checkout@v5\n        with:\n          persist-credentials: false\n      \
         - uses: actions/setup-python@v6\n        with:\n          python-version: |\n",
    );
    // The last one is the one that `python` names.
    let newest = "3.13".to_owned();
    let pythons = if workflow.pythons.is_empty() { std::slice::from_ref(&newest) } else { workflow.pythons };
    text.extend(pythons.iter().map(|python| format!("            {python}\n")));
    text.push_str(
        "      - uses: dtolnay/rust-toolchain@stable\n        with:\n          targets: ${{ matrix.rust-targets }}\n",
    );
    if workflow.caches {
        text.push_str("      - uses: Swatinem/rust-cache@v2\n        with:\n          key: ${{ matrix.target }}\n");
    }
    text.push_str(&format!(
        "      - run: python -m pip install wainwright ${{{{ matrix.tools }}}}\n      \
         - run: wainwright build --target ${{{{ matrix.target }}}}{} ${{{{ matrix.options }}}} --out dist\n      \
         - run: wainwright check dist/*.whl\n        shell: bash\n",
        workflow.interpreters(),
    ));
    if let Some(tests) = workflow.tests {
        text.push_str(&format!(
            "      - name: Test what was built\n        if: matrix.runs\n        shell: bash\n        run: |\n          \
             {}\n          {tests}\n",
            workflow.install()
        ));
    }
    text.push_str(
        "      - uses: actions/upload-artifact@v4\n        with:\n          name: wheels-${{ matrix.target }}\n          \
         path: dist\n\n  sdist:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n        with:\n          \
         persist-credentials: false\n      - uses: actions/setup-python@v6\n        with:\n          \
         python-version: \"3.13\"\n      - uses: dtolnay/rust-toolchain@stable\n      \
         - run: python -m pip install wainwright\n      - run: wainwright sdist --out dist\n      \
         - uses: actions/upload-artifact@v4\n        with:\n          name: sdist\n          path: dist\n",
    );
    if workflow.publishes {
        text.push_str(
            "\n  publish:\n    # PyPI must know this workflow as a trusted publisher of the project.\n    \
             if: startsWith(github.ref, 'refs/tags/')\n    needs: [wheels, sdist]\n    runs-on: ubuntu-latest\n    \
             environment: pypi\n    permissions:\n      \
             id-token: write\n      attestations: write\n      contents: read\n    steps:\n      \
             - uses: actions/download-artifact@v5\n        with:\n          path: dist\n          \
             merge-multiple: true\n      - uses: actions/attest-build-provenance@v3\n        with:\n          \
             subject-path: dist/*\n      - uses: pypa/gh-action-pypi-publish@release/v1\n",
        );
    }
    text
}

/// GitLab's own machines run Linux; what else a project has is told by tags, which only it knows.
fn gitlab(workflow: &Workflow<'_>) -> String {
    let mut text = String::from(
        "# Made by `wainwright generate-ci gitlab`: wheels for Linux and sdist, tested, and published where a tag says so.\n\
         stages: [build, test, publish]\n\ndefault:\n  image: python:3.13\n\n.rust:\n  variables:\n    \
         CARGO_HOME: $CI_PROJECT_DIR/.cargo-home\n    RUSTUP_HOME: $CI_PROJECT_DIR/.rustup\n  before_script:\n    \
         - python -m pip install wainwright ziglang\n    \
         - curl --proto =https --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal\n    \
         - export PATH=\"$CARGO_HOME/bin:$PATH\"\n",
    );
    if workflow.caches {
        text.push_str("  cache:\n    key: $CI_JOB_NAME\n    paths: [.cargo-home/registry, target]\n");
    }
    text.push_str("\nwheels:\n  extends: .rust\n  stage: build\n  parallel:\n    matrix:\n");
    for platform in workflow.platforms.iter().filter(|platform| platform.is_linux()) {
        text.push_str(&format!("      - TARGET: {}\n        OPTIONS: \"{}\"\n", platform.target(), platform.options()));
    }
    text.push_str(&format!(
        "  script:\n    - rustup target add $TARGET\n    \
         - wainwright build --target $TARGET{} $OPTIONS --out dist\n    - wainwright check dist/*.whl\n  \
         artifacts:\n    paths: [dist]\n\nsdist:\n  extends: .rust\n  stage: build\n  script:\n    \
         - wainwright sdist --out dist\n  artifacts:\n    paths: [dist]\n",
        workflow.interpreters()
    ));
    if let Some(tests) = workflow.tests {
        text.push_str(&format!("\ntest:\n  stage: test\n  script:\n    - {}\n    - {tests}\n", workflow.install()));
    }
    if workflow.publishes {
        text.push_str(
            "\npublish:\n  # PyPI must know this project as a trusted publisher.\n  stage: publish\n  rules:\n    \
             - if: $CI_COMMIT_TAG\n  id_tokens:\n    PYPI_ID_TOKEN:\n      aud: pypi\n  script:\n    \
             - python -m pip install twine\n    - twine upload dist/*\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workflow<'w>(pythons: &'w [String], platforms: &'w [Platform]) -> Workflow<'w> {
        Workflow { name: "demo", platforms, pythons, tests: Some("python -m pytest"), caches: true, publishes: true }
    }

    #[test]
    fn every_platform_is_built_where_it_can_be() {
        let text = text(Service::Github, &workflow(&[], Platform::value_variants()));
        for platform in Platform::value_variants() {
            assert!(text.contains(&format!("- target: {}\n", platform.target())), "{platform:?}");
            assert!(!platform.is_linux() || platform.options().contains("--zig"), "{platform:?}");
        }
        assert!(text.contains("rust-targets: x86_64-apple-darwin,aarch64-apple-darwin\n"));
    }

    #[test]
    fn what_is_not_asked_for_is_left_out() {
        let platforms = [Platform::LinuxX86_64];
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
    fn pythons_are_installed_and_named() {
        let pythons = ["3.11", "3.13"].map(str::to_owned);
        let text = text(Service::Github, &workflow(&pythons, &[Platform::LinuxX86_64]));
        assert!(text.contains("python-version: |\n            3.11\n            3.13\n"));
        assert!(
            text.contains("--target ${{ matrix.target }} --interpreter 3.11 --interpreter 3.13 ${{ matrix.options }}")
        );
    }
}

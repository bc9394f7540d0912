//! Whether a machine, and the project at hand, have what a build needs. Unlike other checks this one tells what is good,
//! too: people ask it when they do not know where to look.

use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::machine::{BuildCache, Compilers, Found, Machine, Place, ProjectState, Python, Variable};
use crate::spec::byte_size::ByteSize;

/// How something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// Builds go on, but this could be better; with what to do.
    Advice(String),
    /// Builds fail; with what to do.
    Broken(String),
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The group that it belongs to: `toolchain`, `pythons`, ...
    pub group: &'static str,
    pub subject: String,
    pub found: String,
    pub verdict: Verdict,
}

impl Line {
    pub fn is_broken(&self) -> bool {
        matches!(self.verdict, Verdict::Broken(_))
    }
}

const GET_RUST: &str = "install Rust with rustup (https://rustup.rs) or from the system's packages";

/// All that was looked at.
pub fn check(machine: &Machine) -> Vec<Line> {
    let needs_cargo = machine.project.as_ref().is_none_or(|project| project.needs_cargo);
    let mut lines = toolchain(&machine.compilers, needs_cargo);
    lines.extend(pythons(machine));
    lines.extend(machine.variables.iter().map(variable));
    lines.extend(places(machine));
    match &machine.project {
        Some(state) => {
            lines.extend(project(state));
            lines.extend(rust_versions(state, &machine.compilers));
        }
        None => lines.push(good("project", "pyproject.toml", "not here, so no project was looked at")),
    }
    lines
}

fn good(group: &'static str, subject: &str, found: impl Into<String>) -> Line {
    Line { group, subject: subject.to_owned(), found: found.into(), verdict: Verdict::Good }
}

fn advice(line: Line, what: impl Into<String>) -> Line {
    Line { verdict: Verdict::Advice(what.into()), ..line }
}

fn broken(line: Line, what: impl Into<String>) -> Line {
    Line { verdict: Verdict::Broken(what.into()), ..line }
}

fn toolchain(compilers: &Compilers, needs_cargo: bool) -> Vec<Line> {
    let group = "toolchain";
    // Where nothing is compiled, what is missing is no fault.
    let worst = |line: Line, what: &str| if needs_cargo { broken(line, what) } else { advice(line, what) };
    let mut lines = vec![match &compilers.cargo {
        None => worst(good(group, "cargo", "not found by `CARGO`, on PATH or in cargo's home"), GET_RUST),
        Some(Found { path, says: Ok(version) }) => good(group, "cargo", format!("{version} at {}", path.display())),
        Some(Found { path, says: Err(reason) }) => worst(
            good(group, "cargo", format!("{}: {reason}", path.display())),
            "see what it says when it is run by hand",
        ),
    }];
    lines.extend(compilers.rustc.as_ref().map(|rustc| match rustc {
        Ok(version) => good(group, "rustc", version),
        Err(reason) => worst(good(group, "rustc", reason), "see what `rustc -vV` says; `RUSTC` names another one"),
    }));
    lines.extend(compilers.cross.as_ref().map(|cross| match (&cross.program, &cross.engine) {
        (None, _) => worst(
            good(group, "cross", format!("not found, though `CARGO` names `{}`", cross.named.display())),
            "run `cargo install cross`, or unset `CARGO`",
        ),
        (Some(program), None) => worst(
            good(group, "cross", format!("{}, without a container engine", program.display())),
            "install docker or podman, or name another engine by `CROSS_CONTAINER_ENGINE`",
        ),
        (Some(program), Some(engine)) => {
            good(group, "cross", format!("{}, in containers by {}", program.display(), engine.display()))
        }
    }));
    lines.extend(compilers.rustup.as_ref().map(|rustup| match &rustup.says {
        Ok(toolchain) => good(group, "rustup", toolchain),
        Err(reason) => advice(good(group, "rustup", reason), "see what `rustup show` says"),
    }));
    lines.extend(compilers.target.as_ref().map(|(target, is_installed)| {
        let line = good(group, "target", target);
        match is_installed {
            true => line,
            false => worst(
                Line { found: format!("{target}, whose standard library is not installed"), ..line },
                &format!("run `rustup target add {target}`"),
            ),
        }
    }));
    lines.extend(compilers.linking.as_ref().map(|linking| match linking {
        Ok(linker) => good(group, "linker", format!("{linker}: it has linked a library")),
        Err(reason) => worst(
            good(group, "linker", reason),
            "install a C compiler (such as the package `gcc` or `build-essential`, or Xcode's command line tools), or name a \
             linker in cargo's configuration",
        ),
    }));
    lines
}

fn pythons(machine: &Machine) -> Vec<Line> {
    let group = "pythons";
    let line = |Python { path, origin, says }: &Python| {
        says.as_ref().ok().map(|title| good(group, title, format!("{} ({origin})", path.display())))
    };
    let mut lines: Vec<Line> = machine.pythons.iter().filter_map(line).collect();
    let passed_over = machine.pythons.len() - lines.len();
    let is_none = lines.is_empty();
    if passed_over > 0 {
        lines.push(good(group, "passed over", format!("{passed_over}; `wainwright python list` tells why")));
    }
    if is_none {
        let what = "install Python 3.8 or newer, and see that it is on PATH";
        lines.push(broken(good(group, "Python", "none was found that can be built for"), what));
    }
    lines.push(match &machine.environment {
        None => good(group, "environment", "none is active; `wainwright develop` needs one, or a `.venv`"),
        Some((path, true)) => good(group, "environment", path.display().to_string()),
        Some((path, false)) => advice(
            good(group, "environment", format!("{}, where no Python is", path.display())),
            "deactivate it, or make it anew with `python3 -m venv`",
        ),
    });
    lines
}

fn variable(variable: &Variable) -> Line {
    let line = good("variables", &variable.name, &variable.value);
    match (&variable.fault, &variable.unread) {
        (Some(fault), _) => {
            let line = Line { found: fault.message.clone(), ..line };
            broken(line, fault.hint.clone().unwrap_or_else(|| "unset it, or set it to another value".to_owned()))
        }
        (None, Some(Some(near))) => advice(line, format!("nothing reads it; did you mean `{near}`?")),
        (None, Some(None)) => advice(line, "nothing reads it; unset it"),
        (None, None) => line,
    }
}

fn places(machine: &Machine) -> Vec<Line> {
    let group = "caches";
    let mut lines = Vec::new();
    match &machine.cargo_home {
        None => lines.push(advice(
            good(group, "cargo's home", "unknown, since no home directory is"),
            "set `HOME` or `CARGO_HOME`",
        )),
        Some(home) => lines.push(place(
            "cargo's home",
            home,
            "crates that are missing there cannot be fetched: make it writable, or set `CARGO_HOME`",
        )),
    }
    lines.extend(machine.target_dir.as_ref().map(|target_dir| {
        place("target directory", target_dir, "make it writable, or name another one by `WAINWRIGHT_TARGET_DIR`")
    }));
    let temporary = place("temporary files", &machine.temporary, "");
    lines.push(match machine.temporary.is_writable {
        true => temporary,
        false => broken(temporary, "make it writable, or name another directory by `TMPDIR`"),
    });
    lines.push(build_cache(&machine.cache));
    lines
}

fn place(subject: &str, place: &Place, what: &str) -> Line {
    let counted = place.size.map(|size| format!(", {}", ByteSize(size))).unwrap_or_default();
    let line = good("caches", subject, format!("{}{counted}", place.path.display()));
    match place.is_writable {
        true => line,
        false => advice(Line { found: format!("{}, which cannot be written", line.found), ..line }, what),
    }
}

fn build_cache(cache: &BuildCache) -> Line {
    let subject = "build cache";
    let (limit, shown) = match (&cache.limit, &cache.place) {
        (Err(fault), _) => {
            let line = good("caches", subject, fault.message.clone());
            return broken(line, fault.hint.clone().unwrap_or_default());
        }
        (Ok(_), None) => {
            let line = good("caches", subject, "none, since no home directory is known");
            return advice(line, "set `WAINWRIGHT_CACHE_DIR`, so that trees in temporary directories compile once");
        }
        (Ok(limit), Some(shown)) => (limit, shown),
    };
    let line =
        place(subject, shown, "trees in temporary directories compile anew each time: set `WAINWRIGHT_CACHE_DIR`");
    let line = Line { found: format!("{} of {}", line.found, ByteSize(*limit)), ..line };
    match cache.off {
        Some(switch) => advice(line, format!("`{switch}` turns it off")),
        None => line,
    }
}

fn project(state: &ProjectState) -> Vec<Line> {
    let group = "project";
    let mut lines = Vec::new();
    if let Some(name) = &state.name {
        lines.push(good(group, name, state.file.display().to_string()));
    }
    lines.extend(state.findings.iter().map(|finding| found(group, finding)));
    lines.push(match state.backend.as_deref() {
        Some("wainwright") => good(group, "build backend", "wainwright"),
        Some(other) => advice(
            good(group, "build backend", other),
            "frontends such as pip build it with that one; set `build-backend = \"wainwright\"` for this one",
        ),
        None => advice(
            good(group, "build backend", "none is named, so frontends take setuptools"),
            "add `[build-system]` with `requires = [\"wainwright\"]` and `build-backend = \"wainwright\"`",
        ),
    });
    if state.needs_cargo {
        lines.extend(state.has_lock_file.map(|is_there| match is_there {
            true => good(group, "Cargo.lock", "is there"),
            false => advice(
                good(group, "Cargo.lock", "is missing, so each build may get other crates"),
                "run `cargo generate-lockfile`, and commit the file",
            ),
        }));
    }
    match &state.plan {
        None => {}
        Some(Ok(plan)) => lines.push(good(group, "would build", plan)),
        Some(Err(findings)) => lines.extend(findings.iter().map(|finding| found(group, finding))),
    }
    lines
}

/// Whether rustc is as new as the crates ask for. Versions are compared as cargo does it: a beta or nightly counts as the
/// release that it becomes.
fn rust_versions(state: &ProjectState, compilers: &Compilers) -> Vec<Line> {
    let said = compilers.rustc.as_ref().and_then(|rustc| rustc.as_ref().ok());
    let Some(version) = said.and_then(|said| said.strip_prefix("rustc ")?.split([' ', '-']).next()) else {
        return Vec::new();
    };
    let line = |(name, asked): &(String, String)| {
        let is_new_enough = numbers(version)? >= numbers(asked)?;
        let line = good("project", "rust-version", format!("{name} asks for Rust {asked}, and rustc is {version}"));
        Some(match is_new_enough || !state.needs_cargo {
            true => line,
            false => broken(line, "update Rust (`rustup update`), or try an older one with `--ignore-rust-version`"),
        })
    };
    state.rust_versions.iter().filter_map(line).collect()
}

/// The numbers of a version; those that are left out are 0.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    for (at, part) in version.split('.').enumerate() {
        *numbers.get_mut(at)? = part.parse().ok()?;
    }
    Some(numbers)
}

/// A diagnostic as a line: its code, what it says, and the hint for what to do.
fn found(group: &'static str, finding: &Diagnostic) -> Line {
    let line = good(group, finding.code.name(), finding.message.clone());
    let what = finding.hint.clone().unwrap_or_else(|| format!("see `wainwright explain {}`", finding.code));
    match finding.severity {
        Severity::Error => broken(line, what),
        Severity::Warning => advice(line, what),
        Severity::Note => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::facts::machine::Cross;

    fn sound() -> Machine {
        let found = |says: &str| Some(Found { path: "/b/x".into(), says: Ok(says.to_owned()) });
        let place = |path: &str| Place { path: path.into(), size: Some(1 << 20), is_writable: true };
        Machine {
            compilers: Compilers {
                cargo: found("cargo 1.95.0"),
                rustc: Some(Ok("rustc 1.95.0".to_owned())),
                rustup: found("stable"),
                target: None,
                linking: Some(Ok("cc".to_owned())),
                cross: None,
            },
            pythons: vec![Python { path: "/b/python3".into(), origin: "PATH", says: Ok("CPython 3.12".to_owned()) }],
            environment: None,
            variables: Vec::new(),
            cargo_home: Some(place("/h/.cargo")),
            target_dir: Some(place("/p/target")),
            temporary: place("/tmp"),
            cache: BuildCache { place: Some(place("/h/.cache")), limit: Ok(2 << 30), off: None },
            project: None,
        }
    }

    fn cross(program: Option<&str>, engine: Option<&str>) -> Cross {
        Cross { named: "cross".into(), program: program.map(Into::into), engine: engine.map(Into::into) }
    }

    fn verdicts(machine: &Machine) -> (usize, usize) {
        let lines = check(machine);
        let advised = lines.iter().filter(|line| matches!(line.verdict, Verdict::Advice(_))).count();
        (lines.iter().filter(|line| line.is_broken()).count(), advised)
    }

    #[test]
    fn a_sound_machine_is_good_in_every_line() {
        assert_eq!(verdicts(&sound()), (0, 0));
        let mut machine = sound();
        machine.compilers.cross = Some(cross(Some("/b/cross"), Some("/b/docker")));
        assert_eq!(verdicts(&machine), (0, 0));
    }

    #[test]
    fn what_a_build_cannot_do_without_is_broken() {
        let faults: [fn(&mut Machine); 9] = [
            |machine| machine.compilers.cargo = None,
            |machine| machine.compilers.rustc = Some(Err("cannot start".to_owned())),
            |machine| machine.compilers.linking = Some(Err("linker `cc` not found".to_owned())),
            |machine| machine.compilers.target = Some(("wasm32-unknown-emscripten".to_owned(), false)),
            |machine| machine.compilers.cross = Some(cross(None, Some("/b/docker"))),
            |machine| machine.compilers.cross = Some(cross(Some("/b/cross"), None)),
            |machine| machine.pythons.clear(),
            |machine| machine.temporary.is_writable = false,
            |machine| machine.cache.limit = Err(Diagnostic::error(Code::Setting, "no size")),
        ];
        for (at, fault) in faults.iter().enumerate() {
            let mut machine = sound();
            fault(&mut machine);
            assert_eq!(verdicts(&machine), (1, 0), "{at}");
        }
    }

    #[test]
    fn a_project_that_compiles_nothing_needs_no_compilers() {
        let mut machine = sound();
        machine.compilers = Compilers::default();
        let backend = Some("wainwright".to_owned());
        machine.project = Some(ProjectState { backend, needs_cargo: false, ..ProjectState::default() });
        assert_eq!(verdicts(&machine), (0, 1));
    }

    #[test]
    fn what_only_costs_time_or_care_is_advice() {
        let faults: [fn(&mut Machine); 4] = [
            |machine| machine.cache.off = Some("UV_NO_CACHE"),
            |machine| machine.cargo_home = None,
            |machine| machine.environment = Some(("/gone".into(), false)),
            |machine| {
                let (name, value) = ("WAINWRIGHT_PROFIL".to_owned(), "dev".to_owned());
                let unread = Some(Some("WAINWRIGHT_PROFILE".to_owned()));
                machine.variables = vec![Variable { name, value, fault: None, unread }];
            },
        ];
        for (at, fault) in faults.iter().enumerate() {
            let mut machine = sound();
            fault(&mut machine);
            assert_eq!(verdicts(&machine), (0, 1), "{at}");
        }
    }

    #[test]
    fn a_rustc_that_is_too_old_for_a_crate_is_broken() {
        let verdict = |rustc: &str, asked: &str| {
            let mut machine = sound();
            machine.compilers.rustc = Some(Ok(rustc.to_owned()));
            let rust_versions = vec![("demo".to_owned(), asked.to_owned())];
            let backend = Some("wainwright".to_owned());
            machine.project =
                Some(ProjectState { backend, needs_cargo: true, rust_versions, ..ProjectState::default() });
            let shown = check(&machine).into_iter().find(|line| line.subject == "rust-version");
            (verdicts(&machine), shown.map(|line| line.found))
        };
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(
            verdict("rustc 1.95.0 (abc 2026-04-14) for x", "1.96"),
            ((1, 0), told("demo asks for Rust 1.96, and rustc is 1.95.0"))
        );
        for (rustc, asked) in
            [("1.95.0", "1.95"), ("1.95.1", "1.95.0"), ("1.96.0-nightly (abc)", "1.96"), ("2.0.0", "1.99")]
        {
            assert_eq!(verdict(&format!("rustc {rustc}"), asked).0, (0, 0), "{rustc} {asked}");
        }
        assert_eq!(verdict("rustc 1.9.0", "1.10").0, (1, 0));
        // What is no version is for cargo to refuse.
        assert_eq!(verdict("rustc 1.95.0", "^1"), ((0, 0), None));
    }

    #[test]
    fn findings_of_the_project_keep_their_level_and_their_hint() {
        let mut machine = sound();
        let findings = vec![
            Diagnostic::error(Code::UnknownKey, "x").hint("take it out"),
            Diagnostic::warning(Code::Deprecated, "y"),
            Diagnostic::note(Code::ToolTable, "z"),
        ];
        let backend = Some("maturin".to_owned());
        machine.project = Some(ProjectState { findings, backend, ..ProjectState::default() });
        assert_eq!(verdicts(&machine), (1, 2));
        let lines = check(&machine);
        let line = lines.iter().find(|line| line.subject == "unknown-key").unwrap();
        assert_eq!(line.verdict, Verdict::Broken("take it out".to_owned()));
    }
}

//! What cargo is told: the resolve of the graph, the compile of each target, the listing of a package's files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::actions::cargo_call::{CargoCall, PlacedFile};
use crate::actions::manifest::Mode;
use crate::facts::environment::Environment;
use crate::plan::generator::Generator;
use crate::plan::options::{Linker, Lock, Options, Verbosity};
use crate::plan::pyo3_config::Pyo3Config;
use crate::plan::triple::Triple;

/// What both `cargo metadata` and the compile must agree on.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'s> {
    pub options: &'s Options,
    /// Features of options and table, for the interpreter at hand.
    pub features: &'s [String],
    pub manifest: &'s Path,
    /// The directory of `pyproject.toml`.
    pub directory: &'s Path,
}

/// `cargo vendor`: the crates of others, copied below the directory of the call. It says which configuration finds them.
pub fn vendor(selection: Selection<'_>, others: &[PathBuf], into: &str) -> CargoCall {
    let mut words = Words::new(selection, "vendor");
    words.add(["--versioned-dirs", "--respect-source-config"]);
    words.path("--manifest-path", selection.manifest);
    for manifest in others {
        words.path("--sync", manifest);
    }
    words.shared(selection.options);
    words.add([into]);
    words.call(selection)
}

/// `cargo metadata`, with the graph as it is on some platforms, or on all of them.
pub fn metadata(selection: Selection<'_>, platforms: &[&str]) -> CargoCall {
    let mut words = Words::new(selection, "metadata");
    words.add(["--format-version", "1"]);
    for platform in platforms {
        words.add(["--filter-platform", platform]);
    }
    words.quiet(selection.options);
    words.selection(selection);
    words.call(selection)
}

/// `cargo tree`: the features that a build of the package alone turns on, without those of tests and of others.
pub fn tree(selection: Selection<'_>, platform: &str) -> CargoCall {
    let mut words = Words::new(selection, "tree");
    words.add(["--edges", "normal,build", "--prefix", "none", "--format", "{p}|{f}", "--color", "never"]);
    words.add(["--target", platform]);
    words.quiet(selection.options);
    words.selection(selection);
    words.call(selection)
}

/// Whether rustc may keep pieces of earlier compiles: faster, but what comes out depends on what was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incremental {
    AsConfigured,
    Off,
}

/// What one call compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompileTarget {
    /// The package's library, as a `cdylib` whatever it is declared as.
    Module {
        /// The name of the extension's file.
        file_name: String,
        pyo3: Option<Pyo3Config>,
    },
    /// The package's library as a `cdylib` that links no Python.
    Library,
    Binary {
        name: String,
        pyo3: Option<Pyo3Config>,
    },
}

/// Which machine a call compiles for.
#[derive(Debug, Clone, Copy)]
pub struct Machine<'m> {
    pub triple: &'m Triple,
    /// What `--target` names; `None` leaves it to cargo.
    pub named: Option<&'m str>,
}

/// `cargo rustc` for one target. Link arguments are on that target alone, never on its dependencies.
pub fn compile(
    selection: Selection<'_>,
    target: &CompileTarget,
    profile: &str,
    machine: Machine<'_>,
    target_dir: &Path,
    python: Option<&Path>,
) -> CargoCall {
    let options = selection.options;
    let mut words = Words::new(selection, "rustc");
    words.add(["--message-format", "json-render-diagnostics", "--profile", profile]);
    words.path("--target-dir", target_dir);
    words.selection(selection);
    if let Some(target) = machine.named {
        words.add(["--target", target]);
    }
    if let Some(jobs) = options.jobs {
        words.add(["--jobs", &jobs.to_string()]);
    }
    words.0.extend(options.cargo_flags.iter().map(OsString::from));
    words.quiet(options);
    if options.verbosity == Verbosity::Verbose {
        words.add(["--verbose"]);
    }
    match target {
        CompileTarget::Module { .. } | CompileTarget::Library => words.add(["--lib", "--crate-type", "cdylib"]),
        CompileTarget::Binary { name, .. } => words.add(["--bin", name]),
    }
    words.add(["--"]);
    for word in debug_information(options, machine.triple) {
        words.add([word]);
    }
    if let CompileTarget::Module { file_name, .. } = target {
        words.0.extend(link_arguments(machine.triple, file_name).map(OsString::from));
    }
    words.0.extend(options.rustc_args.iter().map(OsString::from));
    with_python(words.call(selection), target, target_dir, python)
}

/// What becomes of symbols and debug information.
fn debug_information(options: &Options, target: &Triple) -> &'static [&'static str] {
    // Windows has its file anyway.
    let has_file = target.system == "windows" || !options.companions.debug_information;
    match options.strip {
        // All stays in the file, from which it is taken afterwards.
        true if options.takes_debug_information_out(target) => &["-C", "strip=none", "-C", "split-debuginfo=off"],
        true if has_file => &["-C", "strip=symbols"],
        true => &["-C", "strip=symbols", "-C", "split-debuginfo=packed"],
        false if has_file => &[],
        false => &["-C", "split-debuginfo=packed"],
    }
}

/// `cargo build` of uniffi's generator, for this machine whatever the target is.
pub fn generator(options: &Options, generator: &Generator, directory: &Path, target_dir: &Path) -> CargoCall {
    let none = Options { all_features: false, no_default_features: false, ..options.clone() };
    let features = &generator.features;
    let selection = Selection { options: &none, features, manifest: &generator.manifest_path, directory };
    let mut words = Words::new(selection, "build");
    words.add(["--message-format", "json-render-diagnostics", "--bin", &generator.binary]);
    words.path("--target-dir", target_dir);
    words.selection(selection);
    let call = words.call(selection);
    CargoCall { removed: vec!["CARGO_BUILD_TARGET".to_owned()], ..call }
}

/// The tool that compiles in cargo's stead: xwin for Windows' own toolchain from elsewhere.
pub fn linking_tool(linker: Linker, target: &Triple, host: &Triple) -> Option<&'static str> {
    let is_foreign = target.environment == "msvc" && host.system != "windows";
    (is_foreign && linker == Linker::Cargos).then_some("cargo-xwin")
}

/// On macOS an extension finds Python's symbols when it is loaded, and under Emscripten it is a side module; the linker
/// must be told.
fn link_arguments(triple: &Triple, file_name: &str) -> impl Iterator<Item = String> {
    let arguments = match triple.system.as_str() {
        "darwin" => vec![
            "link-arg=-undefined".to_owned(),
            "link-arg=dynamic_lookup".to_owned(),
            format!("link-arg=-Wl,-install_name,@rpath/{file_name}"),
        ],
        "emscripten" => vec!["link-arg=-sSIDE_MODULE=2".to_owned(), "link-arg=-sWASM_BIGINT".to_owned()],
        _ => Vec::new(),
    };
    arguments.into_iter().flat_map(|argument| ["-C".to_owned(), argument])
}

/// Turns incremental compilation off where the same input must give the same bytes.
pub fn without_history(mut call: CargoCall, incremental: Incremental) -> CargoCall {
    if incremental == Incremental::Off {
        call.set.push(("CARGO_INCREMENTAL".to_owned(), "0".into()));
    }
    call
}

/// Lets a program compile in rustc's place, which cannot do that for what is compiled in steps.
pub fn through(mut call: CargoCall, wrapper: Option<&Path>) -> CargoCall {
    if let Some(wrapper) = wrapper {
        call.set.push(("RUSTC_WRAPPER".to_owned(), wrapper.into()));
        call.set.push(("CARGO_INCREMENTAL".to_owned(), "0".into()));
        // Named on the command line; such programs compare cargo's variables.
        call.removed.push("CARGO_TARGET_DIR".to_owned());
    }
    call
}

/// The flags for every crate of a shared library for musl, which needs the C library that loads it, where rustc would put
/// one into it.
pub fn shared_libc(triple: &Triple) -> Vec<String> {
    if triple.is_musl() { vec!["-Ctarget-feature=-crt-static".to_owned()] } else { Vec::new() }
}

/// Gives rustc flags for every crate. They are added to those that the environment gives, or to those of cargo's
/// configuration; `configured` are those of its `build.rustflags`, which ours would take the place of.
pub fn with_rustflags(
    mut call: CargoCall,
    flags: &[String],
    configured: &[String],
    platform: &str,
    environment: &Environment,
) -> CargoCall {
    if flags.is_empty() {
        return call;
    }
    let of_environment = match (environment.text("CARGO_ENCODED_RUSTFLAGS"), environment.text("RUSTFLAGS")) {
        (Some(encoded), _) => Some(encoded.split('\x1f').map(str::to_owned).collect::<Vec<_>>()),
        (None, Some(words)) => Some(words.split_whitespace().map(str::to_owned).collect()),
        (None, None) => None,
    };
    if let Some(first) = of_environment {
        let joined = [&first, flags].concat().join("\x1f");
        call.set.push(("CARGO_ENCODED_RUSTFLAGS".to_owned(), joined.into()));
        return call;
    }
    let listed: Vec<String> = configured.iter().chain(flags).map(|flag| serde_json::json!(flag).to_string()).collect();
    let config = format!("target.{platform}.rustflags=[{}]", listed.join(","));
    let at = call.arguments.iter().position(|word| word == "--").unwrap_or(call.arguments.len());
    call.arguments.splice(at..at, ["--config".into(), config.into()]);
    call
}

/// The variables that PyO3 reads. What could name another Python is taken out.
fn with_python(mut call: CargoCall, target: &CompileTarget, target_dir: &Path, python: Option<&Path>) -> CargoCall {
    let (config, is_module) = match target {
        CompileTarget::Module { pyo3, .. } => (pyo3.as_ref(), true),
        CompileTarget::Binary { pyo3, .. } => (pyo3.as_ref(), false),
        CompileTarget::Library => (None, false),
    };
    for name in ["PYO3_PYTHON", "PYO3_ENVIRONMENT_SIGNATURE", "PYO3_CROSS", "PYO3_CROSS_LIB_DIR", "PYO3_NO_PYTHON"] {
        call.removed.push(name.to_owned());
    }
    // cargo may be told to keep its intermediate files elsewhere, where other Pythons' would undo ours.
    call.set.push(("CARGO_BUILD_BUILD_DIR".to_owned(), target_dir.into()));
    if let Some(python) = python {
        // For build scripts of others that run Python: PyO3's own look only at the file.
        let path = match launcher(python) {
            Some(text) => {
                let path = target_dir.join("python");
                call.files.push(PlacedFile { path: path.clone(), text, mode: Mode::Executable });
                path
            }
            None => python.to_owned(),
        };
        call.set.push(("PYO3_PYTHON".to_owned(), path.clone().into()));
        call.set.push(("PYTHON_SYS_EXECUTABLE".to_owned(), path.into()));
    }
    if let Some(config) = config {
        let path = target_dir.join("pyo3").join(&config.file_name);
        call.set.push(("PYO3_CONFIG_FILE".to_owned(), path.clone().into()));
        call.files.push(PlacedFile { path, text: config.text.clone(), mode: Mode::Regular });
        if is_module {
            call.set.push(("PYO3_BUILD_EXTENSION_MODULE".to_owned(), "1".into()));
        }
    }
    call
}

/// A script that runs an interpreter. Frontends build in environments whose paths change from one build to the next, and
/// cargo runs build scripts anew when a variable does: so the variable names the script, which lies where it did.
/// Windows cannot run such a script, and no script can hold a path outside Unicode.
fn launcher(python: &Path) -> Option<String> {
    let path = python.to_str().filter(|_| !cfg!(windows))?;
    Some(format!("#!/bin/sh\nexec '{}' \"$@\"\n", path.replace('\'', r"'\''")))
}

/// The arguments of a call in the making.
struct Words(Vec<OsString>);

impl Words {
    fn new(selection: Selection<'_>, subcommand: &str) -> Self {
        let mut words = Self(vec![subcommand.into()]);
        for flag in &selection.options.unstable_flags {
            words.add(["-Z", flag]);
        }
        words
    }

    fn add<const N: usize>(&mut self, words: [&str; N]) {
        self.0.extend(words.map(OsString::from));
    }

    fn path(&mut self, flag: &str, path: &Path) {
        self.0.push(flag.into());
        self.0.push(path.into());
    }

    /// What decides the graph.
    fn selection(&mut self, selection: Selection<'_>) {
        let options = selection.options;
        self.path("--manifest-path", selection.manifest);
        if !selection.features.is_empty() {
            self.add(["--features", &selection.features.join(",")]);
        }
        if options.all_features {
            self.add(["--all-features"]);
        }
        if options.no_default_features {
            self.add(["--no-default-features"]);
        }
        if options.ignore_rust_version && self.0[0] == "rustc" {
            self.add(["--ignore-rust-version"]);
        }
        self.shared(options);
    }

    /// cargo then keeps to itself that it waits for another one.
    fn quiet(&mut self, options: &Options) {
        if options.verbosity == Verbosity::Quiet {
            self.add(["--quiet"]);
        }
    }

    fn shared(&mut self, options: &Options) {
        match options.lock {
            Lock::Free => {}
            Lock::Locked => self.add(["--locked"]),
            Lock::Frozen => self.add(["--frozen"]),
        }
        if options.offline {
            self.add(["--offline"]);
        }
        for value in &options.config {
            self.add(["--config", value]);
        }
    }

    fn call(self, selection: Selection<'_>) -> CargoCall {
        CargoCall { arguments: self.0, directory: selection.directory.to_owned(), ..CargoCall::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::options::Companions;

    fn call(options: &Options, target: &CompileTarget, triple: &str) -> CargoCall {
        let features = options.features.clone();
        let selection = Selection {
            options,
            features: &features,
            manifest: Path::new("/p/Cargo.toml"),
            directory: Path::new("/p"),
        };
        let machine = Machine { triple: &Triple::parse(triple), named: None };
        compile(selection, target, "release", machine, Path::new("/t"), Some(Path::new("/py")))
    }

    fn module() -> CompileTarget {
        let pyo3 = Some(Pyo3Config { file_name: "abc.txt".into(), text: "version=3.11\n".into() });
        CompileTarget::Module { file_name: "m.abi3.so".into(), pyo3 }
    }

    fn line(call: &CargoCall) -> String {
        call.arguments.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_module_is_compiled_as_a_cdylib_with_the_configuration_in_place() {
        let call = call(&Options::default(), &module(), "x86_64-unknown-linux-gnu");
        assert_eq!(
            line(&call),
            "rustc --message-format json-render-diagnostics --profile release --target-dir /t --manifest-path /p/Cargo.toml --lib --crate-type cdylib --"
        );
        assert_eq!(call.files.last().unwrap().path, Path::new("/t/pyo3/abc.txt"));
        assert!(call.set.contains(&("PYO3_CONFIG_FILE".into(), "/t/pyo3/abc.txt".into())));
        assert!(call.set.contains(&("PYO3_BUILD_EXTENSION_MODULE".into(), "1".into())));
        assert!(call.removed.contains(&"PYO3_ENVIRONMENT_SIGNATURE".into()));
    }

    #[cfg(unix)]
    #[test]
    fn the_variable_names_a_script_that_stays_where_it_is() {
        let call = call(&Options::default(), &module(), "x86_64-unknown-linux-gnu");
        assert!(call.set.contains(&("PYO3_PYTHON".into(), "/t/python".into())));
        assert_eq!(call.files[0].text, "#!/bin/sh\nexec '/py' \"$@\"\n");
        assert_eq!(launcher(Path::new("/it's")).unwrap().lines().nth(1), Some(r#"exec '/it'\''s' "$@""#));
    }

    #[test]
    fn link_arguments_are_for_macos_modules_alone() {
        let on_mac = line(&call(&Options::default(), &module(), "aarch64-apple-darwin"));
        assert!(
            on_mac.ends_with(
                "-- -C link-arg=-undefined -C link-arg=dynamic_lookup -C link-arg=-Wl,-install_name,@rpath/m.abi3.so"
            ),
            "{on_mac}"
        );
        let binary = CompileTarget::Binary { name: "tool".into(), pyo3: None };
        assert!(line(&call(&Options::default(), &binary, "aarch64-apple-darwin")).ends_with("--bin tool --"));
    }

    #[test]
    fn options_become_cargos_flags() {
        let options = Options {
            features: vec!["a".into(), "b".into()],
            lock: Lock::Locked,
            strip: true,
            rustc_args: vec!["-Clto".into()],
            unstable_flags: vec!["x".into()],
            config: vec!["k=1".into()],
            ..Options::default()
        };
        let line = line(&call(&options, &module(), "x86_64-unknown-linux-gnu"));
        assert!(line.starts_with("rustc -Z x "), "{line}");
        assert!(line.contains("--features a,b --locked --config k=1"), "{line}");
        assert!(line.ends_with("-- -C strip=symbols -Clto"), "{line}");
    }

    #[test]
    fn debug_information_stays_in_an_elf_file_that_is_stripped_afterwards() {
        let words = |strip, debug_information, target: &str| {
            let companions = Companions { debug_information, ..Companions::default() };
            let options = Options { strip, companions, ..Options::default() };
            super::debug_information(&options, &Triple::parse(target)).join(" ")
        };
        let [linux, mac, windows] = ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc"];
        assert_eq!(words(true, true, linux), "-C strip=none -C split-debuginfo=off");
        assert_eq!(words(true, true, mac), "-C strip=symbols -C split-debuginfo=packed");
        assert_eq!(words(true, true, windows), "-C strip=symbols");
        assert_eq!(words(false, true, linux), "-C split-debuginfo=packed");
        assert_eq!([words(false, false, linux), words(false, true, windows)], [""; 2]);
    }

    #[test]
    fn flags_for_rustc_are_added_to_those_that_are_there() {
        let triple = Triple::parse("x86_64-unknown-linux-musl");
        let flags = shared_libc(&triple);
        let with = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
            let environment = Environment::new(variables, "/".into(), None);
            let call = CargoCall { arguments: vec!["rustc".into(), "--".into()], ..CargoCall::default() };
            with_rustflags(call, &flags, &["-g".to_owned()], "x86_64-unknown-linux-musl", &environment)
        };
        let own = "target.x86_64-unknown-linux-musl.rustflags=[\"-g\",\"-Ctarget-feature=-crt-static\"]";
        assert_eq!(line(&with(&[])), format!("rustc --config {own} --"));
        let set = with(&[("RUSTFLAGS", "-O  -C a")]).set;
        assert_eq!(set, [("CARGO_ENCODED_RUSTFLAGS".into(), "-O\x1f-C\x1fa\x1f-Ctarget-feature=-crt-static".into())]);
    }

    #[test]
    fn foreign_linkers_come_with_their_tools() {
        let tool = |linker, target: &str| {
            linking_tool(linker, &Triple::parse(target), &Triple::parse("x86_64-unknown-linux-gnu"))
        };
        assert_eq!(tool(Linker::Zig, "aarch64-apple-darwin"), None);
        assert_eq!(tool(Linker::Cargos, "x86_64-pc-windows-msvc"), Some("cargo-xwin"));
        assert_eq!(tool(Linker::Cargos, "aarch64-unknown-linux-gnu"), None);
    }
}

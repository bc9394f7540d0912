//! The options of a build: one struct for every layer that can set them.
//!
//! Flags, `config_settings`, `WAINWRIGHT_<OPTION>` variables and `MATURIN_PEP517_ARGS` are all read by the same
//! parser, so that they know the same names; the tool table fills the same struct. `plan::options` merges the layers.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, CommandFactory as _, Parser, ValueEnum};

/// One layer of build options; what it does not say is absent.
#[derive(Args, Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Build with this cargo profile.
    #[arg(long, value_name = "PROFILE", help_heading = "Cargo")]
    pub profile: Option<String>,

    /// The cargo profile of editable installs and `develop`.
    #[arg(long, value_name = "PROFILE", help_heading = "Cargo")]
    pub editable_profile: Option<String>,

    /// Let editable installs compile again what is older than its sources when it is imported, rather than warn.
    #[arg(long, visible_alias = "rebuild", value_name = "BOOL", num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new(), help_heading = "Install")]
    pub editable_rebuild: Option<bool>,

    /// Build with the `release` profile (what wheels are built with anyway).
    #[arg(short, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), conflicts_with = "profile", help_heading = "Cargo")]
    pub release: Option<bool>,

    /// Turn on these features of the crate, besides those that the tool table names; separated by commas or blanks.
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',', help_heading = "Cargo")]
    pub features: Vec<String>,

    /// Turn on all features of the crate.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub all_features: Option<bool>,

    /// Leave the crate's default features off.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub no_default_features: Option<bool>,

    /// Compile for this target triple.
    #[arg(long, value_name = "TRIPLE", help_heading = "Cargo")]
    pub target: Option<String>,

    /// Link with zig, which brings the libraries of other systems.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub zig: Option<bool>,

    /// Where cargo puts its files [default: `wainwright` below cargo's own target directory; in the user's cache for
    /// trees in temporary directories].
    #[arg(long, value_name = "DIR", help_heading = "Cargo")]
    pub target_dir: Option<PathBuf>,

    /// Compile through a shared cache of compiled crates, such as `sccache`: a name on PATH, or a path.
    #[arg(long, value_name = "PROGRAM", help_heading = "Cargo")]
    pub compiler_cache: Option<String>,

    /// Keep nothing in the user's cache, and take nothing from it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub no_cache: Option<bool>,

    /// The `Cargo.toml` of the crate to build.
    #[arg(short, long, value_name = "PATH", help_heading = "Cargo")]
    pub manifest_path: Option<PathBuf>,

    /// Refuse to change `Cargo.lock`.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub locked: Option<bool>,

    /// Refuse to change `Cargo.lock` and to use the network.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub frozen: Option<bool>,

    /// Do not use the network.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub offline: Option<bool>,

    /// Ignore the `rust-version` of crates.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub ignore_rust_version: Option<bool>,

    /// How many jobs cargo runs at once.
    #[arg(short, long, value_name = "N", help_heading = "Cargo")]
    pub jobs: Option<i32>,

    /// Override a value of cargo's configuration (`KEY=VALUE` or a file).
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Cargo")]
    pub config: Vec<String>,

    /// Unstable flags of cargo (nightly only).
    #[arg(short = 'Z', long = "unstable-flags", value_name = "FLAG", help_heading = "Cargo")]
    pub unstable_flags: Vec<String>,

    /// Strip symbols from the compiled file.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub strip: Option<bool>,

    /// Build twice, the second time for what a training run of the first has shown (profile-guided optimisation).
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub pgo: Option<bool>,

    /// What the training runs, by the shell.
    #[arg(long, value_name = "COMMAND", help_heading = "Cargo")]
    pub pgo_command: Option<String>,

    /// The dependency group that the training needs [default: dev].
    #[arg(long, value_name = "GROUP", help_heading = "Cargo")]
    pub pgo_dependency_group: Option<String>,

    /// Let cargo write how long each crate took.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub timings: Option<bool>,

    /// Let cargo tell of what future versions of Rust refuse.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Cargo")]
    pub future_incompat_report: Option<bool>,

    /// When cargo and rustc use colours: `auto`, `always` or `never`.
    #[arg(long, value_name = "WHEN", help_heading = "Cargo")]
    pub color: Option<String>,

    /// How the compiled file meets Python [default: what the crate's dependencies show].
    #[arg(short, long, value_name = "BINDINGS", help_heading = "Python")]
    pub bindings: Option<Bindings>,

    /// Build for this Python: a path, a command name or a version such as `3.12`; may be repeated.
    #[arg(short, long, value_name = "PYTHON", value_delimiter = ',', help_heading = "Python")]
    pub interpreter: Vec<String>,

    /// Build for every Python that is found (see `wainwright python list`).
    #[arg(short, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), conflicts_with = "interpreter", help_heading = "Python")]
    pub find_interpreter: Option<bool>,

    /// Fail unless exactly these wheels are built; file names, or their last parts from the Python tag on.
    #[arg(long, value_name = "FILE", value_delimiter = ',', help_heading = "Python")]
    pub expect: Vec<String>,

    /// What becomes of a Python that the stable ABI does not serve: a wheel of its own, or an error [default: own].
    #[arg(long, value_name = "ABI", help_heading = "Python")]
    pub abi: Option<AbiWish>,

    /// Build a wheel of the Python alone (`py3-none-any`), without cargo.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub pure_python: Option<bool>,

    /// Load the extension in a Python of its own before the wheel gets its name [default: true].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Python")]
    pub import_check: Option<bool>,

    /// The Linux tag to promise, such as `manylinux_2_28`, `musllinux_1_2` or `linux`; or `pypi`.
    #[arg(long, alias = "manylinux", value_name = "TAG", help_heading = "Contents")]
    pub compatibility: Option<String>,

    /// What is done about the promise of the tag [default: warn].
    #[arg(long, value_name = "MODE", help_heading = "Contents")]
    pub auditwheel: Option<AuditMode>,

    /// The same as `--auditwheel skip`.
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new())]
    pub skip_auditwheel: Option<bool>,

    /// Put type stubs beside the module, made of what PyO3 tells of it (feature `experimental-inspect`).
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub generate_stubs: Option<bool>,

    /// Put the debug information beside the module, in the file that the platform has for it: `.pdb`, `.dSYM`, `.dwp`, or
    /// `.debug` where the module is stripped.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub include_debuginfo: Option<bool>,

    /// Put the import library beside the module (Windows).
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub include_import_lib: Option<bool>,

    /// How the files of a wheel are compressed [default: deflated].
    #[arg(long, value_name = "METHOD", value_parser = compression_method, help_heading = "Contents")]
    pub compression_method: Option<CompressionMethod>,

    /// From 1 (fast) to 9 (small) [default: 6].
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=9), help_heading = "Contents")]
    pub compression_level: Option<u8>,

    /// Has no effect: large files need no switch.
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new())]
    pub compression_enable_large_file_support: Option<bool>,

    /// List the crates that are compiled in, in the wheel's metadata (PEP 770) [default: true].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub sbom: Option<bool>,

    /// List the libraries that are grafted there too [default: as the crates].
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub sbom_grafted: Option<bool>,

    /// Give the texts of their licences too.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Contents")]
    pub sbom_licenses: Option<bool>,

    /// A bill of materials of your own to carry along; may be repeated.
    #[arg(long, value_name = "FILE", value_delimiter = ',', help_heading = "Contents")]
    pub sbom_include: Vec<PathBuf>,

    /// Do not treat these diagnostics as errors; named by their codes, separated by commas.
    #[arg(long, value_name = "CODE", value_delimiter = ',', help_heading = "Output")]
    pub allow: Vec<String>,

    /// Say more: what cargo runs.
    #[arg(short, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub verbose: Option<bool>,

    /// Say less: warnings and errors alone.
    #[arg(short, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = BoolishValueParser::new(), help_heading = "Output")]
    pub quiet: Option<bool>,

    /// Flags for rustc, for the packed target alone.
    #[arg(last = true, value_name = "RUSTC ARGS")]
    pub rustc_args: Vec<String>,
}

/// How the compiled file meets Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "kebab-case")]
pub enum Bindings {
    Pyo3,
    Pyo3Ffi,
    Cffi,
    Uniffi,
    Bin,
}

impl Bindings {
    pub fn name(self) -> &'static str {
        match self {
            Bindings::Pyo3 => "pyo3",
            Bindings::Pyo3Ffi => "pyo3-ffi",
            Bindings::Cffi => "cffi",
            Bindings::Uniffi => "uniffi",
            Bindings::Bin => "bin",
        }
    }
}

/// What is done about the promise of a platform tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "kebab-case")]
pub enum AuditMode {
    /// What is missing is grafted.
    Repair,
    /// What is missing is an error.
    Check,
    /// What is missing is told.
    Warn,
    /// The tag is taken as it is.
    Skip,
}

/// How the files of a wheel are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompressionMethod {
    Deflated,
    Stored,
}

/// Reads a method; the error says which to take.
pub fn compression_method(text: &str) -> Result<CompressionMethod, String> {
    match text {
        "deflated" => Ok(CompressionMethod::Deflated),
        "stored" => Ok(CompressionMethod::Stored),
        "bzip2" | "zstd" => Err(format!("installers cannot read wheels with `{text}`; take `deflated` or `stored`")),
        _ => Err("take `deflated` or `stored`".to_owned()),
    }
}

/// What a wheel for one Python alone means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "kebab-case")]
pub enum AbiWish {
    /// A Python that the stable ABI does not serve gets a wheel of its own.
    #[default]
    Own,
    /// Every module is for the stable ABI, or the build fails.
    Required,
}

/// The long names of all options, in their order.
pub fn option_names() -> Vec<String> {
    Words::command().get_arguments().filter_map(|arg| arg.get_long()).map(str::to_owned).collect()
}

/// Parses words as the command line would.
pub fn parse_words(words: impl IntoIterator<Item = String>) -> Result<Settings, clap::Error> {
    Ok(Words::try_parse_from(words)?.settings.with_blanks_split())
}

#[derive(Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct Words {
    #[command(flatten)]
    settings: Settings,
}

impl Settings {
    /// Lists are separated by blanks as well as by commas, as cargo's are; an empty one is none.
    pub fn with_blanks_split(mut self) -> Self {
        self.features = split(&self.features);
        self.allow = split(&self.allow);
        self.expect = split(&self.expect);
        self.interpreter.retain(|python| !python.is_empty());
        self
    }

    /// This layer with what it leaves open taken from `lower`; features, cargo's configuration and flags add up.
    pub fn over(self, lower: Settings) -> Settings {
        let profile_is_chosen = self.profile.is_some() || self.release == Some(true);
        Settings {
            profile: self.profile.or(lower.profile.filter(|_| !profile_is_chosen)),
            release: self.release.or(lower.release.filter(|_| !profile_is_chosen)),
            editable_profile: self.editable_profile.or(lower.editable_profile.filter(|_| !profile_is_chosen)),
            features: joined(lower.features, self.features),
            all_features: self.all_features.or(lower.all_features),
            no_default_features: self.no_default_features.or(lower.no_default_features),
            target: self.target.or(lower.target),
            zig: self.zig.or(lower.zig),
            target_dir: self.target_dir.or(lower.target_dir),
            compiler_cache: self.compiler_cache.or(lower.compiler_cache),
            no_cache: self.no_cache.or(lower.no_cache),
            editable_rebuild: self.editable_rebuild.or(lower.editable_rebuild),
            manifest_path: self.manifest_path.or(lower.manifest_path),
            locked: self.locked.or(lower.locked),
            frozen: self.frozen.or(lower.frozen),
            offline: self.offline.or(lower.offline),
            ignore_rust_version: self.ignore_rust_version.or(lower.ignore_rust_version),
            jobs: self.jobs.or(lower.jobs),
            config: joined(lower.config, self.config),
            unstable_flags: joined(lower.unstable_flags, self.unstable_flags),
            strip: self.strip.or(lower.strip),
            find_interpreter: self.find_interpreter.or(lower.find_interpreter.filter(|_| self.interpreter.is_empty())),
            interpreter: if self.interpreter.is_empty() { lower.interpreter } else { self.interpreter },
            expect: if self.expect.is_empty() { lower.expect } else { self.expect },
            pgo: self.pgo.or(lower.pgo),
            pgo_command: self.pgo_command.or(lower.pgo_command),
            pgo_dependency_group: self.pgo_dependency_group.or(lower.pgo_dependency_group),
            timings: self.timings.or(lower.timings),
            future_incompat_report: self.future_incompat_report.or(lower.future_incompat_report),
            color: self.color.or(lower.color),
            bindings: self.bindings.or(lower.bindings),
            compatibility: self.compatibility.or(lower.compatibility),
            auditwheel: self.auditwheel.or(lower.auditwheel),
            skip_auditwheel: self.skip_auditwheel.or(lower.skip_auditwheel),
            generate_stubs: self.generate_stubs.or(lower.generate_stubs),
            include_debuginfo: self.include_debuginfo.or(lower.include_debuginfo),
            include_import_lib: self.include_import_lib.or(lower.include_import_lib),
            compression_method: self.compression_method.or(lower.compression_method),
            compression_level: self.compression_level.or(lower.compression_level),
            compression_enable_large_file_support: None,
            abi: self.abi.or(lower.abi),
            import_check: self.import_check.or(lower.import_check),
            pure_python: self.pure_python.or(lower.pure_python),
            sbom: self.sbom.or(lower.sbom),
            sbom_grafted: self.sbom_grafted.or(lower.sbom_grafted),
            sbom_licenses: self.sbom_licenses.or(lower.sbom_licenses),
            sbom_include: joined(lower.sbom_include, self.sbom_include),
            allow: joined(lower.allow, self.allow),
            verbose: self.verbose.or(lower.verbose),
            quiet: self.quiet.or(lower.quiet),
            rustc_args: if self.rustc_args.is_empty() { lower.rustc_args } else { self.rustc_args },
        }
    }
}

fn split(words: &[String]) -> Vec<String> {
    let parts = words.iter().flat_map(|word| word.split([',', ' ']));
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn joined<T: PartialEq>(mut lower: Vec<T>, upper: Vec<T>) -> Vec<T> {
    let new: Vec<T> = upper.into_iter().filter(|word| !lower.contains(word)).collect();
    lower.extend(new);
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Settings {
        parse_words(words.iter().map(|word| word.to_string())).unwrap()
    }

    #[test]
    fn a_flag_takes_no_value_or_one_behind_an_equals_sign() {
        assert_eq!(words(&["--locked"]).locked, Some(true));
        assert_eq!(words(&["--locked=0"]).locked, Some(false));
        assert_eq!(words(&[]).locked, None);
    }

    #[test]
    fn features_are_split_at_commas_and_blanks() {
        assert_eq!(words(&["--features", "a,b c", "-F", "d"]).features, ["a", "b", "c", "d"]);
    }

    #[test]
    fn the_upper_layer_wins_and_features_add_up() {
        let merged =
            words(&["--features=b", "--locked=false"]).over(words(&["--features=a", "--locked", "--profile=x"]));
        assert_eq!(merged.features, ["a", "b"]);
        assert_eq!((merged.locked, merged.profile.as_deref()), (Some(false), Some("x")));
    }

    #[test]
    fn release_on_the_command_line_beats_the_profiles_of_the_table() {
        let merged = words(&["--release"]).over(words(&["--profile=dev", "--editable-profile=dev"]));
        assert_eq!((merged.release, merged.profile, merged.editable_profile), (Some(true), None, None));
    }

    #[test]
    fn an_unknown_flag_is_an_error_that_names_it() {
        let error = parse_words(["--nonsense-flag".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("--nonsense-flag"), "{error}");
    }

    #[test]
    fn rustc_flags_come_behind_two_dashes() {
        assert_eq!(words(&["--locked", "--", "-C", "lto"]).rustc_args, ["-C", "lto"]);
    }
}

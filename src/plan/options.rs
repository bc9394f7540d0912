//! All layers of options, merged once: after this nobody looks at a raw flag.
//!
//! The order: flag or config setting, then `WAINWRIGHT_<OPTION>`, then `MATURIN_PEP517_ARGS` (only where there is no
//! `build-args`), then the tool table, then the default.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::environment::Environment;
use crate::facts::request::SettingValue;
use crate::facts::settings::{self, AbiWish, AuditMode, Bindings, CompressionMethod, Settings};
use crate::facts::toml_document::nearest;
use crate::facts::tool_parts::FeatureField;
use crate::facts::tool_table::ToolTable;
use crate::plan::compatibility::Compatibility;
use crate::plan::platform::MacOsVersion;
use crate::plan::triple::Triple;

/// The options of one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub profiles: Profiles,
    /// The features of flags, settings and variables; those of the table may hang on the interpreter.
    pub features: Vec<String>,
    pub table_features: Vec<FeatureField>,
    pub all_features: bool,
    pub no_default_features: bool,
    pub target: Option<String>,
    pub linker: Linker,
    /// The macOS that is asked for by a platform's name.
    pub macos: Option<MacOsVersion>,
    pub target_dir: Option<PathBuf>,
    /// The program that compiles in rustc's place where it has not compiled the same before.
    pub compiler_cache: Option<String>,
    /// Whether the user's cache stays out of it.
    pub no_cache: bool,
    /// Whether editable installs compile again what is older than its sources.
    pub editable_rebuild: bool,
    pub manifest_path: Option<PathBuf>,
    pub lock: Lock,
    pub offline: bool,
    pub ignore_rust_version: bool,
    pub jobs: Option<i32>,
    pub config: Vec<String>,
    pub unstable_flags: Vec<String>,
    pub strip: bool,
    pub pythons: Pythons,
    /// The wheels that must come out, where the set is to be complete.
    pub expect: Vec<String>,
    pub abi: AbiWish,
    pub import_check: ImportCheck,
    /// Whether a wheel of the Python alone is asked for.
    pub pure_python: bool,
    /// The Linux tag that is asked for, and how earnestly.
    pub compatibility: Option<AskedTag>,
    pub audit: AuditMode,
    pub bindings: Option<Bindings>,
    pub companions: Companions,
    pub compression: (CompressionMethod, u8),
    /// Further words for cargo when it compiles.
    pub cargo_flags: Vec<String>,
    pub pgo: Pgo,
    pub sbom: Sbom,
    pub allow: Vec<Code>,
    pub verbosity: Verbosity,
    pub rustc_args: Vec<String>,
}

/// What holds where nobody says anything.
impl Default for Options {
    fn default() -> Self {
        options(Settings::default(), Vec::new(), &ToolTable::default())
    }
}

/// The cargo profiles of the two kinds of wheels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profiles {
    pub wheel: String,
    pub editable: String,
    /// Whether they are what flags, settings or variables say: then no part has another.
    pub are_asked: bool,
    /// Whether that of editable wheels is said at all, as such.
    pub editable_is_said: bool,
}

impl Default for Profiles {
    fn default() -> Self {
        Self { wheel: "release".to_owned(), editable: "dev".to_owned(), are_asked: false, editable_is_said: false }
    }
}

impl Profiles {
    /// The profile of a regular wheel's part that may have one of its own.
    pub fn for_wheel<'p>(&'p self, own: Option<&'p str>) -> &'p str {
        own.filter(|_| !self.are_asked).unwrap_or(&self.wheel)
    }

    /// The same of an editable wheel's.
    pub fn for_editable<'p>(&'p self, own: Option<&'p str>) -> &'p str {
        own.filter(|_| !self.are_asked && !self.editable_is_said).unwrap_or(&self.editable)
    }
}

/// Which Pythons are built for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Pythons {
    /// The one at hand: that of the hook, or of the active environment.
    #[default]
    AtHand,
    /// Those that are found on this machine.
    Found,
    Named(Vec<String>),
}

/// A platform tag that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedTag {
    pub compatibility: Compatibility,
    /// Whether a promise that cannot be kept fails the build. Where a frontend builds on an end user's system, what
    /// `pyproject.toml` asks for is for its author's builds alone.
    pub is_must: bool,
}

impl AskedTag {
    /// A promise that cannot be kept: an error, or a warning.
    pub fn judged(&self, finding: Diagnostic) -> Diagnostic {
        if self.is_must { finding } else { Diagnostic { severity: Severity::Warning, ..finding } }
    }
}

/// The training of a profile-guided build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pgo {
    pub on: bool,
    /// What exercises the wheel, by the shell.
    pub command: Option<String>,
    /// The dependency group that it needs.
    pub group: Option<String>,
}

impl Options {
    /// Whether the debug information of what is compiled for a target goes into a file of its own: a stripped ELF file
    /// leads to no other.
    pub fn takes_debug_information_out(&self, target: &Triple) -> bool {
        self.strip && self.companions.debug_information && target.is_elf()
    }
}

/// Files that cargo makes beside a module and that travel with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Companions {
    pub debug_information: bool,
    pub import_library: bool,
    /// Type stubs, which cargo does not make, but which are made of what it makes.
    pub stubs: bool,
}

/// What a wheel tells of what is compiled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sbom {
    /// Whether the crates are listed.
    pub crates: bool,
    /// Whether the libraries that are grafted are listed.
    pub grafted: bool,
    /// Whether the texts of their licences are given.
    pub licenses: bool,
    /// Files of the project's own, relative to it.
    pub include: Vec<PathBuf>,
}

/// Whether extensions are loaded before they are handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImportCheck {
    #[default]
    On,
    Off,
}

/// Who links.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Linker {
    /// What cargo is configured for.
    #[default]
    Cargos,
    /// zig, whose C compiler brings every system's libraries.
    Zig,
}

/// What cargo may do to the lock file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lock {
    #[default]
    Free,
    Locked,
    Frozen,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    Quiet,
    #[default]
    Normal,
    Verbose,
}

/// The layer of flags or of `config_settings`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopLayer {
    pub settings: Settings,
    /// Whether a frontend asks, and not a person.
    pub by_hook: bool,
    /// Whether `build-args` stands in it, so that `MATURIN_PEP517_ARGS` does not count.
    pub has_build_args: bool,
}

const BUILD_ARGS: [&str; 2] = ["build-args", "maturin.build-args"];

/// Reads `config_settings`. An unknown key is a warning, since frontends hand one project's settings to every
/// backend, and an error only if it begins with `wainwright.`.
pub fn config_settings(
    settings: &BTreeMap<String, SettingValue>,
    notes: &mut Vec<Diagnostic>,
) -> Result<TopLayer, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let (mut inside, mut named) = (Vec::new(), Vec::new());
    for (key, value) in settings {
        match setting_words(key, value, notes) {
            Ok(words) if BUILD_ARGS.contains(&key.as_str()) => inside.extend(words),
            Ok(words) => named.extend(words),
            Err(fault) => faults.push(fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let has_build_args = BUILD_ARGS.iter().any(|name| settings.contains_key(*name));
    // Options by their own names are stronger than those inside `build-args`.
    let parse_all = |words| parse(words, "the config settings").map_err(|fault| vec![fault]);
    Ok(TopLayer { settings: parse_all(named)?.over(parse_all(inside)?), by_hook: true, has_build_args })
}

/// A setting as words of the command line, which are known to be valid by themselves.
fn setting_words(key: &str, value: &SettingValue, notes: &mut Vec<Diagnostic>) -> Result<Vec<String>, Diagnostic> {
    let source = format!("config setting `{key}`");
    let name = key.strip_prefix("wainwright.").unwrap_or(key).trim_start_matches("--");
    let words = if BUILD_ARGS.contains(&key) {
        match value {
            SettingValue::One(line) => shell_words(line, &source)?,
            SettingValue::Many(words) => words.clone(),
        }
    } else if settings::option_names().iter().any(|known| known == name) {
        value.values().iter().map(|value| word(name, value)).collect()
    } else {
        return unknown_setting(key, name, notes).map(|()| Vec::new());
    };
    parse(words.clone(), &source)?;
    Ok(words)
}

fn unknown_setting(key: &str, name: &str, notes: &mut Vec<Diagnostic>) -> Result<(), Diagnostic> {
    let names = settings::option_names();
    let known: Vec<&str> = names.iter().map(String::as_str).chain(BUILD_ARGS).collect();
    let hint = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`wainwright build --help` lists the options".to_owned(),
    };
    let message = format!("unknown config setting `{key}`");
    if key.starts_with("wainwright.") {
        return Err(Diagnostic::error(Code::Setting, message).hint(hint));
    }
    notes.push(Diagnostic::warning(Code::Setting, format!("{message} is ignored")).hint(hint));
    Ok(())
}

/// An option as a word of the command line. Frontends pass an empty value for an option without one.
fn word(name: &str, value: &str) -> String {
    if value.is_empty() { format!("--{name}") } else { format!("--{name}={value}") }
}

fn shell_words(line: &str, source: &str) -> Result<Vec<String>, Diagnostic> {
    shlex::split(line).ok_or_else(|| {
        Diagnostic::error(Code::Setting, format!("{source} is `{line}`, where a quotation mark is not closed"))
    })
}

fn parse(words: Vec<String>, source: &str) -> Result<Settings, Diagnostic> {
    settings::parse_words(words).map_err(|error| {
        let text = error.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let reason = lines.next().unwrap_or_default().trim_start_matches("error: ").replace('\'', "`");
        let diagnostic = Diagnostic::error(Code::Setting, format!("{source}: {reason}"));
        match lines.find(|line| line.starts_with("tip:")) {
            Some(tip) => diagnostic.hint(tip.trim_start_matches("tip:").trim().replace('\'', "`")),
            None => diagnostic.hint("`wainwright build --help` lists the options"),
        }
    })
}

/// Merges all layers below `top` into options.
pub fn merge(top: TopLayer, environment: &Environment, table: &ToolTable) -> Result<Options, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let variables = variables(environment, &mut faults);
    let maturins = if top.has_build_args { Settings::default() } else { pep517_args(environment, &mut faults) };
    let (by_hook, asked) = (top.by_hook, top.settings.over(variables).over(maturins));
    let in_table = asked.compatibility.is_none();
    let are_asked = asked.profile.is_some() || asked.release == Some(true);
    let merged = asked.over(table.settings.clone());
    let compatibility = asked_tag(merged.compatibility.as_deref(), !(by_hook && in_table), &mut faults);
    let allow: Vec<Code> = merged.allow.iter().filter_map(|name| allowed(name, &mut faults)).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    // On an end user's system the libraries are there; what an author builds is for others.
    let audit = match (merged.skip_auditwheel, merged.auditwheel) {
        (Some(true), _) => AuditMode::Skip,
        (_, Some(said)) => said,
        (_, None) if by_hook => AuditMode::Warn,
        (_, None) => AuditMode::Repair,
    };
    let mut options = Options { compatibility, audit, ..options(merged, allow, table) };
    options.profiles.are_asked = are_asked;
    Ok(options)
}

fn asked_tag(text: Option<&str>, is_must: bool, faults: &mut Vec<Diagnostic>) -> Option<AskedTag> {
    match text?.parse() {
        Ok(compatibility) => Some(AskedTag { compatibility, is_must }),
        Err(reason) => {
            let hint = "name the oldest system that the wheel shall run on, or leave `compatibility` out";
            faults.push(Diagnostic::error(Code::Setting, format!("`compatibility`: {reason}")).hint(hint));
            None
        }
    }
}

fn cargo_flags(merged: &Settings) -> Vec<String> {
    let mut flags = Vec::new();
    if merged.timings == Some(true) {
        flags.push("--timings".to_owned());
    }
    if merged.future_incompat_report == Some(true) {
        flags.push("--future-incompat-report".to_owned());
    }
    if let Some(when) = &merged.color {
        flags.extend(["--color".to_owned(), when.clone()]);
    }
    flags
}

fn allowed(name: &str, faults: &mut Vec<Diagnostic>) -> Option<Code> {
    let code = name.parse::<Code>();
    if let Err(unknown) = &code {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        let diagnostic = Diagnostic::error(Code::Setting, format!("`allow`: {unknown}"));
        faults.push(match nearest(name, &names) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.hint("a code stands in brackets behind `error` and `warning`"),
        });
    }
    code.ok()
}

/// The layer of `WAINWRIGHT_<OPTION>` variables.
fn variables(environment: &Environment, faults: &mut Vec<Diagnostic>) -> Settings {
    let mut merged = Settings::default();
    for name in settings::option_names() {
        let variable = format!("WAINWRIGHT_{}", name.to_uppercase().replace('-', "_"));
        let Some(value) = environment.text(&variable) else { continue };
        match parse(vec![word(&name, value)], &format!("variable `{variable}`")) {
            Ok(settings) => merged = settings.over(merged),
            Err(fault) => faults.push(fault),
        }
    }
    merged
}

fn pep517_args(environment: &Environment, faults: &mut Vec<Diagnostic>) -> Settings {
    let source = "variable `MATURIN_PEP517_ARGS`";
    let Some(line) = environment.text("MATURIN_PEP517_ARGS") else { return Settings::default() };
    let read = shell_words(line, source).and_then(|words| parse(words, source));
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        Settings::default()
    })
}

fn options(merged: Settings, allow: Vec<Code>, table: &ToolTable) -> Options {
    let cargo_flags = cargo_flags(&merged);
    let chosen = if merged.release == Some(true) { Some("release".to_owned()) } else { merged.profile };
    let defaults = Profiles::default();
    Options {
        compatibility: None,
        audit: AuditMode::Warn,
        bindings: merged.bindings,
        companions: Companions {
            debug_information: merged.include_debuginfo.unwrap_or(false),
            import_library: merged.include_import_lib.unwrap_or(false),
            stubs: merged.generate_stubs.unwrap_or(false),
        },
        compression: (
            merged.compression_method.unwrap_or(CompressionMethod::Deflated),
            merged.compression_level.unwrap_or(6),
        ),
        cargo_flags,
        profiles: Profiles {
            are_asked: false,
            editable_is_said: merged.editable_profile.is_some(),
            editable: merged.editable_profile.or_else(|| chosen.clone()).unwrap_or(defaults.editable),
            wheel: chosen.unwrap_or(defaults.wheel),
        },
        features: merged.features,
        table_features: table.features.clone(),
        all_features: merged.all_features.unwrap_or(false),
        no_default_features: merged.no_default_features.unwrap_or(false),
        target: merged.target,
        linker: if merged.zig == Some(true) { Linker::Zig } else { Linker::Cargos },
        macos: None,
        target_dir: merged.target_dir,
        compiler_cache: merged.compiler_cache.filter(|name| !name.is_empty()),
        no_cache: merged.no_cache == Some(true),
        editable_rebuild: merged.editable_rebuild == Some(true),
        manifest_path: merged.manifest_path,
        lock: match (merged.frozen, merged.locked) {
            (Some(true), _) => Lock::Frozen,
            (_, Some(true)) => Lock::Locked,
            _ => Lock::Free,
        },
        offline: merged.offline.unwrap_or(false),
        ignore_rust_version: merged.ignore_rust_version.unwrap_or(false),
        jobs: merged.jobs,
        config: merged.config,
        unstable_flags: merged.unstable_flags,
        strip: merged.strip.unwrap_or(false),
        pythons: match (merged.find_interpreter, merged.interpreter) {
            (Some(true), _) => Pythons::Found,
            (_, named) if !named.is_empty() => Pythons::Named(named),
            _ => Pythons::AtHand,
        },
        expect: merged.expect,
        abi: merged.abi.unwrap_or_default(),
        pure_python: merged.pure_python == Some(true),
        import_check: if merged.import_check == Some(false) { ImportCheck::Off } else { ImportCheck::On },
        pgo: Pgo {
            on: merged.pgo.unwrap_or(false),
            command: merged.pgo_command.filter(|command| !command.trim().is_empty()),
            group: merged.pgo_dependency_group,
        },
        sbom: Sbom {
            crates: merged.sbom.unwrap_or(true),
            grafted: merged.sbom_grafted.or(merged.sbom).unwrap_or(true),
            licenses: merged.sbom_licenses.unwrap_or(false),
            include: merged.sbom_include,
        },
        allow,
        verbosity: match (merged.quiet, merged.verbose) {
            (Some(true), _) => Verbosity::Quiet,
            (_, Some(true)) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        },
        rustc_args: merged.rustc_args,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| (name.into(), value.into())), PathBuf::new(), None)
    }

    fn settings(pairs: &[(&str, &[&str])]) -> BTreeMap<String, SettingValue> {
        let value = |values: &[&str]| match values {
            [one] => SettingValue::One(one.to_string()),
            many => SettingValue::Many(many.iter().map(|word| word.to_string()).collect()),
        };
        pairs.iter().map(|(key, values)| (key.to_string(), value(values))).collect()
    }

    fn top(pairs: &[(&str, &[&str])]) -> TopLayer {
        config_settings(&settings(pairs), &mut Vec::new()).unwrap()
    }

    fn merged(top: TopLayer, variables: &[(&str, &str)], table: Settings) -> Options {
        merge(top, &environment(variables), &ToolTable { settings: table, ..ToolTable::default() }).unwrap()
    }

    #[test]
    fn settings_beat_variables_beat_maturins_arguments_beat_the_table() {
        let table = || Settings { profile: Some("t".into()), ..Settings::default() };
        let variables = [("WAINWRIGHT_PROFILE", "v"), ("MATURIN_PEP517_ARGS", "--profile m")];
        assert_eq!(merged(top(&[("profile", &["s"])]), &variables, table()).profiles.wheel, "s");
        assert_eq!(merged(TopLayer::default(), &variables, table()).profiles.wheel, "v");
        assert_eq!(merged(TopLayer::default(), &variables[1..], table()).profiles.wheel, "m");
        assert_eq!(merged(top(&[("build-args", &[""])]), &variables[1..], table()).profiles.wheel, "t");
        assert_eq!(merged(TopLayer::default(), &[], Settings::default()).profiles.wheel, "release");
    }

    #[test]
    fn builds_graft_and_hooks_look_unless_something_else_is_said() {
        let hook = || TopLayer { by_hook: true, ..TopLayer::default() };
        let audit = |top: TopLayer, said| merged(top, &[], Settings { auditwheel: said, ..Settings::default() }).audit;
        assert_eq!([audit(TopLayer::default(), None), audit(hook(), None)], [AuditMode::Repair, AuditMode::Warn]);
        for said in [AuditMode::Repair, AuditMode::Skip] {
            assert_eq!([audit(TopLayer::default(), Some(said)), audit(hook(), Some(said))], [said, said]);
        }
        let skips = Settings { skip_auditwheel: Some(true), ..Settings::default() };
        assert_eq!(merged(TopLayer::default(), &[], skips).audit, AuditMode::Skip);
    }

    #[test]
    fn editable_installs_prefer_their_own_profile_then_the_profile_then_dev() {
        let editable = |table| merged(TopLayer::default(), &[], table).profiles.editable;
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(editable(Settings { profile: some("p"), editable_profile: some("e"), ..Settings::default() }), "e");
        assert_eq!(editable(Settings { profile: some("p"), ..Settings::default() }), "p");
        assert_eq!(editable(Settings::default()), "dev");
    }

    #[test]
    fn build_args_are_split_as_a_shell_does_and_lists_are_taken_as_they_are() {
        assert_eq!(top(&[("build-args", &["--features 'a b' --locked"])]).settings.features, ["a", "b"]);
        assert_eq!(top(&[("maturin.build-args", &["--profile", "dev"])]).settings.profile.as_deref(), Some("dev"));
    }

    #[test]
    fn flags_take_true_false_one_and_zero() {
        for (value, expected) in [("true", true), ("1", true), ("false", false), ("0", false), ("", true)] {
            assert_eq!(top(&[("locked", &[value])]).settings.locked, Some(expected), "{value}");
        }
    }

    #[test]
    fn lists_and_commas_both_split_features() {
        assert_eq!(top(&[("features", &["a,b", "c"])]).settings.features, ["a", "b", "c"]);
    }

    #[test]
    fn settings_of_one_kind_do_not_drop_each_other() {
        let both = top(&[("editable-profile", &["e"]), ("profile", &["p"])]);
        assert_eq!(
            merged(both, &[], Settings::default()).profiles,
            Profiles { wheel: "p".into(), editable: "e".into(), are_asked: true, editable_is_said: true }
        );
        let faults = config_settings(&settings(&[("profile", &["p"]), ("release", &["1"])]), &mut Vec::new());
        assert!(faults.is_err());
    }

    #[test]
    fn an_unknown_setting_is_a_warning_and_an_error_with_our_prefix() {
        let mut notes = Vec::new();
        config_settings(&settings(&[("profil", &["x"])]), &mut notes).unwrap();
        assert_eq!(notes[0].message, "unknown config setting `profil` is ignored");
        assert_eq!(notes[0].hint.as_deref(), Some("did you mean `profile`?"));
        let faults = config_settings(&settings(&[("wainwright.profil", &["x"])]), &mut notes).unwrap_err();
        assert!(faults[0].is_error());
    }

    #[test]
    fn an_unknown_flag_in_build_args_is_an_error_that_names_it() {
        let faults = config_settings(&settings(&[("build-args", &["--nonsense-flag"])]), &mut Vec::new()).unwrap_err();
        assert_eq!(faults[0].message, "config setting `build-args`: unexpected argument `--nonsense-flag` found");
    }

    #[test]
    fn a_bad_value_names_its_source() {
        let faults = merge(TopLayer::default(), &environment(&[("WAINWRIGHT_JOBS", "many")]), &ToolTable::default());
        let message = &faults.unwrap_err()[0].message;
        assert!(message.starts_with("variable `WAINWRIGHT_JOBS`: invalid value `many`"), "{message}");
    }

    #[test]
    fn an_unknown_code_to_allow_names_the_near_one() {
        let faults = merge(top(&[("allow", &["entry-symbl"])]), &environment(&[]), &ToolTable::default()).unwrap_err();
        assert_eq!(faults[0].hint.as_deref(), Some("did you mean `entry-symbol`?"));
    }
}

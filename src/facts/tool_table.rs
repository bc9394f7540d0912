//! `[tool.wainwright]`, or `[tool.maturin]` where the former is absent: the layout, and one layer of settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::settings::{self, Bindings, CompressionMethod, Settings};
use crate::facts::toml_document::{Item, Located, Table, choice, listed};
use crate::facts::tool_keys::{self, names};
use crate::facts::tool_parts::{FeatureField, Optional, PartField, bindings, features, optional, parts};
use crate::facts::tool_patterns::{OutDirPattern, Pattern, out_dir_patterns, patterns};

/// What the tool table says.
#[derive(Debug, Clone, Default)]
pub struct ToolTable {
    pub origin: Origin,
    pub module_name: Option<Located<String>>,
    /// `module`: extension modules, each perhaps from a crate of its own; they take the place of the one module that a
    /// project has otherwise. The keys of the table itself are their defaults.
    pub modules: Vec<PartField>,
    /// `bin`: the programs to pack, beside the modules.
    pub binaries: Vec<PartField>,
    /// `optional`, for the parts that do not say it themselves.
    pub optional: Optional,
    pub bindings: Option<Located<Bindings>>,
    pub python_source: Option<Located<String>>,
    pub python_packages: Vec<Located<String>>,
    pub include: Vec<Pattern>,
    pub out_dir_include: Vec<OutDirPattern>,
    pub exclude: Vec<Pattern>,
    pub data: Option<Located<String>>,
    pub features: Vec<FeatureField>,
    /// `targets`: the only targets of the crate that are built, where any are named.
    pub targets: Vec<TargetField>,
    /// `target.TRIPLE.macos-deployment-target`, by the triple.
    pub macos_deployment_targets: BTreeMap<String, Located<String>>,
    pub sdist_generator: SdistGenerator,
    /// `vendor`: the crates that others wrote travel in the sdist too.
    pub vendor: Option<Vendor>,
    /// `version`: where a dynamic version comes from, if not from `Cargo.toml`.
    pub version: Option<GitVersion>,
    /// The rest of the table that flags can say too.
    pub settings: Settings,
    /// Whether `[project]` is judged as maturin judged it.
    pub lenient: bool,
    /// What is worth saying about the table without being a fault.
    pub notes: Vec<Diagnostic>,
}

/// Which table was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// There is none.
    #[default]
    None,
    Wainwright,
    Maturin,
}

/// An entry of `targets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetField {
    pub name: Located<String>,
    /// `bin`, or one of the kinds of libraries.
    pub kind: Option<Located<String>>,
}

/// `vendor = true`, or a table of what for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vendor {
    /// The platforms whose crates travel whole; all of them if none is named.
    pub targets: Vec<Located<String>>,
}

/// `version = { from = "git" }`: the version comes from the tags of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitVersion {
    pub from: Located<String>,
    /// What stands before the version in the tags that count.
    pub tag_prefix: Option<Located<String>>,
    /// The version where there is no repository, or no tag in it.
    pub fallback: Option<Located<String>>,
}

/// Who lists the files of an sdist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
#[clap(rename_all = "kebab-case")]
pub enum SdistGenerator {
    #[default]
    Cargo,
    Git,
}

/// Keys of `[tool.maturin]` that are read there alone: other names of keys that both tables have.
const MATURINS_NAMES: &[&str] = &["manylinux", "skip-auditwheel"];

/// Keys of `[tool.maturin]` without an effect here, and why.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("use-base-python", "no path of an environment reaches cargo's fingerprints, so there is nothing to switch"),
    ("generate-ci", "the command `generate-ci` is told all by its options"),
    ("sdist-include", "maturin has given it up, too; write `include = [{ path = \"...\", format = \"sdist\" }]`"),
    ("cargo-extra-args", "maturin has given it up, too; there are keys such as `features`, `profile` and `locked`"),
    ("rustc-extra-args", "maturin has given it up, too; write `rustc-args`"),
];

/// Why a key of `[tool.maturin]` has no effect here, if it is such a one.
pub fn why_without_effect(key: &str) -> Option<&'static str> {
    WITHOUT_EFFECT.iter().find(|(name, _)| *name == key).map(|(_, why)| *why)
}

/// Reads the tool table that counts: ours, else maturin's.
pub fn read(root: &Table<'_>, faults: &mut Vec<Diagnostic>) -> ToolTable {
    let Some(tool) = root.table("tool", faults) else { return ToolTable::default() };
    let maturin = tool.get("maturin");
    match (tool.table("wainwright", faults), maturin) {
        (Some(ours), maturin) => {
            let mut table = fields(&ours, Origin::Wainwright, faults);
            faults.extend(ours.unknown_keys(&names(tool_keys::TOOL), Diagnostic::error));
            table.notes.extend(maturin.map(|item| ignored(&item)));
            table
        }
        (None, Some(_)) => tool.table("maturin", faults).map(|table| maturins(&table, faults)).unwrap_or_default(),
        (None, None) => ToolTable::default(),
    }
}

fn ignored(maturin: &Item<'_>) -> Diagnostic {
    Diagnostic::note(Code::ToolTable, "`[tool.maturin]` is ignored, since `[tool.wainwright]` stands beside it")
        .at(maturin.key_place())
}

fn maturins(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> ToolTable {
    let mut read = fields(table, Origin::Maturin, faults);
    let without_effect = WITHOUT_EFFECT.iter().map(|(key, _)| key);
    let ours = names(tool_keys::TOOL);
    let known: Vec<&str> = ours.iter().chain(MATURINS_NAMES).chain(without_effect).copied().collect();
    read.notes.extend(table.unknown_keys(&known, Diagnostic::warning));
    for (key, item) in table.items() {
        let Some(why) = why_without_effect(key) else { continue };
        let message = format!("`tool.maturin.{key}` has no effect here: {why}");
        read.notes.push(Diagnostic::note(Code::ToolTable, message).at(item.key_place()));
    }
    read
}

fn fields(table: &Table<'_>, origin: Origin, faults: &mut Vec<Diagnostic>) -> ToolTable {
    if let (Some(name), true) = (table.string("module-name", &mut Vec::new()), table.get("module").is_some()) {
        let message = format!("`{}` stands beside `module`, which names the modules", name.key);
        faults.push(name.error(Code::KeyConflict, message).hint("take it out, or the tables"));
    }
    ToolTable {
        origin,
        module_name: table.string("module-name", faults),
        modules: parts(table, "module", tool_keys::MODULE, faults),
        binaries: parts(table, "bin", tool_keys::BINARY, faults),
        optional: optional(table, faults).unwrap_or_default(),
        bindings: table.string("bindings", faults).and_then(|name| bindings(name, faults)),
        python_source: table.string("python-source", faults),
        python_packages: table.strings("python-packages", faults).unwrap_or_default(),
        include: patterns(table, "include", faults),
        out_dir_include: out_dir_patterns(table, faults),
        exclude: patterns(table, "exclude", faults),
        data: table.string("data", faults),
        features: features(table, faults),
        targets: targets(table, faults),
        macos_deployment_targets: macos_deployment_targets(table, faults),
        sdist_generator: table
            .string("sdist-generator", faults)
            .and_then(|name| choice(&name, faults))
            .unwrap_or_default(),
        vendor: vendor(table, faults),
        version: version(table, faults),
        lenient: table.boolean("lenient", faults).is_some_and(|lenient| lenient.value),
        settings: settings(table, faults),
        notes: Vec::new(),
    }
}

fn settings(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Settings {
    let mut text = |key| table.string(key, faults).map(|text| text.value);
    let (profile, editable_profile) = (text("profile"), text("editable-profile"));
    let (pgo_command, pgo_dependency_group) = (text("pgo-command"), text("pgo-dependency-group"));
    let manifest_path = text("manifest-path").map(PathBuf::from);
    let mut list = |key| -> Vec<String> {
        table.strings(key, faults).unwrap_or_default().into_iter().map(|text| text.value).collect()
    };
    let (config, unstable_flags, rustc_args) = (list("config"), list("unstable-flags"), list("rustc-args"));
    let (allow, expect) = (list("allow"), list("expect"));
    let sbom = sbom(table, faults);
    let compatibility = ["compatibility", "manylinux"].into_iter().find_map(|key| table.string(key, faults));
    let auditwheel = table.string("auditwheel", faults).and_then(|name| choice(&name, faults));
    let compiler_cache = table.string("compiler-cache", faults).map(|name| name.value);
    let abi = table.string("abi", faults).and_then(|name| choice(&name, faults));
    let compression_method = table.string("compression-method", faults).and_then(|name| compression(&name, faults));
    let compression_level = table.number("compression-level", 0, 9, faults).map(|level| level.value);
    let mut flag = |key| table.boolean(key, faults).map(|flag| flag.value);
    Settings {
        abi,
        compiler_cache,
        compression_method,
        compression_level,
        pgo_command,
        pgo_dependency_group,
        profile,
        editable_profile,
        config,
        unstable_flags,
        rustc_args,
        allow,
        expect,
        all_features: flag("all-features"),
        no_default_features: flag("no-default-features"),
        compatibility: compatibility.map(|text| text.value),
        auditwheel,
        skip_auditwheel: flag("skip-auditwheel"),
        include_import_lib: flag("include-import-lib"),
        generate_stubs: flag("generate-stubs"),
        sbom: sbom.sbom,
        sbom_grafted: sbom.sbom_grafted,
        sbom_licenses: sbom.sbom_licenses,
        sbom_include: sbom.sbom_include,
        locked: flag("locked"),
        frozen: flag("frozen"),
        strip: flag("strip"),
        editable_rebuild: flag("editable-rebuild"),
        import_check: flag("import-check"),
        manifest_path,
        ..Settings::default()
    }
}

fn compression(name: &Located<String>, faults: &mut Vec<Diagnostic>) -> Option<CompressionMethod> {
    let refused = |reason| {
        let message = format!("`{}` is `{}`: {reason}", name.key, name.value);
        faults.push(name.error(Code::ToolValue, message));
    };
    settings::compression_method(&name.value).map_err(refused).ok()
}

/// `vendor`: whether, or a table with `targets`.
fn vendor(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Option<Vendor> {
    let item = table.get("vendor")?;
    if item.is_boolean() {
        return item.boolean(faults)?.value.then(Vendor::default);
    }
    if !item.is_table() {
        return item.wrong_type("`true`, or a table such as `{ targets = [\"x86_64-unknown-linux-gnu\"] }`", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&names(tool_keys::VENDOR), Diagnostic::error));
    Some(Vendor { targets: table.strings("targets", faults).unwrap_or_default() })
}

/// `version`: a table whose `from` says where it comes from.
fn version(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Option<GitVersion> {
    let item = table.get("version")?;
    if !item.is_table() {
        return item.wrong_type("a table such as `{ from = \"git\" }`", faults);
    }
    let table = item.table(faults)?;
    faults.extend(table.unknown_keys(&names(tool_keys::VERSION), Diagnostic::error));
    let (tag_prefix, fallback) = (table.string("tag-prefix", faults), table.string("fallback", faults));
    let Some(from) = table.string("from", faults) else {
        if table.get("from").is_none() {
            let message = format!("`{}` does not say where the version comes from", item.path());
            faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()).hint("add `from = \"git\"`"));
        }
        return None;
    };
    match from.value.as_str() {
        "git" => Some(GitVersion { from, tag_prefix, fallback }),
        "cargo" => None,
        other => {
            let message = format!("`{}` is `{other}`, which is neither `git` nor `cargo`", from.key);
            faults.push(from.error(Code::ToolValue, message));
            None
        }
    }
}

/// `targets`: names of the crate's targets, or tables with `name` and `kind`.
fn targets(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Vec<TargetField> {
    let wanted = "an array of names, or of tables with `name` and `kind`";
    let items = table.get("targets").and_then(|item| item.items(wanted, faults)).unwrap_or_default();
    items.iter().filter_map(|item| target(item, faults)).collect()
}

fn target(item: &Item<'_>, faults: &mut Vec<Diagnostic>) -> Option<TargetField> {
    const KINDS: [&str; 6] = ["bin", "cdylib", "dylib", "lib", "rlib", "staticlib"];
    if item.is_string() {
        return Some(TargetField { name: item.string(faults)?, kind: None });
    }
    if !item.is_table() {
        return item.wrong_type("a target's name, or a table with `name` and `kind`", faults);
    }
    let table = item.table(faults)?;
    // maturin's own documents write `bindings` here, which it ignores too.
    faults.extend(table.unknown_keys(&names(tool_keys::TARGET), Diagnostic::error));
    let Some(name) = table.string("name", faults) else {
        let message = format!("`{}` is a table without `name`", item.path());
        faults.push(Diagnostic::error(Code::MissingKey, message).at(item.place()));
        return None;
    };
    let kind = table.string("kind", faults);
    if let Some(kind) = kind.as_ref().filter(|kind| !KINDS.contains(&kind.value.as_str())) {
        let message = format!("`{}` is `{}`, which is none of {}", kind.key, kind.value, listed(&KINDS));
        faults.push(kind.error(Code::ToolValue, message));
    }
    Some(TargetField { name, kind })
}

/// `target.TRIPLE.macos-deployment-target`
fn macos_deployment_targets(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> BTreeMap<String, Located<String>> {
    let mut found = BTreeMap::new();
    let Some(targets) = table.table("target", faults) else { return found };
    for (triple, item) in targets.items() {
        let Some(target) = item.table(faults) else { continue };
        faults.extend(target.unknown_keys(&names(tool_keys::PLATFORM), Diagnostic::error));
        let version = tool_keys::PLATFORM.iter().find_map(|key| target.string(key.name, faults));
        found.extend(version.map(|version| (triple.to_owned(), version)));
    }
    found
}

/// `sbom`: whether, or a table of what.
fn sbom(table: &Table<'_>, faults: &mut Vec<Diagnostic>) -> Settings {
    let Some(item) = table.get("sbom") else { return Settings::default() };
    if item.is_boolean() {
        return Settings { sbom: item.boolean(faults).map(|found| found.value), ..Settings::default() };
    }
    let Some(table) = item.table(faults) else { return Settings::default() };
    faults.extend(table.unknown_keys(&names(tool_keys::SBOM), Diagnostic::error));
    let files = table.strings("include", faults).unwrap_or_default();
    Settings {
        sbom: table.boolean("rust", faults).map(|found| found.value),
        // In a table each stands for itself.
        sbom_grafted: Some(table.boolean("auditwheel", faults).is_none_or(|found| found.value)),
        sbom_licenses: table.boolean("licenses", faults).map(|found| found.value),
        sbom_include: files.into_iter().map(|file| PathBuf::from(file.value)).collect(),
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::facts::toml_document::Document;

    fn read_text(text: &str) -> (ToolTable, Vec<String>) {
        let document = Document::parse(Path::new("pyproject.toml"), text.as_bytes()).unwrap();
        let mut faults = Vec::new();
        let table = read(&document.root(), &mut faults);
        (table, faults.into_iter().map(|fault| fault.message).collect())
    }

    #[test]
    fn ours_wins_over_maturins_with_a_note() {
        let (table, faults) = read_text("[tool.maturin]\nmodule-name='a'\n[tool.wainwright]\nmodule-name='b'\n");
        assert_eq!(faults, [""; 0]);
        assert_eq!((table.origin, table.module_name.unwrap().value.as_str()), (Origin::Wainwright, "b"));
        assert!(table.notes[0].message.contains("`[tool.maturin]` is ignored"));
    }

    /// No key takes a number.
    #[test]
    fn every_key_that_is_known_is_read() {
        for key in tool_keys::TOOL {
            let (_, faults) = read_text(&format!("[tool.wainwright]\n{} = 1.5\n", key.name));
            assert!(!faults.is_empty() && !faults[0].contains("unknown key"), "{}: {faults:?}", key.name);
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_in_our_table_and_a_warning_in_maturins() {
        assert_eq!(read_text("[tool.wainwright]\nflavour='x'\n").1, ["unknown key `flavour` in `[tool.wainwright]`"]);
        let (table, faults) = read_text("[tool.maturin]\ncompatability='x'\n");
        assert!(faults.is_empty());
        assert_eq!(table.notes[0].hint.as_deref(), Some("did you mean `compatibility`?"));
    }

    #[test]
    fn patterns_name_their_formats() {
        let text = "[tool.wainwright]\ninclude = ['a', { path = 'b', format = 'sdist' }, { path = 'c', format = ['sdist', 'wheel'] }]\n";
        let (table, _) = read_text(text);
        let formats: Vec<_> = table.include.iter().map(|pattern| (pattern.sdist, pattern.wheel)).collect();
        assert_eq!(formats, [(true, true), (true, false), (true, true)]);
    }

    #[test]
    fn a_name_beside_tables_of_modules_is_a_fault() {
        let (_, faults) = read_text("[tool.wainwright]\nmodule-name = 'a'\n[[tool.wainwright.module]]\nname = 'b'\n");
        assert_eq!(faults, ["`tool.wainwright.module-name` stands beside `module`, which names the modules"]);
    }

    #[test]
    fn modules_and_binaries_are_names_or_tables() {
        let (table, faults) = read_text(
            "[tool.wainwright]\nbin = ['a', { name = 'b', target = 'c', place = 'pkg' }]\n\
             [[tool.wainwright.module]]\nname = 'pkg._x'\nmanifest-path = 'x/Cargo.toml'\noptional = 'auto'\n\
             [[tool.wainwright.module]]\nmanifest-path = 'y/Cargo.toml'\ntarget = 'z'\n",
        );
        assert_eq!(table.binaries[1].target.as_ref().unwrap().value, "c");
        assert!(table.modules[0].optional == Some(Optional::Auto) && table.modules.len() == 1);
        assert_eq!(
            faults,
            [
                "unknown key `target` in `[tool.wainwright.module[1]]`",
                "`tool.wainwright.module[1]` is a table without `name`"
            ]
        );
    }

    #[test]
    fn what_build_scripts_make_is_included_by_entries_of_their_own() {
        let text =
            "[tool.wainwright]\ninclude = ['a', { path = '*.h', from = 'out-dir', to = 'pkg/', crate-name = 'c' }]\n";
        let (table, faults) = read_text(text);
        assert_eq!((table.include.len(), table.out_dir_include.len(), faults.len()), (1, 1, 0));
        assert_eq!(table.out_dir_include[0].to.value, "pkg/");
        let (_, faults) = read_text("[tool.wainwright]\ninclude = [{ path = '*', from = 'out-dir' }]\n");
        assert!(faults[0].ends_with("but has no `to`"), "{faults:?}");
        let (_, faults) = read_text("[tool.wainwright]\ninclude = [{ path = '*', from = 'moon', to = 'a' }]\n");
        assert!(faults[0].ends_with("which is not `out-dir`"), "{faults:?}");
    }

    #[test]
    fn the_rest_of_maturins_keys_are_read() {
        let (table, faults) = read_text(
            "[tool.maturin]\nmanylinux = '2_28'\nskip-auditwheel = true\nsdist-generator = 'git'\n\
             targets = [{ name = 'a', kind = 'bin', bindings = 'bin' }]\nuse-base-python = true\n\
             [tool.maturin.target.x86_64-apple-darwin]\nmacos-deployment-target = '11.0'\n",
        );
        assert_eq!(faults, [""; 0]);
        assert_eq!(table.settings.compatibility.as_deref(), Some("2_28"));
        assert_eq!((table.settings.skip_auditwheel, table.sdist_generator), (Some(true), SdistGenerator::Git));
        assert_eq!(table.targets[0].kind.as_ref().unwrap().value, "bin");
        assert_eq!(table.macos_deployment_targets["x86_64-apple-darwin"].value, "11.0");
        assert!(table.notes[0].message.starts_with("`tool.maturin.use-base-python` has no effect here"));
        let (_, faults) = read_text("[tool.wainwright]\ntargets = [{ name = 'a', kind = 'wheel' }]\nauditwheel='no'\n");
        assert_eq!(faults.len(), 2, "{faults:?}");
    }

    #[test]
    fn compression_is_a_word_and_a_number() {
        let (table, faults) = read_text("[tool.wainwright]\ncompression-method = 'stored'\ncompression-level = 9\n");
        assert_eq!(faults, [""; 0]);
        let compression = (table.settings.compression_method, table.settings.compression_level);
        assert_eq!(compression, (Some(CompressionMethod::Stored), Some(9)));
        for (text, said) in [
            ("compression-level = 10", "`tool.wainwright.compression-level` is 10, which is not between 0 and 9"),
            ("compression-level = -1", "`tool.wainwright.compression-level` is -1, which is not between 0 and 9"),
            ("compression-level = '6'", "`tool.wainwright.compression-level` must be a whole number, not a string"),
            (
                "compression-method = 'zstd'",
                "`tool.wainwright.compression-method` is `zstd`: installers cannot read wheels with `zstd`; take \
                 `deflated` or `stored`",
            ),
        ] {
            assert_eq!(read_text(&format!("[tool.wainwright]\n{text}\n")).1, [said], "{text}");
        }
    }

    #[test]
    fn sbom_is_a_switch_or_a_table() {
        assert_eq!(read_text("[tool.wainwright]\nsbom = false\n").0.settings.sbom, Some(false));
        let text = "[tool.maturin]\nsbom = { rust = true, auditwheel = false, include = ['a.json'] }\n";
        let (table, faults) = read_text(text);
        assert_eq!((table.settings.sbom, table.settings.sbom_include.len(), faults.len()), (Some(true), 1, 0));
        assert_eq!(table.settings.sbom_grafted, Some(false));
        let crates_alone = read_text("[tool.wainwright]\nsbom = { rust = false }\n").0.settings;
        assert_eq!((crates_alone.sbom, crates_alone.sbom_grafted), (Some(false), Some(true)));
        assert_eq!(read_text("[tool.wainwright]\nsbom = 3\n").1.len(), 1);
    }

    #[test]
    fn bad_bindings_and_types_are_faults() {
        let (_, faults) = read_text("[tool.wainwright]\nbindings = 'swig'\nmodule-name = 3\n");
        assert_eq!(faults[0], "`tool.wainwright.module-name` must be a string, not an integer");
        assert!(faults[1].starts_with("`tool.wainwright.bindings` is `swig`, which is none of `pyo3`"));
    }
}

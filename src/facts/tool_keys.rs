//! The keys of `[tool.wainwright]`: what each takes, and what it is for. The reader knows them from here, and so do the
//! schema for editors and the reference.

use clap::ValueEnum;

use crate::facts::settings::{AbiWish, AuditMode, Bindings, CompressionMethod};
use crate::facts::tool_table::SdistGenerator;

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub value: Value,
    /// A sentence.
    pub about: &'static str,
    pub is_required: bool,
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    Text,
    Flag,
    /// A whole number between two others.
    Number {
        least: u8,
        most: u8,
    },
    /// One of some words.
    Word(fn() -> Vec<String>),
    List(&'static Value),
    /// A table of these keys and no others.
    Table(&'static [Key]),
    /// A table whose keys are names.
    ByName(&'static Value),
    /// Any of these.
    Either(&'static [Value]),
}

/// The names of keys.
pub fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

const fn key(name: &'static str, value: Value, about: &'static str) -> Key {
    Key { name, value, about, is_required: false }
}

const fn required(name: &'static str, value: Value, about: &'static str) -> Key {
    Key { name, value, about, is_required: true }
}

/// The words of a type.
fn words<T: ValueEnum>() -> Vec<String> {
    T::value_variants()
        .iter()
        .filter_map(|value| value.to_possible_value().map(|value| value.get_name().to_owned()))
        .collect()
}

fn formats() -> Vec<String> {
    ["sdist", "wheel"].map(str::to_owned).to_vec()
}

fn auto() -> Vec<String> {
    vec!["auto".to_owned()]
}

fn out_dir() -> Vec<String> {
    vec!["out-dir".to_owned()]
}

fn version_sources() -> Vec<String> {
    ["git", "cargo"].map(str::to_owned).to_vec()
}

fn target_kinds() -> Vec<String> {
    ["bin", "cdylib", "dylib", "lib", "rlib", "staticlib"].map(str::to_owned).to_vec()
}

const TEXTS: Value = Value::List(&Value::Text);
const BINDINGS: Value = Value::Word(words::<Bindings>);
const OPTIONAL: Value = Value::Either(&[Value::Flag, Value::Word(auto)]);
const FORMAT: Value = Value::Either(&[Value::Word(formats), Value::List(&Value::Word(formats))]);

/// The keys of an entry of `features` with conditions.
pub const FEATURE: &[Key] = &[
    required("feature", Value::Text, "The feature of the crate."),
    key("python-version", Value::Text, "The versions of Python that it is for, such as `>=3.11`."),
    key("python-implementation", Value::Text, "The implementation of Python that it is for, such as `cpython`."),
];
const FEATURES: Value = Value::List(&Value::Either(&[Value::Text, Value::Table(FEATURE)]));

/// The keys of an entry of `module`.
pub const MODULE: &[Key] = &[
    required("name", Value::Text, "The import name of the module, such as `pkg._core`."),
    key("manifest-path", Value::Text, "The `Cargo.toml` of its crate, if it is not the project's own."),
    key("features", FEATURES, "Features of its crate, in place of the table's."),
    key("no-default-features", Value::Flag, "Whether its crate's default features stay off."),
    key("bindings", BINDINGS, "How the compiled file meets Python."),
    key("profile", Value::Text, "The cargo profile that it is built with."),
    key("optional", OPTIONAL, "Whether the distribution is of use without it."),
    key("artifact", Value::Text, "A file that is built already, in place of a crate."),
];

/// The keys of an entry of `bin`.
pub const BINARY: &[Key] = &[
    required("name", Value::Text, "The name under which the program is installed."),
    key("manifest-path", Value::Text, "The `Cargo.toml` of its crate, if it is not the project's own."),
    key("target", Value::Text, "The program as its crate calls it, where that is another name."),
    key("features", FEATURES, "Features of its crate, in place of the table's."),
    key("no-default-features", Value::Flag, "Whether its crate's default features stay off."),
    key("profile", Value::Text, "The cargo profile that it is built with."),
    key("optional", OPTIONAL, "Whether the distribution is of use without it."),
    key("artifact", Value::Text, "A file that is built already, in place of a crate."),
    key("place", Value::Text, "Where it goes: `scripts`, or a package."),
];

/// The keys of an entry of `include` or `exclude`.
pub const PATTERN: &[Key] = &[
    required("path", Value::Text, "A glob."),
    key("format", FORMAT, "The archives that it is for; both, if it is not said."),
];

/// The keys of an entry of `include` that takes what a build script has made.
pub const OUT_DIR_PATTERN: &[Key] = &[
    required("path", Value::Text, "A glob, relative to the script's `OUT_DIR`."),
    required("from", Value::Word(out_dir), "That it is of a build script."),
    required("to", Value::Text, "The directory in the wheel."),
    key("crate-name", Value::Text, "The crate of the script, if it is not the project's own."),
    key("crate_name", Value::Text, "Another spelling of `crate-name`."),
    key("format", FORMAT, "The archives that it is for; `wheel` alone is possible."),
];

/// The keys of an entry of `targets`.
pub const TARGET: &[Key] = &[
    required("name", Value::Text, "The target's name."),
    key("kind", Value::Word(target_kinds), "The kind of the target."),
    key("bindings", Value::Text, "Without effect: documents of maturin have it here."),
];

/// The keys of a triple's table in `target`.
pub const PLATFORM: &[Key] = &[
    key("macos-deployment-target", Value::Text, "The oldest macOS that the wheel shall run on."),
    key("macosx-deployment-target", Value::Text, "Another spelling of `macos-deployment-target`."),
];

/// The keys of `vendor`.
pub const VENDOR: &[Key] = &[key("targets", TEXTS, "The platforms whose crates travel whole; all, if none is named.")];

/// The keys of `version`.
pub const VERSION: &[Key] = &[
    required("from", Value::Word(version_sources), "Where a dynamic version comes from."),
    key("tag-prefix", Value::Text, "What stands before the version in the tags that count."),
    key("fallback", Value::Text, "The version where there is no repository, or no tag in it."),
];

/// The keys of `sbom`.
pub const SBOM: &[Key] = &[
    key("rust", Value::Flag, "Whether the crates that are compiled in are listed."),
    key("auditwheel", Value::Flag, "Whether the libraries that are grafted are listed."),
    key("include", TEXTS, "Bills of the project's own to pack."),
    key("licenses", Value::Flag, "Whether the crates' licence texts stand in the list."),
];

/// The keys of `[tool.wainwright]`.
pub const TOOL: &[Key] = &[
    key("module-name", Value::Text, "The import name of the module, such as `pkg._core`."),
    key(
        "module",
        Value::List(&Value::Either(&[Value::Text, Value::Table(MODULE)])),
        "Extension modules, in place of the one that a project has otherwise.",
    ),
    key(
        "bin",
        Value::List(&Value::Either(&[Value::Text, Value::Table(BINARY)])),
        "Programs to pack beside the modules.",
    ),
    key("optional", OPTIONAL, "Whether the distribution is of use without the parts that do not say it themselves."),
    key("bindings", BINDINGS, "How the compiled file meets Python."),
    key("python-source", Value::Text, "The directory of the project's Python files."),
    key("python-packages", TEXTS, "The Python packages to pack, if not all that are found."),
    key(
        "include",
        Value::List(&Value::Either(&[Value::Text, Value::Table(PATTERN), Value::Table(OUT_DIR_PATTERN)])),
        "Further files to pack.",
    ),
    key("exclude", Value::List(&Value::Either(&[Value::Text, Value::Table(PATTERN)])), "Files to leave out."),
    key("data", Value::Text, "The directory whose contents become the wheel's `.data`."),
    key("manifest-path", Value::Text, "The `Cargo.toml` of the crate."),
    key("features", FEATURES, "Features of the crate."),
    key("all-features", Value::Flag, "Whether all features of the crate are on."),
    key("no-default-features", Value::Flag, "Whether the crate's default features stay off."),
    key("profile", Value::Text, "The cargo profile that wheels are built with; `release`, if it is not said."),
    key("editable-profile", Value::Text, "The cargo profile of editable installs; `dev`, if neither is said."),
    key("editable-rebuild", Value::Flag, "Whether editable installs compile again what is older than its sources."),
    key("locked", Value::Flag, "Whether `Cargo.lock` must be up to date."),
    key("frozen", Value::Flag, "Whether `Cargo.lock` must be up to date, and the network stays unused."),
    key("config", TEXTS, "Values of cargo's configuration, such as `build.jobs=2`."),
    key("unstable-flags", TEXTS, "Unstable flags of cargo."),
    key("rustc-args", TEXTS, "Arguments for rustc, for the packed target alone."),
    key("strip", Value::Flag, "Whether symbols are stripped from what is compiled."),
    key("compatibility", Value::Text, "The platform tag to promise, such as `manylinux_2_28`, `pypi` or `linux`."),
    key("auditwheel", Value::Word(words::<AuditMode>), "What is done about the promise of the platform tag."),
    key(
        "targets",
        Value::List(&Value::Either(&[Value::Text, Value::Table(TARGET)])),
        "The only targets of the crate that are built.",
    ),
    key("target", Value::ByName(&Value::Table(PLATFORM)), "Settings for one target triple."),
    key("sdist-generator", Value::Word(words::<SdistGenerator>), "Who lists the files of an sdist."),
    key(
        "vendor",
        Value::Either(&[Value::Flag, Value::Table(VENDOR)]),
        "Whether the crates that others wrote travel in the sdist.",
    ),
    key("version", Value::Table(VERSION), "Where a dynamic version comes from, if not from `Cargo.toml`."),
    key("generate-stubs", Value::Flag, "Whether type stubs are made of what PyO3 knows of the module."),
    key("pgo-command", Value::Text, "The command that trains a profile-guided build."),
    key("pgo-dependency-group", Value::Text, "The dependency group that the training needs; `dev`, if it is not said."),
    key("include-import-lib", Value::Flag, "Whether the import library lies beside the module on Windows."),
    key("compression-method", Value::Word(words::<CompressionMethod>), "How the files of a wheel are compressed."),
    key("compression-level", Value::Number { least: 0, most: 9 }, "From 1 (fast) to 9 (small); 6, if it is not said."),
    key("sbom", Value::Either(&[Value::Flag, Value::Table(SBOM)]), "Which bills of materials are packed."),
    key(
        "abi",
        Value::Word(words::<AbiWish>),
        "What a wheel for one Python alone means where the stable ABI is built for.",
    ),
    key("import-check", Value::Flag, "Whether what is compiled is loaded before it is packed."),
    key("compiler-cache", Value::Text, "A shared cache of compiled crates to compile through, such as `sccache`."),
    key("expect", TEXTS, "The wheels that a build must give, as globs."),
    key("allow", TEXTS, "Codes of findings that do not stop a build."),
    key("lenient", Value::Flag, "Whether `[project]` is judged as maturin judges it."),
];

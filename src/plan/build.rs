//! The plan of a build: what is compiled, under which name it travels, and which tag the wheel bears.

use std::path::PathBuf;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo::{CargoFacts, CrateTarget, CrateTargetKind};
use crate::facts::interpreter::Interpreter;
use crate::facts::settings::Bindings;
use crate::facts::toml_document::Located;
use crate::facts::tool_table::TargetField;
use crate::plan::abi::{self, Abi, StableFamily};
use crate::plan::bindings;
use crate::plan::cargo_calls::CompileTarget;
use crate::plan::layout::ModuleLayout;
use crate::plan::parts::{Part, PartKind, Program};
use crate::plan::platform::{self, PlatformFacts};
use crate::plan::pyo3::Pyo3;
use crate::plan::pyo3_config::{self, Linking, Pyo3Config};
use crate::plan::triple::Triple;
use crate::spec::module_path::ModulePath;
use crate::spec::tag::WheelTag;

/// What a build makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPlan {
    pub compiles: Vec<Compile>,
    pub tag: WheelTag,
    pub triple: Triple,
    /// The ABI of all modules together, if there are any: the narrowest.
    pub abi: Option<Abi>,
}

/// One target to compile, and where its file goes in the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compile {
    /// Which of the project's parts it is made from.
    pub part: usize,
    pub target: CompileTarget,
    /// As cargo reports the artefact: the target's name.
    pub artifact: String,
    /// The name that its file gets in the wheel.
    pub file_name: String,
    pub destination: Destination,
    /// The ABI by which Python meets the file, if it links Python's symbols.
    pub abi: Option<Abi>,
    /// The directory below the target directory that holds what is compiled for this Python.
    ///
    /// PyO3 compiled for one Python is not PyO3 compiled for another, but cargo gives both one name: in one directory
    /// each build would undo the other.
    pub units: String,
    /// The file that is taken as it is, in place of a compile; relative to the project.
    pub prebuilt: Option<PathBuf>,
}

/// Where a compiled file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An extension module, to where Python looks for it.
    Module(ModuleLayout),
    /// A library that generated Python in this package opens.
    Library { package: ModulePath, bindings: Bindings },
    /// A program, to the environment's scripts.
    Script,
    /// A program, into a package.
    Package(ModulePath),
}

/// Which Python, and which machine.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    pub interpreter: &'s Interpreter,
    pub triple: &'s Triple,
    pub platform: &'s PlatformFacts,
}

/// Plans what one part becomes for one interpreter.
pub fn compiles(
    index: usize,
    part: &Part,
    cargo: &CargoFacts,
    subject: Subject<'_>,
    notes: &mut Vec<Diagnostic>,
) -> Result<Vec<Compile>, Diagnostic> {
    let pyo3 = Pyo3::of(cargo)?;
    let targets = targets(part, cargo)?;
    let made = match &part.kind {
        PartKind::Module { layout, bindings, .. } => match bindings::confirmed(bindings.as_ref(), cargo)? {
            Bindings::Bin => binaries(None, cargo, &targets, pyo3, subject)?,
            Bindings::Pyo3 | Bindings::Pyo3Ffi => {
                let library = library(cargo, &targets)?;
                vec![module(layout, library, pyo3, subject, notes)?]
            }
            other => vec![opened_library(layout, library(cargo, &targets)?, other, subject.triple)],
        },
        PartKind::Programs(wanted) => binaries(wanted.as_deref(), cargo, &targets, pyo3, subject)?,
    };
    Ok(made.into_iter().map(|compile| Compile { part: index, ..compile }).collect())
}

/// Puts what all parts become into one wheel, whose tag is true of the narrowest of them.
pub fn together(compiles: Vec<Compile>, subject: Subject<'_>) -> Result<BuildPlan, Diagnostic> {
    let abi = narrowest(compiles.iter().filter_map(|compile| compile.abi));
    let tag = if compiles.is_empty() { wheel_tag("py3", "none", "any")? } else { tag(abi, subject)? };
    Ok(BuildPlan { compiles, tag, triple: subject.triple.clone(), abi })
}

/// Refuses a plan with a module for one Python alone, where only the stable ABI will do.
pub fn only_stable(plan: &BuildPlan, interpreter: &Interpreter) -> Result<(), Diagnostic> {
    if plan.abi.is_none_or(Abi::is_stable) {
        return Ok(());
    }
    let message = format!(
        "only the stable ABI will do, since `abi` is `required`, but the wheel `{}` is for {} alone",
        plan.tag,
        interpreter.title()
    );
    let hint = "turn on `abi3-py3N` or `abi3t-py3N` of PyO3, leave this Python out, or take `abi` out";
    Err(Diagnostic::error(Code::WheelSet, message).hint(hint))
}

/// What all of several ABIs serve: the interpreter alone if one of them does no more, else from the latest minimum on.
/// A module of `abi3t` is one of `abi3` too.
fn narrowest(abis: impl Iterator<Item = Abi>) -> Option<Abi> {
    abis.reduce(|a, b| match (a, b) {
        (Abi::Stable { family: a, minor }, Abi::Stable { family: b, minor: another }) => {
            let family = if a == b { a } else { StableFamily::Abi3 };
            Abi::Stable { family, minor: minor.max(another) }
        }
        _ => Abi::VersionSpecific,
    })
}

fn tag(abi: Option<Abi>, subject: Subject<'_>) -> Result<WheelTag, Diagnostic> {
    let platform = platform::tag(subject.triple, Some(subject.interpreter), abi, subject.platform)?;
    let (python, abi) = abi.map_or(("py3".to_owned(), "none".to_owned()), |abi| abi.tags(subject.interpreter));
    wheel_tag(&python, &abi, &platform)
}

fn manifest_place(cargo: &CargoFacts) -> Place {
    Place::file(cargo.package().manifest_path.as_std_path())
}

/// The crate's targets, or those that `targets` names.
fn targets(part: &Part, cargo: &CargoFacts) -> Result<Vec<CrateTarget>, Diagnostic> {
    let all = cargo.targets();
    if part.targets.is_empty() {
        return Ok(all);
    }
    let is_meant = |target: &CrateTarget, wanted: &TargetField| {
        let is_binary = target.kind == CrateTargetKind::Binary;
        target.name.replace('-', "_") == wanted.name.value.replace('-', "_")
            && wanted.kind.as_ref().is_none_or(|kind| (kind.value == "bin") == is_binary)
    };
    if let Some(wanted) = part.targets.iter().find(|wanted| !all.iter().any(|target| is_meant(target, wanted))) {
        let names: Vec<&str> = all.iter().map(|target| target.name.as_str()).collect();
        let message =
            format!("`{}` names the target `{}`, which the crate has not", wanted.name.key, wanted.name.value);
        return Err(wanted.name.error(Code::CrateTarget, message).hint(format!("it has `{}`", names.join("`, `"))));
    }
    Ok(all.into_iter().filter(|target| part.targets.iter().any(|wanted| is_meant(target, wanted))).collect())
}

fn module(
    layout: &ModuleLayout,
    library: CrateTarget,
    pyo3: Option<Pyo3>,
    subject: Subject<'_>,
    notes: &mut Vec<Diagnostic>,
) -> Result<Compile, Diagnostic> {
    let interpreter = subject.interpreter;
    let features = pyo3.as_ref().map(|pyo3| pyo3.features.as_slice()).unwrap_or_default();
    let abi = abi::choose(abi::stable_request(features.iter().map(String::as_str)), interpreter, notes)?;
    if let Some(pyo3) = &pyo3 {
        pyo3.supports(abi, interpreter)?;
    }
    let file_name = abi.file_name(layout.import().last(), interpreter)?;
    let config = pyo3.map(|pyo3| pyo3_config::write(interpreter, abi, pyo3.linking(), &pyo3.version)).transpose()?;
    let (python, abi_tag) = abi.tags(interpreter);
    let units = units(&format!("{python}-{abi_tag}"), config.as_ref());
    Ok(Compile {
        part: 0,
        target: CompileTarget::Module { file_name: file_name.clone(), pyo3: config },
        artifact: library.name,
        file_name,
        destination: Destination::Module(layout.clone()),
        abi: Some(abi),
        units,
        prebuilt: None,
    })
}

/// A name for people, and what PyO3 is told, in short.
fn units(name: &str, config: Option<&Pyo3Config>) -> String {
    match config {
        Some(config) => format!("{name}-{}", &config.file_name[..8]),
        None => name.to_owned(),
    }
}

fn library(cargo: &CargoFacts, targets: &[CrateTarget]) -> Result<CrateTarget, Diagnostic> {
    let is_library =
        |target: &&CrateTarget| matches!(target.kind, CrateTargetKind::Cdylib | CrateTargetKind::OtherLibrary);
    targets.iter().find(is_library).cloned().ok_or_else(|| {
        let message = format!("the package `{}` has no library that could become the module", cargo.package().name);
        let hint = "add `src/lib.rs` and `[lib]` with `crate-type = [\"cdylib\"]`; or set `bindings = \"bin\"` to pack its binaries";
        Diagnostic::error(Code::CrateTarget, message).at(manifest_place(cargo)).hint(hint)
    })
}

/// A library that Python opens through generated code: it knows nothing of Python, hence serves every version.
fn opened_library(layout: &ModuleLayout, library: CrateTarget, bindings: Bindings, triple: &Triple) -> Compile {
    let package = layout.name().clone();
    let stem = match bindings {
        // The generated code of uniffi looks for the file under the name that cargo gives it.
        Bindings::Uniffi => library.name.replace('-', "_"),
        _ => package.last().to_owned(),
    };
    Compile {
        part: 0,
        target: CompileTarget::Library,
        artifact: library.name,
        file_name: triple.shared_library(&stem),
        destination: Destination::Library { package, bindings },
        abi: None,
        units: "any".to_owned(),
        prebuilt: None,
    }
}

fn binaries(
    wanted: Option<&Program>,
    cargo: &CargoFacts,
    targets: &[CrateTarget],
    pyo3: Option<Pyo3>,
    subject: Subject<'_>,
) -> Result<Vec<Compile>, Diagnostic> {
    let interpreter = subject.interpreter;
    let abi = pyo3.as_ref().map(|_| Abi::VersionSpecific);
    let config = pyo3
        .map(|pyo3| pyo3_config::write(interpreter, Abi::VersionSpecific, Linking::Libpython, &pyo3.version))
        .transpose()?;
    let compile = |(target, name): (String, String)| Compile {
        part: 0,
        target: CompileTarget::Binary { name: target.clone(), pyo3: config.clone() },
        file_name: subject.triple.program(&name),
        artifact: target,
        destination: destination(wanted),
        abi,
        units: units("bin", config.as_ref()),
        prebuilt: None,
    };
    Ok(chosen_binaries(wanted, cargo, targets)?.into_iter().map(compile).collect())
}

fn destination(program: Option<&Program>) -> Destination {
    program.and_then(|program| program.package.clone()).map_or(Destination::Script, Destination::Package)
}

/// The programs to pack: as the crate calls them, and as they are installed.
fn chosen_binaries(
    wanted: Option<&Program>,
    cargo: &CargoFacts,
    targets: &[CrateTarget],
) -> Result<Vec<(String, String)>, Diagnostic> {
    let enabled = cargo.root_features();
    let all: Vec<CrateTarget> =
        targets.iter().filter(|target| target.kind == CrateTargetKind::Binary).cloned().collect();
    let has_its_features =
        |target: &&CrateTarget| target.required_features.iter().all(|feature| enabled.contains(feature));
    match wanted {
        None => {
            let names: Vec<(String, String)> =
                all.iter().filter(has_its_features).map(|target| (target.name.clone(), target.name.clone())).collect();
            if names.is_empty() { Err(no_binary(cargo)) } else { Ok(names) }
        }
        Some(Program { target, name, .. }) => match all.iter().find(|known| known.name == target.value) {
            Some(known) if has_its_features(&known) => Ok(vec![(target.value.clone(), name.value.clone())]),
            Some(known) => Err(lacks_features(target, known)),
            None => Err(unknown_binary(target, cargo, &all)),
        },
    }
}

fn no_binary(cargo: &CargoFacts) -> Diagnostic {
    let message = format!("the package `{}` has no binary to pack", cargo.package().name);
    let hint = "add `src/main.rs`, or turn on the features that its binaries require";
    Diagnostic::error(Code::CrateTarget, message).at(manifest_place(cargo)).hint(hint)
}

fn lacks_features(target: &Located<String>, known: &CrateTarget) -> Diagnostic {
    let features = known.required_features.join("`, `");
    let message = format!("the binary `{}` requires the features `{features}`, which are off", target.value);
    target.error(Code::CrateTarget, message).hint("turn them on with `features`")
}

fn unknown_binary(target: &Located<String>, cargo: &CargoFacts, all: &[CrateTarget]) -> Diagnostic {
    let message = format!("the package `{}` has no binary `{}`", cargo.package().name, target.value);
    let names: Vec<&str> = all.iter().map(|target| target.name.as_str()).collect();
    let hint = match names.as_slice() {
        [] => "it has none; add `src/main.rs`, or take the entry out".to_owned(),
        names => format!("its binaries are `{}`", names.join("`, `")),
    };
    target.error(Code::CrateTarget, message).hint(hint)
}

/// What a part with a file of its own becomes, without cargo.
pub fn prebuilt(
    index: usize,
    part: &Part,
    file: &Located<String>,
    subject: Subject<'_>,
) -> Result<Compile, Diagnostic> {
    let path = PathBuf::from(&file.value);
    let own_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let (file_name, destination, abi) = match &part.kind {
        PartKind::Module { layout, .. } => {
            let name = layout.import().last();
            let suffix = own_name.split_once('.').map_or(String::new(), |(_, suffix)| format!(".{suffix}"));
            let abi = abi::of_suffix(&suffix, subject.interpreter)
                .ok_or_else(|| unfit(file, &suffix, subject.interpreter))?;
            (format!("{name}{suffix}"), Destination::Module(layout.clone()), Some(abi))
        }
        PartKind::Programs(Some(program)) => {
            (subject.triple.program(&program.name.value), destination(Some(program)), None)
        }
        PartKind::Programs(None) => (own_name, Destination::Script, None),
    };
    Ok(Compile {
        part: index,
        target: match abi {
            Some(_) => CompileTarget::Module { file_name: file_name.clone(), pyo3: None },
            None => CompileTarget::Binary { name: file_name.clone(), pyo3: None },
        },
        artifact: file_name.clone(),
        file_name,
        destination,
        abi,
        units: "prebuilt".to_owned(),
        prebuilt: Some(path),
    })
}

fn unfit(file: &Located<String>, suffix: &str, interpreter: &Interpreter) -> Diagnostic {
    let message = format!(
        "`{}` is `{}`, whose ending `{suffix}` {} does not look for",
        file.key,
        file.value,
        interpreter.title()
    );
    let own = interpreter.ext_suffix.as_deref().unwrap_or(".abi3.so");
    file.error(Code::Interpreter, message)
        .hint(format!("name a file that ends in `{own}`, or in that of the stable ABI"))
}

/// The tag that a plain read of the manifests promises, for metadata that is prepared without cargo: for each module,
/// the features of its PyO3, or `None` where it links no Python.
pub fn planned_tag(modules: &[Option<Vec<String>>], subject: Subject<'_>) -> Result<WheelTag, Diagnostic> {
    let abi = |features: &Vec<String>| {
        let request = abi::stable_request(features.iter().map(String::as_str));
        abi::choose(request, subject.interpreter, &mut Vec::new()).unwrap_or(Abi::VersionSpecific)
    };
    if modules.is_empty() {
        return wheel_tag("py3", "none", "any");
    }
    tag(narrowest(modules.iter().flatten().map(abi)), subject)
}

/// The parts come from an interpreter's own words, which may be odd.
fn wheel_tag(python: &str, abi: &str, platform: &str) -> Result<WheelTag, Diagnostic> {
    WheelTag::new(python, abi, platform).map_err(|reason| {
        Diagnostic::error(Code::Interpreter, format!("no tag can be made for this interpreter: {reason}"))
    })
}

/// The triple that a platform as Python names it (`sysconfig.get_platform()`) stands for, as far as tags need it.
pub fn triple_of(interpreter: &Interpreter) -> Triple {
    let (system, rest) = interpreter.platform.split_once('-').unwrap_or((&interpreter.platform, ""));
    let machine = rest.rsplit('-').next().unwrap_or_default();
    let is_musl = interpreter.ext_suffix.as_deref().is_some_and(|suffix| suffix.contains("-musl"));
    match system {
        "win32" => Triple::parse("i686-pc-windows-msvc"),
        "win" if machine == "arm64" => Triple::parse("aarch64-pc-windows-msvc"),
        "win" => Triple::parse("x86_64-pc-windows-msvc"),
        "macosx" if machine == "x86_64" => Triple::parse("x86_64-apple-darwin"),
        "macosx" => Triple::parse("aarch64-apple-darwin"),
        "linux" => {
            let machine = if interpreter.pointer_width == 32 && machine == "x86_64" { "i686" } else { machine };
            Triple::parse(&format!("{machine}-unknown-linux-{}", if is_musl { "musl" } else { "gnu" }))
        }
        other => Triple { architecture: machine.to_owned(), system: other.to_owned(), environment: String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::interpreter::samples::cpython;

    #[test]
    fn the_planned_tag_reads_abi3_from_features() {
        let interpreter = cpython(12);
        let triple = triple_of(&interpreter);
        let platform = PlatformFacts::default();
        let subject = Subject { interpreter: &interpreter, triple: &triple, platform: &platform };
        let tag = |modules: &[Option<&[&str]>]| {
            let own = |features: &&[&str]| features.iter().map(|feature| feature.to_string()).collect();
            let modules: Vec<Option<Vec<String>>> = modules.iter().map(|module| module.as_ref().map(own)).collect();
            planned_tag(&modules, subject).unwrap().to_string()
        };
        assert_eq!(tag(&[Some(&[])]), "cp312-cp312-linux_x86_64");
        assert_eq!(tag(&[Some(&["abi3-py310"])]), "cp310-abi3-linux_x86_64");
        assert_eq!(tag(&[None]), "py3-none-linux_x86_64");
        assert_eq!(tag(&[Some(&["abi3-py39"]), None, Some(&["abi3-py311"])]), "cp311-abi3-linux_x86_64");
        assert_eq!(tag(&[Some(&["abi3-py39"]), Some(&[])]), "cp312-cp312-linux_x86_64");
    }

    #[test]
    fn where_the_stable_abi_is_required_no_other_will_do() {
        let interpreter = cpython(12);
        let plan = |abi| BuildPlan {
            compiles: Vec::new(),
            tag: "cp312-cp312-linux_x86_64".parse().unwrap(),
            triple: triple_of(&interpreter),
            abi,
        };
        assert!(only_stable(&plan(Some(Abi::VersionSpecific)), &interpreter).is_err());
        assert_eq!(
            only_stable(&plan(Some(Abi::Stable { family: StableFamily::Abi3, minor: 9 })), &interpreter),
            Ok(())
        );
        assert_eq!(only_stable(&plan(None), &interpreter), Ok(()));
    }

    #[test]
    fn a_32_bit_python_on_a_64_bit_kernel_is_i686() {
        let interpreter = Interpreter { pointer_width: 32, ..cpython(12) };
        assert_eq!(triple_of(&interpreter).architecture, "i686");
    }
}

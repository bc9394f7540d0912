//! The plan of a build: what is compiled, under which name it travels, and which tag the wheel bears.

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::facts::cargo::{CargoFacts, CrateTarget, CrateTargetKind};
use crate::facts::interpreter::Interpreter;
use crate::facts::tool_table::{Bindings, ToolTable};
use crate::plan::abi::{self, Abi};
use crate::plan::bindings;
use crate::plan::cargo_calls::CompileTarget;
use crate::plan::layout::{Layout, ModuleLayout};
use crate::plan::platform::{self, PlatformFacts, Triple};
use crate::plan::pyo3::Pyo3;
use crate::plan::pyo3_config::{self, Linking, Pyo3Config};
use crate::spec::tag::WheelTag;

/// What a build makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPlan {
    pub compiles: Vec<Compile>,
    pub tag: WheelTag,
    pub triple: Triple,
    /// The ABI of the module, if there is one.
    pub abi: Option<Abi>,
    /// The directory below the target directory that holds what is compiled for this Python.
    ///
    /// PyO3 compiled for one Python is not PyO3 compiled for another, but cargo gives both one name: in one directory
    /// each build would undo the other.
    pub units: String,
}

/// One target to compile, and the name that its file gets in the wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compile {
    pub target: CompileTarget,
    /// As cargo reports the artefact: the target's name.
    pub artifact: String,
    pub file_name: String,
}

/// Which Python, and which machine.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    pub interpreter: &'s Interpreter,
    pub triple: &'s Triple,
    pub platform: &'s PlatformFacts,
}

/// Plans the wheel for one interpreter.
pub fn plan(
    table: &ToolTable,
    layout: &Layout,
    cargo: &CargoFacts,
    subject: Subject<'_>,
    notes: &mut Vec<Diagnostic>,
) -> Result<BuildPlan, Diagnostic> {
    let bindings = bindings::confirmed(table, cargo)?;
    let pyo3 = Pyo3::of(cargo)?;
    match (bindings, &layout.module) {
        (Bindings::Pyo3 | Bindings::Pyo3Ffi, module) => module_plan(module, cargo, pyo3, subject, notes),
        (Bindings::Bin, _) => binary_plan(cargo, pyo3, subject),
        (other, _) => Err(unsupported(other)),
    }
}

fn unsupported(bindings: Bindings) -> Diagnostic {
    let message = format!("`{}` bindings are not among those that this version builds", bindings.name());
    Diagnostic::error(Code::Bindings, message).hint("it builds `pyo3`, `pyo3-ffi` and `bin`")
}

fn manifest_place(cargo: &CargoFacts) -> Place {
    Place::file(cargo.package().manifest_path.as_std_path())
}

fn module_plan(
    module: &ModuleLayout,
    cargo: &CargoFacts,
    pyo3: Option<Pyo3>,
    subject: Subject<'_>,
    notes: &mut Vec<Diagnostic>,
) -> Result<BuildPlan, Diagnostic> {
    let library = library(cargo)?;
    let interpreter = subject.interpreter;
    let features = pyo3.as_ref().map(|pyo3| pyo3.features.as_slice()).unwrap_or_default();
    let abi = abi::choose(abi::stable_request(features.iter().map(String::as_str)), interpreter, notes)?;
    if let Some(pyo3) = &pyo3 {
        pyo3.supports(abi, interpreter)?;
    }
    let Some(import) = module.import() else {
        let message = "the module has no name";
        return Err(Diagnostic::error(Code::ModuleName, message).hint("set `module-name` in the tool table"));
    };
    let file_name = abi.file_name(import.last(), interpreter)?;
    let config = pyo3.map(|pyo3| pyo3_config::write(interpreter, abi, pyo3.linking(), &pyo3.version)).transpose()?;
    let (python, abi_tag) = abi.tags(interpreter);
    let units = units(&format!("{python}-{abi_tag}"), config.as_ref());
    let platform = platform_of(subject, Some(abi))?;
    let target = CompileTarget::Module { file_name: file_name.clone(), pyo3: config };
    Ok(BuildPlan {
        compiles: vec![Compile { target, artifact: library.name, file_name }],
        tag: wheel_tag(&python, &abi_tag, &platform)?,
        triple: subject.triple.clone(),
        abi: Some(abi),
        units,
    })
}

/// A name for people, and what PyO3 is told, in short.
fn units(name: &str, config: Option<&Pyo3Config>) -> String {
    match config {
        Some(config) => format!("{name}-{}", &config.file_name[..8]),
        None => name.to_owned(),
    }
}

fn library(cargo: &CargoFacts) -> Result<CrateTarget, Diagnostic> {
    let is_library =
        |target: &CrateTarget| matches!(target.kind, CrateTargetKind::Cdylib | CrateTargetKind::OtherLibrary);
    cargo.targets().into_iter().find(is_library).ok_or_else(|| {
        let message = format!("the package `{}` has no library that could become the module", cargo.package().name);
        let hint = "add `src/lib.rs` and `[lib]` with `crate-type = [\"cdylib\"]`; or set `bindings = \"bin\"` to pack its binaries";
        Diagnostic::error(Code::CrateTarget, message).at(manifest_place(cargo)).hint(hint)
    })
}

fn binary_plan(cargo: &CargoFacts, pyo3: Option<Pyo3>, subject: Subject<'_>) -> Result<BuildPlan, Diagnostic> {
    let enabled = cargo.root_features();
    let has_its_features =
        |target: &CrateTarget| target.required_features.iter().all(|feature| enabled.contains(feature));
    let binaries: Vec<CrateTarget> = cargo
        .targets()
        .into_iter()
        .filter(|target| target.kind == CrateTargetKind::Binary && has_its_features(target))
        .collect();
    if binaries.is_empty() {
        let message = format!("the package `{}` has no binary to pack", cargo.package().name);
        let hint = "add `src/main.rs`, or turn on the features that its binaries require";
        return Err(Diagnostic::error(Code::CrateTarget, message).at(manifest_place(cargo)).hint(hint));
    }
    let interpreter = subject.interpreter;
    let links_python = pyo3.is_some();
    let platform = platform_of(subject, links_python.then_some(Abi::VersionSpecific))?;
    let config = pyo3
        .map(|pyo3| pyo3_config::write(interpreter, Abi::VersionSpecific, Linking::Libpython, &pyo3.version))
        .transpose()?;
    let units = units("bin", config.as_ref());
    let suffix = if subject.triple.system == "windows" { ".exe" } else { "" };
    let compiles = binaries.into_iter().map(|binary| Compile {
        target: CompileTarget::Binary { name: binary.name.clone(), pyo3: config.clone() },
        file_name: format!("{}{suffix}", binary.name),
        artifact: binary.name,
    });
    let (python, abi) =
        if links_python { Abi::VersionSpecific.tags(interpreter) } else { ("py3".to_owned(), "none".to_owned()) };
    Ok(BuildPlan {
        compiles: compiles.collect(),
        tag: wheel_tag(&python, &abi, &platform)?,
        triple: subject.triple.clone(),
        abi: None,
        units,
    })
}

/// The tag that a plain read of the manifests promises, for metadata that is prepared without cargo.
pub fn planned_tag(features: &[String], is_module: bool, subject: Subject<'_>) -> Result<WheelTag, Diagnostic> {
    let interpreter = subject.interpreter;
    if !is_module {
        return wheel_tag("py3", "none", &platform_of(subject, None)?);
    }
    let request = abi::stable_request(features.iter().map(String::as_str));
    let abi = abi::choose(request, interpreter, &mut Vec::new()).unwrap_or(Abi::VersionSpecific);
    let platform = platform_of(subject, Some(abi))?;
    let (python, abi) = abi.tags(interpreter);
    wheel_tag(&python, &abi, &platform)
}

fn platform_of(subject: Subject<'_>, abi: Option<Abi>) -> Result<String, Diagnostic> {
    platform::tag(subject.triple, Some(subject.interpreter), abi, subject.platform)
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
        let tag = |features: &[&str], is_module| {
            let features: Vec<String> = features.iter().map(|feature| feature.to_string()).collect();
            planned_tag(&features, is_module, subject).unwrap().to_string()
        };
        assert_eq!(tag(&[], true), "cp312-cp312-linux_x86_64");
        assert_eq!(tag(&["abi3-py310"], true), "cp310-abi3-linux_x86_64");
        assert_eq!(tag(&[], false), "py3-none-linux_x86_64");
    }

    #[test]
    fn a_32_bit_python_on_a_64_bit_kernel_is_i686() {
        let interpreter = Interpreter { pointer_width: 32, ..cpython(12) };
        assert_eq!(triple_of(&interpreter).architecture, "i686");
    }
}

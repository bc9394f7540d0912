//! Type stubs of the compiled modules: beside them in the wheel, or as files on their own.

use std::path::{Path, PathBuf};

use crate::actions::event::Report;
use crate::actions::manifest::Entry;
use crate::contents::stubs;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::sources::PathKind;
use crate::ops::compile::{self, Order, Prebuilt, Staged};
use crate::ops::project::Project;
use crate::ops::wheel::{PlannedWheel, WheelKind};
use crate::plan::build::Destination;
use crate::plan::cargo_calls::Incremental;
use crate::plan::layout::ModuleLayout;
use crate::plan::profiling::Profiling;
use crate::system::disk::{self, Scratch};
use crate::system::stubs as introspection;

/// Puts stubs beside the staged modules, but for those that the project has written itself.
pub fn generate(project: &Project, staged: &mut [Staged]) -> Result<(), Error> {
    for item in staged {
        let Destination::Module(module) = &item.compile.destination else { continue };
        let stubs = of(item, module)?;
        item.beside.extend(stubs.into_iter().filter(|entry| !is_written(project, module, &entry.path)));
    }
    Ok(())
}

fn of(item: &Staged, module: &ModuleLayout) -> Result<Vec<Entry>, Error> {
    Ok(stubs::placed(module, &introspection::of(&item.path, module.import().last())?))
}

/// Whether the project has a file at a place beside the module: then that one counts.
fn is_written(project: &Project, module: &ModuleLayout, path: &str) -> bool {
    let file = match module {
        ModuleLayout::Beside { import } => project.layout.python_root.join(import.directory()).join(path),
        // Its one stub brings the marker along.
        ModuleLayout::Generated { package, .. } => project.directory.join(format!("{}.pyi", package.last())),
    };
    disk::kind(&file) == PathKind::File
}

/// A stub where the project would keep it: that of a module without Python of its own stands beside `pyproject.toml`.
fn in_sources(module: &ModuleLayout, entry: Entry) -> Entry {
    let directory = module.import().directory();
    let path = match module {
        ModuleLayout::Generated { package, .. } if entry.path == "__init__.pyi" => format!("{}.pyi", package.last()),
        _ if directory.is_empty() => entry.path.clone(),
        _ => format!("{directory}/{}", entry.path),
    };
    Entry { path, ..entry }
}

/// Compiles the modules of a planned wheel and writes their stubs below `directory`, as from the root of the wheel.
pub fn write(
    project: &Project,
    wheel: &PlannedWheel,
    directory: &Path,
    environment: &Environment,
    report: Report<'_>,
) -> Result<Vec<PathBuf>, Error> {
    let stage = Scratch::below(&wheel.resolved.target_dir.path)?;
    let order = Order {
        kind: WheelKind::Editable,
        interpreter: &wheel.interpreter,
        incremental: Incremental::AsConfigured,
        environment,
        prebuilt: &Prebuilt::new(),
        profiling: &Profiling::Off,
        stage: stage.path(),
    };
    let staged = compile::compile(project, &wheel.resolved, &wheel.plan, order, report)?;
    let mut entries = Vec::new();
    for item in &staged {
        let Destination::Module(module) = &item.compile.destination else { continue };
        entries.extend(of(item, module)?.into_iter().map(|entry| in_sources(module, entry)));
    }
    // The marker belongs to a package, which not every stub has.
    entries.retain(|entry| !entry.path.ends_with("py.typed"));
    disk::unpack(&entries, directory)?;
    Ok(entries.into_iter().map(|entry| directory.join(entry.path)).collect())
}

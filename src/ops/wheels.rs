//! Wheels as they are asked for: one for a hook or an install, or one of a set; trained first where that is wanted.

use std::path::Path;
use std::time::Instant;

use crate::actions::event::Report;
use crate::actions::manifest::Entry;
use crate::contents::editable::Call;
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::interpreter::Interpreter;
use crate::ops::compile::Prebuilt;
use crate::ops::compose;
use crate::ops::deliver::Delivered;
use crate::ops::interpreters::{self, Source};
use crate::ops::pgo;
use crate::ops::project::Project;
use crate::ops::resolve::{self, Toolchain};
use crate::ops::wheel::{self, Built, PlannedWheel, Request, WheelKind};
use crate::plan::options::Options;
use crate::plan::profiling::Profiling;
use crate::plan::wheel_set::Share;
use crate::system::python::PythonError;

/// Plans and builds the wheels that the chosen Pythons need.
pub fn build_set(
    project: &Project,
    source: Source<'_>,
    directory: &Path,
    report: Report<'_>,
) -> Result<Vec<Delivered>, Error> {
    let toolchain = resolve::toolchain(project, source.environment, report)?;
    let pythons = interpreters::chosen(project, &toolchain, source, report)?;
    let python = compose::python_entries(project, WheelKind::Regular, report)?;
    let planned = wheel::plan(project, &toolchain, &pythons, source.environment, report)?;
    wheel::expect(project, &planned, Share::Whole)?;
    build_planned(project, &planned, &python, (directory, source.environment), report)
}

/// Builds planned wheels into a directory, one after the other, and tells of each.
pub fn build_planned(
    project: &Project,
    planned: &[PlannedWheel],
    python: &[Entry],
    (directory, environment): (&Path, &Environment),
    report: Report<'_>,
) -> Result<Vec<Delivered>, Error> {
    let request = Request {
        kind: WheelKind::Regular,
        environment,
        directory,
        prepared: None,
        prebuilt: &Prebuilt::new(),
        profiling: &Profiling::Off,
        call: Call::default(),
    };
    let mut delivered = Vec::new();
    for planned in planned {
        let built = build(project, planned, python, request, report)?;
        wheel::tell(&built, environment, report);
        delivered.push(built.delivered);
    }
    Ok(delivered)
}

/// Builds a planned wheel, after its training if it has one.
fn build(
    project: &Project,
    wheel: &PlannedWheel,
    python: &[Entry],
    request: Request<'_>,
    report: Report<'_>,
) -> Result<Built, Error> {
    if !project.options.pgo.on {
        return wheel::build(project, wheel, python, request, report);
    }
    let start = Instant::now();
    let profiling = pgo::trained(project, wheel, python, request, report)?;
    let built = wheel::build(project, wheel, python, Request { profiling: &profiling, ..request }, report)?;
    Ok(Built { elapsed: start.elapsed(), ..built })
}

/// Plans and builds the editable wheel of an install that no frontend asked for. `call` is how it is made again.
pub fn build_editable(
    project: &Project,
    toolchain: &Toolchain,
    interpreter: Interpreter,
    place: (&Path, &Environment),
    call: Call<'_>,
    report: Report<'_>,
) -> Result<Built, Error> {
    let (directory, environment) = place;
    let request = Request {
        kind: WheelKind::Editable,
        environment,
        directory,
        prepared: None,
        prebuilt: &Prebuilt::new(),
        profiling: &Profiling::Off,
        call,
    };
    build_one(project, toolchain, interpreter, request, report)
}

/// Plans and builds the one wheel of a hook or an install.
pub fn build_one(
    project: &Project,
    toolchain: &Toolchain,
    interpreter: Interpreter,
    request: Request<'_>,
    report: Report<'_>,
) -> Result<Built, Error> {
    let start = Instant::now();
    let unpromising;
    let project = match request.kind {
        WheelKind::Regular => project,
        // An editable wheel stays on the machine that it is made on.
        WheelKind::Editable => {
            let options = Options { compatibility: None, ..project.options.clone() };
            unpromising = Project { options, ..project.clone() };
            &unpromising
        }
    };
    let python = compose::python_entries(project, request.kind, report)?;
    let planned = wheel::plan(project, toolchain, std::slice::from_ref(&interpreter), request.environment, report)?;
    wheel::expect(project, &planned, Share::One)?;
    // One Python gives one wheel.
    let Some(planned) = planned.first() else { return Err(PythonError::NotFound(interpreter.title()).into()) };
    let built = build(project, planned, &python, request, report)?;
    Ok(Built { elapsed: start.elapsed(), ..built })
}

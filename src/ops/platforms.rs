//! The wheels of a set of platforms: planned together, refused together, built in turn.

use std::path::Path;

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::environment::Environment;
use crate::facts::tools::Tools;
use crate::ops::compose;
use crate::ops::deliver::Delivered;
use crate::ops::interpreters::{self, Source};
use crate::ops::project::Project;
use crate::ops::resolve;
use crate::ops::tools;
use crate::ops::wheel::{self, PlannedWheel, WheelKind};
use crate::ops::wheels;
use crate::plan::platform_set::{self, PlannedPlatform};
use crate::plan::wheel_platform::{self, WheelPlatform};
use crate::plan::wheel_set::{self, Share};
use crate::render::platforms;
use crate::spec::filename::WheelName;

/// The platforms of a command line, with how their wheels are linked.
pub struct PlatformSet {
    pub platforms: Vec<PlannedPlatform>,
    tools: Tools,
}

/// The wheels of one platform.
pub struct PlatformWheels {
    pub platform: WheelPlatform,
    /// The project with the options that build for the platform.
    pub project: Project,
    pub wheels: Vec<PlannedWheel>,
}

impl PlatformSet {
    /// The set as a table.
    pub fn shown(&self) -> String {
        platforms::shown(&self.platforms, &self.tools)
    }

    /// Tells the set beforehand, a line for each platform.
    pub fn tell(&self, report: Report<'_>) {
        for line in self.shown().lines() {
            report(Event::Step { verb: "Planned", object: line.trim_start().to_owned() });
        }
    }

    /// Refuses a set that lacks tools, with all of them at once.
    pub fn complete(&self) -> Result<(), Error> {
        let refusals = platform_set::refusals(&self.platforms);
        if refusals.is_empty() { Ok(()) } else { Err(Error::Findings(refusals)) }
    }
}

/// The platforms of a list of words.
pub fn named(words: &[String]) -> Result<Vec<WheelPlatform>, Error> {
    wheel_platform::list(words).map_err(|faults| {
        let refused = |fault: wheel_platform::WheelPlatformError| {
            Diagnostic::error(Code::Setting, format!("`--platform`: {fault}")).hint(fault.hint())
        };
        Error::Findings(faults.into_iter().map(refused).collect())
    })
}

/// Plans how the platforms of a list are built for.
pub fn set(project: &Project, words: &[String], environment: &Environment) -> Result<PlatformSet, Error> {
    let platforms = named(words)?;
    let tools = tools::tools(project, &platforms, environment)?;
    let platforms = platform_set::plan(&platforms, project.options.linker, &tools);
    Ok(PlatformSet { platforms, tools })
}

/// Plans the wheels of a complete set, before anything is compiled.
pub fn plan(
    project: &Project,
    set: &PlatformSet,
    source: Source<'_>,
    report: Report<'_>,
) -> Result<Vec<PlatformWheels>, Error> {
    let at_hand = interpreters::at_hand_of_all(project, source, report)?;
    let source = Source { at_hand: at_hand.as_ref().or(source.at_hand), ..source };
    let mut all: Vec<PlatformWheels> = Vec::new();
    for planned in &set.platforms {
        let options = platform_set::options(&project.options, planned);
        let project = Project { options, ..project.clone() };
        let toolchain = resolve::toolchain(&project, source.environment, report)?;
        let pythons = interpreters::chosen(&project, &toolchain, source, report)?;
        let wheels = wheel::plan(&project, &toolchain, &pythons, source.environment, report)?;
        for wheel in &wheels {
            wheel_set::is_for(planned.platform, &wheel.name, &wheel.plan.tag)?;
        }
        all.push(PlatformWheels { platform: planned.platform, project, wheels });
    }
    let names: Vec<&str> = all.iter().flat_map(|one| &one.wheels).map(|wheel| wheel.name.as_str()).collect();
    wheel_set::expect(&project.options.expect, &names, Share::Whole)?;
    Ok(all)
}

/// Plans the wheels of all platforms, then builds them in turn.
pub fn build(
    project: &Project,
    words: &[String],
    source: Source<'_>,
    directory: &Path,
    report: Report<'_>,
) -> Result<Vec<Delivered>, Error> {
    let set = set(project, words, source.environment)?;
    set.tell(report);
    set.complete()?;
    let all = plan(project, &set, source, report)?;
    let python = compose::python_entries(project, WheelKind::Regular, report)?;
    let mut delivered = Vec::new();
    for one in &all {
        let built = wheels::build_planned(&one.project, &one.wheels, &python, (directory, source.environment), report)
            .and_then(|built| kept(one, &built).map(|()| built));
        match built {
            Ok(built) => delivered.extend(built),
            Err(error) => {
                tell_incomplete(&all, &delivered, report);
                return Err(error);
            }
        }
    }
    Ok(delivered)
}

/// Refuses wheels that came out for another platform than they were planned for: what is grafted may need a newer system.
fn kept(one: &PlatformWheels, built: &[Delivered]) -> Result<(), Error> {
    for wheel in built {
        let name = file_name(wheel);
        let parsed: WheelName = name.parse().map_err(Error::Contract)?;
        wheel_set::is_for(one.platform, &name, &parsed.tag)?;
    }
    Ok(())
}

/// Tells how far a set came that is not complete.
fn tell_incomplete(all: &[PlatformWheels], done: &[Delivered], report: Report<'_>) {
    let planned = all.iter().map(|one| one.wheels.len()).sum();
    let done: Vec<String> = done.iter().map(file_name).collect();
    report(Event::Diagnostic(wheel_set::incomplete(planned, &done)));
}

fn file_name(wheel: &Delivered) -> String {
    wheel.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

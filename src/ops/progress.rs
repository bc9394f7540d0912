//! Compiles that take their time: while cargo is silent, it is told how far it is.

use std::path::Path;
use std::time::{Duration, Instant};

use cargo_metadata::PackageId;

use crate::actions::cargo_call::CargoCall;
use crate::actions::event::{Event, Report};
use crate::error::Error;
use crate::facts::cargo::CargoOutcome;
use crate::render::summary;
use crate::system::cargo;

/// How long nothing new may be compiled until it is told that the compile goes on.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is compiled, as it is told.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    pub object: &'s str,
    /// How many packages there are to compile, where that is known.
    pub packages: Option<usize>,
}

/// Lets cargo compile.
pub fn compile(
    cargo: &Path,
    call: &CargoCall,
    root: &PackageId,
    subject: Subject<'_>,
    report: Report<'_>,
) -> Result<CargoOutcome, Error> {
    let start = Instant::now();
    let silent = |outcome: &CargoOutcome| {
        let object = summary::progress(subject.object, outcome.done.len(), subject.packages, start.elapsed());
        report(Event::Progress { verb: "Compiling", object });
    };
    Ok(cargo::compile(cargo, call, root, PATIENCE, &silent)?)
}

//! Showing a project to cargo at a path that stays the same wherever it lies.

use std::path::Path;
use std::rc::Rc;

use crate::actions::event::{Event, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::cargo::CargoFacts;
use crate::facts::cargo_config;
use crate::facts::toml_document::Document;
use crate::ops::project::Project;
use crate::ops::resolve::{self, Cargo, ResolvedCrate, Toolchain};
use crate::plan::options::Options;
use crate::plan::stable_tree;
use crate::system::disk;
use crate::system::tree_link::{self, TreeLink};

/// A crate as it is shown.
pub struct Shown {
    pub found: ResolvedCrate,
    pub options: Options,
    link: TreeLink,
}

impl Shown {
    /// Ends the showing; what stays of it harms nobody but another user of this machine, who is told.
    pub fn end(self) {
        self.link.remove().ok();
    }
}

/// Shows the crate at such a path, if its bytes would depend on where it lies. Where that cannot be done, it is told. cross
/// shows a workspace at a path of its own.
pub fn shown(
    project: &Project,
    found: &ResolvedCrate,
    toolchain: &Toolchain,
    report: Report<'_>,
) -> Result<Option<Shown>, Error> {
    if toolchain.cargo.as_ref().is_some_and(Cargo::is_cross) {
        if let Some(cause) = stable_tree::outside(&found.facts) {
            let warning = Diagnostic::warning(Code::Reproducible, cause.without());
            report(Event::Diagnostic(
                warning.with_note("cross shows crates from outside of the workspace where they lie"),
            ));
        }
        return Ok(None);
    }
    let tree = stable_tree::tree(&found.facts, &project.directory, toolchain.wrapper.is_some());
    let (Some(tree), Some(cargo)) = (tree, &toolchain.cargo) else { return Ok(None) };
    let name = found.facts.package().name.as_str();
    let waiting = || {
        report(Event::Step { verb: "Waiting", object: format!("for another build of `{name}`") });
    };
    let link = match tree_link::make(name, &tree.root, waiting) {
        Ok(link) => link,
        Err(reason) => {
            let warning = Diagnostic::warning(Code::Reproducible, tree.cause.without());
            report(Event::Diagnostic(warning.with_note(format!("the tree cannot be shown elsewhere: {reason}"))));
            return Ok(None);
        }
    };
    let below = |path: &Path| path.strip_prefix(&tree.root).map(|below| link.path.join(below)).ok();
    let Some(manifest_path) = below(&found.manifest_path) else { return Ok(None) };
    let mut options = (*found.options).clone();
    for name in ["config.toml", "config"] {
        let file = project.directory.join(".cargo").join(name);
        let document = disk::read_if_there(&file)?.and_then(|bytes| Document::parse(&file, &bytes).ok());
        let sources = document.map(|document| cargo_config::source_directories(&document)).unwrap_or_default();
        options.config.extend(stable_tree::vendored_sources(&sources, &project.directory, &tree, &link.path));
    }
    let facts = resolve::facts(project, &options, (&manifest_path, &found.features), (toolchain, cargo))?;
    let facts = CargoFacts { tree: found.facts.tree.clone(), ..facts };
    let target_dir = match &toolchain.wrapper {
        Some(_) => found.target_dir.shown_at(link.target_dir(&found.target_dir.path)?),
        None => found.target_dir.clone(),
    };
    let found = ResolvedCrate { manifest_path, facts: Rc::new(facts), target_dir, ..found.clone() };
    Ok(Some(Shown { found, options, link }))
}

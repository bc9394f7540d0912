//! `wainwright check`: judges any wheels and sdists.

use std::path::PathBuf;

use serde_json::json;

use crate::commands::format::FormatArguments;
use crate::commands::{Answer, World};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::error::Error;
use crate::ops::check;
use crate::render::diagnostic::{Colour, diagnostic};

/// Judge wheels and sdists, whoever made them
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    #[command(flatten)]
    pub format: FormatArguments,

    /// Take warnings for errors.
    #[arg(long)]
    pub strict: bool,

    /// Turn the errors of this code into warnings; repeatable.
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<Code>,
}

pub fn run(world: World<'_>, arguments: &Arguments) -> Result<Answer, Error> {
    let mut judged = Vec::new();
    for file in &arguments.files {
        let findings = check::check(&world.environment.directory().join(file))?;
        let findings: Vec<Diagnostic> = findings.into_iter().map(|finding| levelled(finding, arguments)).collect();
        judged.push((file, findings));
    }
    let is_good = !judged.iter().any(|(_, findings)| findings.iter().any(Diagnostic::is_error));
    let text = if arguments.format.is_json() {
        let files: Vec<_> =
            judged.iter().map(|(file, findings)| as_json(&file.display().to_string(), findings)).collect();
        format!("{:#}\n", json!(files))
    } else {
        judged.iter().map(|(file, findings)| as_text(&file.display().to_string(), findings)).collect()
    };
    Ok(Answer { text, is_good })
}

/// An allowed error is a warning; otherwise a warning is an error where it is to be strict.
fn levelled(finding: Diagnostic, arguments: &Arguments) -> Diagnostic {
    let severity = match finding.severity {
        Severity::Error if arguments.allow.contains(&finding.code) => Severity::Warning,
        Severity::Warning if arguments.strict && !arguments.allow.contains(&finding.code) => Severity::Error,
        severity => severity,
    };
    Diagnostic { severity, ..finding }
}

fn as_text(file: &str, findings: &[Diagnostic]) -> String {
    let shown: String = findings.iter().map(|finding| diagnostic(finding, Colour::Plain)).collect();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counted = match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "good".to_owned(),
        (errors, warnings) => format!("{errors} errors, {warnings} warnings"),
    };
    format!("{shown}{file}: {counted}\n")
}

fn as_json(file: &str, findings: &[Diagnostic]) -> serde_json::Value {
    let finding = |found: &Diagnostic| {
        json!({
            "code": found.code.name(),
            "level": match found.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            "message": found.message,
            "notes": found.notes,
            "hint": found.hint,
        })
    };
    json!({ "file": file, "findings": findings.iter().map(finding).collect::<Vec<_>>() })
}

//! Which cargo features hold for an interpreter.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::interpreter::Interpreter;
use crate::facts::tool_table::FeatureField;
use crate::plan::options::Options;
use crate::spec::specifier::VersionSpecifiers;
use crate::spec::version::Version;

/// The features of options and table that hold for an interpreter.
pub fn of(options: &Options, interpreter: &Interpreter) -> Result<Vec<String>, Diagnostic> {
    let mut features = Vec::new();
    for field in &options.table_features {
        if applies(field, interpreter)? {
            features.push(field.feature.value.clone());
        }
    }
    features.extend(
        options
            .features
            .iter()
            .filter(|feature| !options.table_features.iter().any(|field| field.feature.value == **feature))
            .cloned(),
    );
    Ok(features)
}

fn applies(field: &FeatureField, interpreter: &Interpreter) -> Result<bool, Diagnostic> {
    if let Some(wanted) = &field.python_implementation
        && !wanted.value.eq_ignore_ascii_case(&interpreter.implementation)
    {
        return Ok(false);
    }
    let Some(wanted) = &field.python_version else { return Ok(true) };
    let specifiers: VersionSpecifiers =
        wanted.value.parse().map_err(|reason| wanted.error(Code::ToolValue, format!("`{}`: {reason}", wanted.key)))?;
    let version: Version = interpreter
        .version()
        .parse()
        .map_err(|reason| Diagnostic::error(Code::Interpreter, format!("{}: {reason}", interpreter.title())))?;
    Ok(specifiers.contains(&version))
}

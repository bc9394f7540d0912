//! `wainwright explain`: what a diagnostic means, and what to do about it.

use crate::commands::World;
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::facts::toml_document::nearest;
use crate::render::explain;

/// Explain an error or warning: what it means, what triggers it, how to mend it
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The code, which stands in brackets behind `error` or `warning`; without one, all codes are listed.
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Gives the text to print.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    match &arguments.code {
        None => Ok(explain::list()),
        Some(name) => Ok(explain::page(code(name)?, world.colour)),
    }
}

/// The code of a name, also as it stands in a diagnostic: `error[disk]:`.
fn code(name: &str) -> Result<Code, Diagnostic> {
    let inner = name.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or(name, |(inner, _)| inner);
    inner.trim().parse().map_err(|unknown| {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        let finding = Diagnostic::error(Code::Setting, format!("{unknown}"));
        match nearest(inner, &names) {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint("`wainwright explain` lists them"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_by_its_name_and_as_it_was_printed() {
        assert_eq!(code("disk").unwrap(), Code::Disk);
        assert_eq!(code("error[disk]: no room").unwrap(), Code::Disk);
        assert_eq!(code("entry-symbl").unwrap_err().hint.unwrap(), "did you mean `entry-symbol`?");
        assert!(code("E0308").unwrap_err().message.contains("`E0308` is not a diagnostic code"));
    }
}

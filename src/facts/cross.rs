//! cross, which runs cargo in a container: it compiles, and cargo itself answers all questions.

use std::path::Path;

use crate::facts::environment::Environment;

/// The program that `CARGO` names, if that is cross.
pub fn named(environment: &Environment) -> Option<&Path> {
    environment.path("CARGO").filter(|program| is_cross(program))
}

/// Whether a program is cross, by its name.
pub fn is_cross(program: &Path) -> bool {
    program.file_stem().is_some_and(|name| name == "cross")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_is_known_by_its_name() {
        let is = |path: &str| {
            let environment = Environment::new([("CARGO".into(), path.into())], "/".into(), None);
            named(&environment).is_some()
        };
        assert!(is("cross") && is("/home/a/.cargo/bin/cross") && is("cross.exe"));
        assert!(!is("cargo") && !is("/cross/cargo") && !is("cross-util") && !is(""));
    }
}

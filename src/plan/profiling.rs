//! Profile-guided builds: what rustc is told for the training and for the wheel that is made of it.
//!
//! Source: The rustc book, "Profile-guided Optimization".

use std::path::PathBuf;

/// What a compile has to do with profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Profiling {
    #[default]
    Off,
    /// What is compiled writes profiles into this directory when it runs.
    Generate(PathBuf),
    /// What is compiled is made for what this profile shows.
    Use(PathBuf),
}

impl Profiling {
    /// The flags for every crate.
    pub fn flags(&self) -> Vec<String> {
        match self {
            Profiling::Off => Vec::new(),
            Profiling::Generate(directory) => vec![format!("-Cprofile-generate={}", directory.display())],
            Profiling::Use(file) => vec![format!("-Cprofile-use={}", file.display())],
        }
    }

    /// The directory of units: these flags make all of them others.
    pub fn units(&self, name: &str) -> String {
        match self {
            Profiling::Off => name.to_owned(),
            Profiling::Generate(_) => format!("{name}-training"),
            Profiling::Use(_) => format!("{name}-trained"),
        }
    }
}

/// The major version of LLVM in what `rustc -vV` or one of LLVM's own tools says of itself.
pub fn llvm_major(words: &str) -> Option<u32> {
    let (_, version) = words.split_once("LLVM version")?;
    version.trim_start_matches([':', ' ']).split('.').next()?.trim().parse().ok()
}

/// The names of the program that joins profiles, the one of rustc's own LLVM first: no other reads them for sure.
pub fn tool_names(llvm: Option<u32>) -> Vec<String> {
    llvm.map(|major| format!("llvm-profdata-{major}")).into_iter().chain(["llvm-profdata".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_has_its_flags_and_its_units() {
        let training = Profiling::Generate("/t/raw".into());
        assert_eq!(
            (training.flags(), training.units("u")),
            (vec!["-Cprofile-generate=/t/raw".into()], "u-training".into())
        );
        let trained = Profiling::Use("/t/p.profdata".into());
        assert_eq!(
            (trained.flags(), trained.units("u")),
            (vec!["-Cprofile-use=/t/p.profdata".into()], "u-trained".into())
        );
        assert_eq!((Profiling::Off.flags().len(), Profiling::Off.units("u")), (0, "u".into()));
    }

    #[test]
    fn the_tool_of_rustcs_own_llvm_comes_first() {
        let llvm = llvm_major("rustc 1.95.0\nLLVM version: 22.1.2\n");
        assert_eq!(tool_names(llvm), ["llvm-profdata-22", "llvm-profdata"]);
        assert_eq!(llvm_major("Debian LLVM version 14.0.6\n  Optimized build."), Some(14));
        assert_eq!(tool_names(llvm_major("rustc 1.95.0")), ["llvm-profdata"]);
    }
}

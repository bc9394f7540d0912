//! Passing rustup's proxies by: a proxy looks for the toolchain anew at each call, which costs more than a small call
//! itself does.
//!
//! Source: the rustup book, "Proxies" and "Environment variables".

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::facts::rustup_settings;
use crate::system::process;

const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

/// The cargo that a proxy would start in `directory`. `None` where `cargo` is no proxy, or the proxy has more to do than
/// to start what is there: it chooses by directories, a toolchain file may ask for targets, which it installs, and a
/// toolchain without a cargo is lent one of another. `home` is rustup's, `named` what `RUSTUP_TOOLCHAIN` says.
pub fn behind(cargo: &Path, directory: &Path, home: &Path, named: Option<&Path>) -> Option<PathBuf> {
    let has_file = |above: &Path| TOOLCHAIN_FILES.iter().any(|name| above.join(name).exists());
    if !is_proxy(cargo) || directory.ancestors().any(has_file) {
        return None;
    }
    let name = match named {
        Some(named) => named.to_owned(),
        None => rustup_settings::everywhere(&fs_err::read(home.join("settings.toml")).ok()?)?.into(),
    };
    // It may be the path of one.
    if name.file_name() != Some(name.as_os_str()) {
        return None;
    }
    let found = home.join("toolchains").join(name).join("bin").join(cargo.file_name()?);
    process::is_program(&found).then_some(found)
}

/// What a proxy says to the cargo that it starts: which toolchain it is part of. Nothing for any other cargo.
pub fn variables(cargo: &Path) -> Vec<(&'static str, OsString)> {
    let Some((home, name)) = toolchain(cargo) else { return Vec::new() };
    vec![("RUSTUP_HOME", home.into()), ("RUSTUP_TOOLCHAIN", name)]
}

/// Whether a program is rustup itself, which lies beside it: by a link, or copied where there are none.
fn is_proxy(program: &Path) -> bool {
    let rustup = program.with_file_name(if cfg!(windows) { "rustup.exe" } else { "rustup" });
    let size = |path: &Path| path.metadata().ok().map(|found| found.len());
    size(program).is_some_and(|own| size(&rustup) == Some(own))
}

/// Whether a program belongs to a toolchain of rustup's, which no other answers for.
pub fn is_of_toolchain(program: &Path) -> bool {
    toolchain(program).is_some()
}

/// rustup's home and the name of the toolchain, for a program that lies in `toolchains/NAME/bin` of that home.
fn toolchain(program: &Path) -> Option<(PathBuf, OsString)> {
    let place = program.parent().filter(|bin| bin.ends_with("bin"))?.parent()?;
    let home = place.parent().filter(|all| all.ends_with("toolchains"))?.parent()?;
    Some((home.to_owned(), place.file_name()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use crate::actions::cargo_call::PlacedFile;
    #[cfg(unix)]
    use crate::actions::manifest::Mode;
    use crate::system::disk::{self, Scratch};

    #[test]
    fn a_cargo_of_rustups_is_told_its_toolchain_and_no_other_is() {
        let told = variables(Path::new("/home/a/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/bin/cargo"));
        let [home, name] = ["/home/a/.rustup", "stable-x86_64-unknown-linux-gnu"].map(OsString::from);
        assert_eq!(told, [("RUSTUP_HOME", home), ("RUSTUP_TOOLCHAIN", name)]);
        for other in ["/usr/bin/cargo", "/opt/toolchains/bin/cargo", "/home/a/.cargo/bin/cargo", "cargo"] {
            assert_eq!(variables(Path::new(other)), [], "{other}");
        }
    }

    #[test]
    fn a_cargo_is_a_proxy_where_it_is_rustup_itself() {
        let scratch = Scratch::new().unwrap();
        let [cargo, rustup] =
            ["cargo", if cfg!(windows) { "rustup.exe" } else { "rustup" }].map(|name| scratch.path().join(name));
        disk::write_whole(&cargo, b"cargo").unwrap();
        assert!(!is_proxy(&cargo));
        disk::write_whole(&rustup, b"rustup").unwrap();
        assert!(!is_proxy(&cargo));
        disk::write_whole(&cargo, b"rustup").unwrap();
        assert!(is_proxy(&cargo));
    }

    #[cfg(unix)]
    #[test]
    fn a_proxy_is_passed_by_unless_it_has_more_to_do_than_to_start_what_is_there() {
        let scratch = Scratch::new().unwrap();
        let at = |path: &str| scratch.path().join(path);
        let place = |path: PathBuf| {
            disk::place(&PlacedFile { path, text: "#!/bin/sh\n".to_owned(), mode: Mode::Executable }).unwrap();
        };
        place(at("bin/rustup"));
        place(at("bin/cargo"));
        let project = at("project");
        disk::make_directory(&project).unwrap();
        let behind = |cargo: &Path, named: &str| {
            super::behind(cargo, &project, &at("home"), Some(Path::new(named)).filter(|_| !named.is_empty()))
        };
        let proxy = at("bin/cargo");
        assert_eq!(behind(&proxy, "mine"), None);
        let [mine, other] = ["mine", "other"].map(|name| at("home/toolchains").join(name).join("bin/cargo"));
        place(mine.clone());
        place(other.clone());
        assert_eq!(behind(&proxy, "mine"), Some(mine.clone()));
        assert_eq!(behind(&mine, "other"), None);
        assert_eq!(behind(&proxy, "../toolchains/mine"), None);
        assert_eq!(behind(&proxy, ""), None);
        disk::write_whole(&at("home/settings.toml"), b"version = \"12\"\ndefault_toolchain = \"other\"\n").unwrap();
        assert_eq!(behind(&proxy, ""), Some(other));
        assert_eq!(behind(&proxy, "mine"), Some(mine));
        disk::write_whole(&at("rust-toolchain.toml"), b"[toolchain]\ntargets = []\n").unwrap();
        assert_eq!(behind(&proxy, "mine"), None);
    }
}

//! Passing rustup's proxies by: a proxy looks for the toolchain anew at each call, which costs more than a small call
//! itself does.
//!
//! Source: the rustup book, "Proxies" and "Environment variables".

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::system::process;

const TOOLCHAIN_FILES: [&str; 2] = ["rust-toolchain.toml", "rust-toolchain"];

/// The cargo that a proxy would start in `directory`. `None` where `cargo` is no proxy, or rustup names no toolchain of
/// its own: the proxy itself then knows what to do, and what to say. A toolchain file may ask for targets, which a proxy
/// installs.
pub fn behind(cargo: &Path, directory: &Path) -> Option<PathBuf> {
    let rustup = of_proxy(cargo)?;
    if directory.ancestors().any(|above| TOOLCHAIN_FILES.iter().any(|name| above.join(name).exists())) {
        return None;
    }
    // Not cargo: a toolchain of the user's own may have none, and is lent one of another.
    let (status, said, _) = process::output_in(&rustup, &["which", "rustc"], directory).ok()?;
    let found = Path::new(said.trim_end()).with_file_name(cargo.file_name()?);
    (status.success() && process::is_program(&found) && toolchain(&found).is_some()).then_some(found)
}

/// What a proxy says to the cargo that it starts: which toolchain it is part of. Nothing for any other cargo.
pub fn variables(cargo: &Path) -> Vec<(&'static str, OsString)> {
    let Some((home, name)) = toolchain(cargo) else { return Vec::new() };
    vec![("RUSTUP_HOME", home.into()), ("RUSTUP_TOOLCHAIN", name)]
}

/// The rustup beside a program, if both are the same file: by a link, or copied where there are none.
fn of_proxy(program: &Path) -> Option<PathBuf> {
    let rustup = program.with_file_name(if cfg!(windows) { "rustup.exe" } else { "rustup" });
    let size = |path: &Path| path.metadata().ok().map(|found| found.len());
    (size(program)? == size(&rustup)?).then_some(rustup)
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
        assert_eq!(of_proxy(&cargo), None);
        disk::write_whole(&rustup, b"rustup").unwrap();
        assert_eq!(of_proxy(&cargo), None);
        disk::write_whole(&cargo, b"rustup").unwrap();
        assert_eq!(of_proxy(&cargo), Some(rustup));
    }

    #[cfg(unix)]
    #[test]
    fn a_proxy_is_passed_by_unless_it_has_more_to_do_than_to_choose() {
        let scratch = Scratch::new().unwrap();
        let at = |path: &str| scratch.path().join(path);
        let bin = at("home/toolchains/mine/bin");
        let says = format!("#!/bin/sh\necho '{}'\n", bin.join("rustc").display());
        let place = |path: PathBuf| {
            disk::place(&PlacedFile { path, text: says.clone(), mode: Mode::Executable }).unwrap();
        };
        place(at("bin/rustup"));
        place(at("bin/cargo"));
        let project = at("project");
        disk::make_directory(&project).unwrap();
        // The toolchain has no cargo of its own.
        assert_eq!(behind(&at("bin/cargo"), &project), None);
        place(bin.join("cargo"));
        assert_eq!(behind(&at("bin/cargo"), &project), Some(bin.join("cargo")));
        assert_eq!(behind(&bin.join("cargo"), &project), None);
        disk::write_whole(&at("rust-toolchain.toml"), b"[toolchain]\ntargets = []\n").unwrap();
        assert_eq!(behind(&at("bin/cargo"), &project), None);
    }
}

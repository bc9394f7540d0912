//! Files that cargo makes along with a compiled one, and that may travel beside it.

use std::path::{Path, PathBuf};

use crate::plan::options::Companions;

/// Those of the files that are asked for: debug information (`.pdb`, `.dSYM`, `.dwp`), import libraries (`.dll.lib`,
/// `.dll.a`).
pub fn chosen(wanted: Companions, others: &[PathBuf]) -> Vec<&Path> {
    let ends = |path: &Path, endings: &[&str]| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        endings.iter().any(|ending| name.ends_with(ending))
    };
    let is_chosen = |path: &&Path| {
        (wanted.debug_information && ends(path, &[".pdb", ".dSYM", ".dwp"]))
            || (wanted.import_library && ends(path, &[".dll.lib", ".dll.a"]))
    };
    others.iter().map(PathBuf::as_path).filter(is_chosen).collect()
}

/// The name by which debuggers find a companion of a compiled file: debug information of Linux is looked for under the
/// file's own name (GDB's manual, "Separate Debug Files"; LLDB does the same), all others by what the file says of them.
pub fn name(path: &str, file_name: &str) -> String {
    if is_split(Path::new(path)) { format!("{file_name}.dwp") } else { path.to_owned() }
}

/// The name of the file to which a stripped one leads debuggers (GDB's manual, "Separate Debug Files").
pub fn debug_file(file_name: &str) -> String {
    format!("{file_name}.debug")
}

/// Whether debug information is of use only beside a file that is not stripped, which leads to it.
pub fn is_split(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "dwp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_travels_and_nothing_else() {
        let others =
            ["m.pdb", "m.dll.lib", "libm.dll.a", "libm.dSYM", "libm.so.dwp", "libm.d", "libm.rlib"].map(PathBuf::from);
        let names = |wanted| chosen(wanted, &others).into_iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>();
        let none = Companions::default();
        assert_eq!(names(none), [""; 0]);
        assert_eq!(names(Companions { debug_information: true, ..none }), ["m.pdb", "libm.dSYM", "libm.so.dwp"]);
        assert_eq!(names(Companions { import_library: true, ..none }), ["m.dll.lib", "libm.dll.a"]);
    }

    #[test]
    fn debug_information_of_linux_has_the_name_of_its_file() {
        assert_eq!(name("libm.so.dwp", "m.abi3.so"), "m.abi3.so.dwp");
        assert_eq!(name("libm.dSYM/Contents/Info.plist", "m.abi3.so"), "libm.dSYM/Contents/Info.plist");
        assert_eq!(name("m.pdb", "m.pyd"), "m.pdb");
    }
}

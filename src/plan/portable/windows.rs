//! What Windows and its Pythons have.
//!
//! `windows.txt` names the libraries that lie in the system directory of every Windows that Python runs on, for one
//! processor at least, in small letters and without `.dll` (the lists of delvewheel 1.13). Those that begin with `api-`
//! or `ext-ms-` are names of interfaces (Microsoft's "Windows API sets").

const LIBRARIES: &str = include_str!("windows.txt");

/// What is asked for in vain by old versions of a library: the first has no use for the second since Windows 7.
pub const IDLE: [(&str, &str); 1] = [("msvcp140.dll", "concrt140.dll")];

/// Whether a library is a part of Windows.
pub fn is_of_system(library: &str) -> bool {
    let name = library.to_ascii_lowercase();
    let stem = name.strip_suffix(".dll").unwrap_or(&name);
    ["api-", "ext-ms-"].iter().any(|beginning| stem.starts_with(beginning))
        || LIBRARIES.split_ascii_whitespace().any(|known| known == stem)
}

/// Whether Pythons have a library, by its name in small letters: their own, and the C runtime that they are built with.
pub fn is_pythons(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".dll") else { return false };
    let own = stem.strip_prefix("python").map(|rest| rest.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    own.is_some_and(|rest| ["", "t", "_d", "t_d"].contains(&rest))
        || (stem.starts_with("libpypy") && stem.ends_with("-c"))
        || ["vcruntime140", "vcruntime140_1", "python-native"].contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_known_by_its_names() {
        for library in ["KERNEL32.dll", "winspool.drv", "api-ms-win-crt-heap-l1-1-0.dll", "ucrtbase.dll", "D3D12.dll"] {
            assert!(is_of_system(library), "{library}");
        }
        for library in ["MSVCP140.dll", "python312.dll", "libgcc_s_seh-1.dll", "kernel32", "vcomp140.dll"] {
            assert!(is_of_system(library) == (library == "kernel32"), "{library}");
        }
    }

    #[test]
    fn pythons_have_their_own_and_the_runtime_that_they_need() {
        for library in ["python3.dll", "python313t.dll", "python312_d.dll", "libpypy3.10-c.dll", "vcruntime140_1.dll"] {
            assert!(is_pythons(library), "{library}");
        }
        for library in ["pythoncom312.dll", "pythonx.dll", "vcruntime140d.dll", "msvcp140.dll"] {
            assert!(!is_pythons(library), "{library}");
        }
    }
}

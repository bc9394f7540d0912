//! Every symbol that a module uses is provided by something: Python, the libraries that it names, or those of the system.

use crate::checks::modules;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::archive::Archive;
use crate::facts::binary::BinaryFacts;

/// Libraries whose symbols all bear versions: what names none does not come from them.
const VERSIONED: [&str; 9] = [
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "librt.so.1",
    "libpthread.so.0",
    "libutil.so.1",
    "libresolv.so.2",
    "libgcc_s.so.1",
    "libstdc++.so.6",
];

/// Beginnings of the names in parts of glibc that every Python has loaded already, so that some leave them unnamed.
const OF_PYTHONS_LIBRARIES: [&str; 9] =
    ["dl", "pthread_", "sem_", "clock_", "timer_", "shm_", "aio_", "openpty", "forkpty"];

/// Functions of libm, which Python has loaded too; each with variants that end in `f` and `l`.
const OF_LIBM: &str = "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim \
                       floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2 logb \
                       lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbln scalbn sin sincos \
                       sinh sqrt tan tanh tgamma trunc";

/// What the linker and C's startup code use everywhere.
const OF_THE_LINKER: [&str; 4] = ["__gmon_start__", "_GLOBAL_OFFSET_TABLE_", "__dso_handle", "_DYNAMIC"];

pub fn check(archive: &Archive) -> Vec<Diagnostic> {
    let modules = modules::modules(archive).into_iter().filter(|module| module.python != modules::ModulePython::Any);
    let images = modules.filter_map(|module| Some((module.path.clone(), archive.images[&module.path].as_ref().ok()?)));
    images.filter_map(|(path, images)| images.iter().find_map(|facts| undefined(&path, facts))).collect()
}

fn undefined(path: &str, facts: &BinaryFacts) -> Option<Diagnostic> {
    let unversioned = facts.unversioned.as_ref()?;
    let is_known = |library: &String| VERSIONED.contains(&library.as_str()) || library.starts_with("ld-linux");
    if !facts.needed.iter().all(is_known) {
        return None;
    }
    let lost: Vec<&str> =
        unversioned.iter().filter(|name| !is_python_own(name) && !OF_THE_LINKER.contains(name)).collect();
    let first = lost.first()?;
    let message = format!("`{path}` uses `{first}`, which none of the libraries provides that it names");
    let finding = Diagnostic::error(Code::UndefinedSymbol, message)
        .hint("link the library that has it, or compile the file that defines it");
    Some(if lost.len() > 1 {
        finding.with_note(format!("so it is with `{}`", lost[1..].join("`, `")))
    } else {
        finding
    })
}

/// Whether Python itself provides a symbol, or a library that it has loaded.
fn is_python_own(name: &str) -> bool {
    let is_of_libm = |name: &str| OF_LIBM.split_whitespace().any(|known| known == name);
    name.starts_with("Py")
        || name.starts_with("_Py")
        || name.starts_with("pypy_")
        || OF_PYTHONS_LIBRARIES.iter().any(|beginning| name.starts_with(beginning))
        || is_of_libm(name)
        || is_of_libm(name.trim_end_matches(['f', 'l']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::samples::{archive, elf};

    fn found(unversioned: &[&str], needed: &[&str]) -> usize {
        let mut archive = archive("", &[("m.abi3.so", "")]);
        let needed = needed.iter().map(|name| name.to_string()).collect();
        let image = BinaryFacts { unversioned: Some(unversioned.iter().collect()), needed, ..elf(&[], &[]) };
        archive.images.insert("m.abi3.so".to_owned(), Ok(vec![image]));
        check(&archive).len()
    }

    #[test]
    fn a_symbol_without_version_must_come_from_a_library_without_versions() {
        assert_eq!(found(&["PyArg_Parse", "_Py_Dealloc", "__gmon_start__"], &["libc.so.6"]), 0);
        assert_eq!(found(&["PyArg_Parse", "sqlite3_open"], &["libc.so.6", "libgcc_s.so.1"]), 1);
        assert_eq!(found(&["sqlite3_open"], &["libc.so.6", "libsqlite3.so.0"]), 0);
        assert_eq!(found(&["dlclose", "pthread_create", "sinf", "floor", "ceil"], &["libc.so.6"]), 0);
    }
}

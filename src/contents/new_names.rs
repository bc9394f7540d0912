//! The names of a new project, all made of one: the distribution, the package that Python imports, the crate.

use crate::contents::template::Kind;
use crate::diagnostic::{Code, Diagnostic};
use crate::spec::module_path::ModulePath;
use crate::spec::name::DistributionName;

/// Names that Python, cargo and the index accept.
#[derive(Debug, Clone)]
pub struct Names {
    pub distribution: DistributionName,
    /// What Python imports: the distribution's name with `_`.
    pub package: String,
    /// The crate's name: the distribution's with `-`, in lower case.
    pub krate: String,
    /// The last part of the module's name, where it lies in a package.
    pub library: String,
}

/// Words that Rust keeps for itself (The Rust Reference "Keywords"), and crates that every program has.
const RUST: &str = "abstract alloc as async await become box break const continue core crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv proc_macro pub ref return self \
    static std struct super test trait true try type typeof unsafe unsized use virtual where while yield";

/// What a project of this kind depends on, or is built and tested by: it cannot bear the same name.
const NEEDED: [&str; 5] = ["cffi", "pytest", "pyo3", "uniffi", "wainwright"];

/// Modules of Python's own (`sys.stdlib_module_names` of 3.9 to 3.14), which are found before any that is installed.
const STANDARD_LIBRARY: &str = "abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit \
    audioop base64 bdb binascii binhex bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop \
    collections colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg cprofile \
    crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip \
    enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc genericpath getopt \
    getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io \
    ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap \
    modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse \
    os ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint \
    profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource \
    rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket \
    socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct \
    subprocess sunau symbol symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this \
    threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing \
    unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc \
    zipapp zipfile zipimport zlib zoneinfo";

/// The names of a project called `name`.
pub fn names(name: &str, kind: Kind) -> Result<Names, Diagnostic> {
    let refused = |message: String| {
        Diagnostic::error(Code::Setting, message).hint("choose another name with `--name`, such as `my-project`")
    };
    let distribution: DistributionName = name.parse().map_err(|fault| refused(format!("{fault}")))?;
    let package = distribution.escaped();
    let module: ModulePath = package.parse().map_err(|fault| refused(format!("{fault}")))?;
    let among = |words: &str| words.split(' ').any(|word| word == package);
    let reason = if module.keyword().is_some() {
        "is a keyword of Python, which cannot import it"
    } else if among(RUST) {
        "is a word that Rust keeps for itself"
    } else if NEEDED.contains(&package.as_str()) {
        "is what the project itself would need"
    } else if kind != Kind::Bin && among(STANDARD_LIBRARY) {
        "is a module of Python's own, which would be imported in its place"
    } else {
        let krate = distribution.normalized();
        let library = format!("_{package}");
        return Ok(Names { distribution, package, krate, library });
    };
    Err(refused(format!("a project cannot be called `{name}`: `{package}` {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_are_made_of_one() {
        let names = names("My.Demo_x", Kind::Pure).unwrap();
        assert_eq!(
            (names.distribution.as_written(), &*names.package, &*names.krate),
            ("My.Demo_x", "my_demo_x", "my-demo-x")
        );
    }

    #[test]
    fn a_name_that_python_or_rust_cannot_bear_is_refused_with_the_reason() {
        for (name, reason) in [
            ("", "cannot be empty"),
            ("my demo", "only ASCII letters, digits"),
            ("größe", "only ASCII letters, digits"),
            ("_demo", "must begin and end with"),
            ("3d", "begins with a digit"),
            ("Lambda", "`lambda` is a keyword of Python"),
            ("match", "`match` is a word that Rust keeps for itself"),
            ("proc-macro", "`proc_macro` is a word that Rust keeps for itself"),
            ("PyO3", "`pyo3` is what the project itself would need"),
            ("json", "`json` is a module of Python's own"),
        ] {
            let refused = names(name, Kind::Mixed).unwrap_err();
            assert!(refused.message.contains(reason), "{}", refused.message);
            assert!(refused.hint.unwrap().contains("`--name`"));
        }
        assert!(names("json", Kind::Bin).is_ok());
    }
}

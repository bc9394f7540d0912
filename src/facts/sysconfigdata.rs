//! `_sysconfigdata*.py`: the variables that a Python was built with. The file is Python, but only one literal of it is
//! read; nothing is run.
//!
//! Source: `sysconfig` in CPython, which writes `build_time_vars = {…}` with `pprint`: strings, adjacent strings and
//! numbers. PyPy's installed file computes some values and cannot be read so.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

use crate::facts::interpreter::{Interpreter, pointer_width_in};

/// Why a file told no interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SysconfigdataError {
    #[error("it assigns nothing to `build_time_vars`")]
    NoVariables,
    #[error("line {0} is no part of a dictionary of strings and numbers")]
    Literal(usize),
    #[error("it has no `{0}`")]
    Missing(&'static str),
    #[error("its `{name}` is `{value}`, which cannot be")]
    Value { name: &'static str, value: String },
}

/// Reads the variables; numbers stay as they are written.
pub fn variables(text: &str) -> Result<BTreeMap<String, String>, SysconfigdataError> {
    let lines = text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line))
    });
    const NAME: &str = "build_time_vars";
    let start = lines
        .filter_map(|(start, line)| Some(start + NAME.len() + line.strip_prefix(NAME)?.find('{')?))
        .next()
        .ok_or(SysconfigdataError::NoVariables)?;
    let literal = text.get(start..).ok_or(SysconfigdataError::NoVariables)?;
    let mut reader = Reader { characters: literal.chars().peekable(), line: text[..start].matches('\n').count() + 1 };
    reader.dictionary().ok_or(SysconfigdataError::Literal(reader.line))
}

/// Reads Python literals character by character and counts lines.
struct Reader<'t> {
    characters: Peekable<Chars<'t>>,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let character = self.characters.next()?;
        self.line += usize::from(character == '\n');
        Some(character)
    }

    /// The next character that is neither blank nor comment, which stays.
    fn peek(&mut self) -> Option<char> {
        loop {
            match *self.characters.peek()? {
                '#' => while self.next()? != '\n' {},
                blank if blank.is_whitespace() => {
                    self.next();
                }
                other => return Some(other),
            }
        }
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        (self.peek()? == wanted).then(|| self.next())?.map(|_| ())
    }

    fn dictionary(&mut self) -> Option<BTreeMap<String, String>> {
        let mut entries = BTreeMap::new();
        self.expect('{')?;
        while self.peek()? != '}' {
            let name = self.strings()?;
            self.expect(':')?;
            entries.insert(name, self.value()?);
            if self.peek()? != '}' {
                self.expect(',')?;
            }
        }
        Some(entries)
    }

    fn value(&mut self) -> Option<String> {
        match self.peek()? {
            '(' => {
                self.next();
                let value = self.strings()?;
                self.expect(')')?;
                Some(value)
            }
            '\'' | '"' => self.strings(),
            _ => self.word(),
        }
    }

    /// Strings that stand side by side are one.
    fn strings(&mut self) -> Option<String> {
        let mut all = String::new();
        while let Some(quote @ ('\'' | '"')) = self.peek() {
            self.next();
            self.string(quote, &mut all)?;
        }
        Some(all)
    }

    fn string(&mut self, quote: char, into: &mut String) -> Option<()> {
        loop {
            match self.next()? {
                '\n' => return None,
                '\\' => into.extend(self.escape()?),
                end if end == quote => return Some(()),
                other => into.push(other),
            }
        }
    }

    /// What an escape stands for: nothing at the end of a line.
    fn escape(&mut self) -> Option<Option<char>> {
        Some(match self.next()? {
            '\n' => None,
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'x' => Some(self.code_point(2)?),
            'u' => Some(self.code_point(4)?),
            'U' => Some(self.code_point(8)?),
            plain @ ('\\' | '\'' | '"') => Some(plain),
            _ => return None,
        })
    }

    fn code_point(&mut self, digits: usize) -> Option<char> {
        let text: String = (0..digits).map_while(|_| self.next()).collect();
        char::from_u32(u32::from_str_radix(&text, 16).ok()?)
    }

    /// A number, or `None`, `True`, `False`.
    fn word(&mut self) -> Option<String> {
        let mut word = String::new();
        while let Some(character) = self.characters.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')) {
            word.push(character);
        }
        let known = ["None", "True", "False"].contains(&word.as_str()) || word.parse::<f64>().is_ok();
        known.then_some(word)
    }
}

/// Reads the text of the file. Which patch release it is (`micro`) stands nowhere in it, and is 0.
pub fn parse(text: &str) -> Result<Interpreter, SysconfigdataError> {
    let variables = variables(text)?;
    let of = |name: &str| variables.get(name).map(String::as_str).filter(|value| !value.is_empty() && *value != "None");
    let need = |name: &'static str| of(name).ok_or(SysconfigdataError::Missing(name));
    let is_set = |name: &str| matches!(of(name), Some("1" | "True"));
    let text_of = |name: &str| of(name).map(str::to_owned);
    let version = need("VERSION")?;
    let minor = version.strip_prefix("3.").and_then(|minor| minor.parse().ok());
    let minor: u64 = minor.ok_or_else(|| SysconfigdataError::Value { name: "VERSION", value: version.to_owned() })?;
    let suffix =
        of("EXT_SUFFIX").map_or_else(|| need("SO").map_err(|_| SysconfigdataError::Missing("EXT_SUFFIX")), Ok)?;
    let soabi = of("SOABI").or_else(|| suffix.strip_prefix('.')?.rsplit_once('.').map(|(soabi, _)| soabi));
    let implementation = implementation(soabi.unwrap_or_default());
    let triple = of("HOST_GNU_TYPE").or(of("MULTIARCH")).unwrap_or_default();
    let system = system(of("MACHDEP"), soabi.unwrap_or_default(), triple);
    let width = of("SIZEOF_VOID_P").and_then(|bytes| bytes.parse::<u32>().ok()).map(|bytes| bytes * 8);
    let abiflags = of("ABIFLAGS").unwrap_or_default();
    Ok(Interpreter {
        implementation: implementation.to_owned(),
        major: 3,
        minor,
        micro: 0,
        gil_disabled: is_set("Py_GIL_DISABLED") || abiflags.contains('t'),
        debug: is_set("Py_DEBUG") || abiflags.contains('d'),
        abiflags: abiflags.to_owned(),
        ext_suffix: Some(suffix.to_owned()),
        soabi: soabi.map(str::to_owned),
        platform: platform(system, triple, &of),
        system: system.to_owned(),
        pointer_width: width.unwrap_or_else(|| pointer_width_in(&[suffix, triple])),
        shared: is_set("Py_ENABLE_SHARED") || of("PYTHONFRAMEWORK").is_some() || implementation != "cpython",
        lib_name: Some(library(implementation, of("LDVERSION").unwrap_or(version))),
        lib_dir: text_of("LIBDIR"),
        soabi_platform: text_of("SOABI_PLATFORM"),
        implementation_version: Vec::new(),
        has_manylinux_module: false,
        executable: None,
    })
}

fn implementation(soabi: &str) -> &'static str {
    match soabi {
        soabi if soabi.starts_with("pypy") => "pypy",
        soabi if soabi.starts_with("graalpy") => "graalpy",
        _ => "cpython",
    }
}

fn library(implementation: &str, version: &str) -> String {
    match implementation {
        "pypy" => format!("pypy{version}-c"),
        "graalpy" => "python-native".to_owned(),
        _ => format!("python{version}"),
    }
}

/// `sys.platform`. `MACHDEP` is that without digits, except that older files for phones say what they were built on.
fn system<'v>(machdep: Option<&'v str>, soabi: &str, triple: &str) -> &'v str {
    match machdep {
        _ if soabi.contains("-iphone") => "ios",
        _ if soabi.contains("-android") => "android",
        Some(machdep) => machdep,
        None if triple.contains("linux") => "linux",
        None if triple.contains("darwin") => "darwin",
        None => "",
    }
}

/// `sysconfig.get_platform()`, as far as the file tells it: empty for systems that name their release.
fn platform<'v>(system: &str, triple: &str, of: &impl Fn(&str) -> Option<&'v str>) -> String {
    let machine = triple.split('-').next().unwrap_or_default();
    let apple = if machine == "aarch64" { "arm64" } else { machine };
    let number = |name: &str| of(name).filter(|value| *value != "0");
    match system {
        "linux" if !machine.is_empty() => format!("linux-{}", linux_machine(machine)),
        "darwin" => {
            number("MACOSX_DEPLOYMENT_TARGET").map(|version| format!("macosx-{version}-{apple}")).unwrap_or_default()
        }
        "ios" => {
            let version = number("IPHONEOS_DEPLOYMENT_TARGET").unwrap_or("13.0");
            of("MULTIARCH").map(|multiarch| format!("ios-{version}-{multiarch}")).unwrap_or_default()
        }
        "android" => {
            let abi = match machine {
                "aarch64" => "arm64_v8a",
                "i686" => "x86",
                machine if machine.starts_with("arm") => "armeabi_v7a",
                other => other,
            };
            number("ANDROID_API_LEVEL").map(|level| format!("android-{level}-{abi}")).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// `uname -m` for the processor of a GNU triple.
fn linux_machine(machine: &str) -> &str {
    match machine {
        "i386" | "i486" | "i586" => "i686",
        "arm" | "armv7" | "armv7a" => "armv7l",
        "powerpc64le" => "ppc64le",
        "powerpc64" => "ppc64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form of 3.13 and earlier, shortened from a CPython 3.11.7 on Linux.
    const LINUX: &str = r#"# system configuration generated and used by the sysconfig module
build_time_vars = {'ABIFLAGS': '',
 'AIX_BUILDDATE': 0,
 'CONFIG_ARGS': "'--prefix=/opt/3.11' '--enable-shared' "
                "'LDFLAGS=-L/opt/3.11/lib'",
 'EXT_SUFFIX': '.cpython-311-x86_64-linux-gnu.so',
 'HOST_GNU_TYPE': 'x86_64-pc-linux-gnu',
 'LDVERSION': '3.11',
 'LIBDIR': '/opt/3.11/lib',
 'MACHDEP': 'linux',
 'MULTIARCH': 'x86_64-linux-gnu',
 'MULTIARCH_CPPFLAGS': '-DMULTIARCH=\\"x86_64-linux-gnu\\"',
 'Py_DEBUG': 0,
 'Py_ENABLE_SHARED': 1,
 'SIZEOF_VOID_P': 8,
 'SOABI': 'cpython-311-x86_64-linux-gnu',
 'VERSION': '3.11'}
"#;

    fn with(changes: &[(&str, &str)]) -> String {
        changes.iter().fold(LINUX.to_owned(), |text, (before, after)| {
            assert!(text.contains(before), "{before}");
            text.replace(before, after)
        })
    }

    #[test]
    fn a_file_is_read_as_data() {
        let python = parse(LINUX).unwrap();
        assert_eq!(python.title(), "CPython 3.11");
        assert_eq!(python.ext_suffix.as_deref(), Some(".cpython-311-x86_64-linux-gnu.so"));
        assert_eq!((python.platform.as_str(), python.system.as_str()), ("linux-x86_64", "linux"));
        assert_eq!((python.pointer_width, python.shared, python.debug, python.gil_disabled), (64, true, false, false));
        assert_eq!(
            (python.lib_name.as_deref(), python.lib_dir.as_deref()),
            (Some("python3.11"), Some("/opt/3.11/lib"))
        );
    }

    #[test]
    fn adjacent_strings_escapes_and_numbers_have_their_values() {
        let found = variables(LINUX).unwrap();
        assert_eq!(found["CONFIG_ARGS"], "'--prefix=/opt/3.11' '--enable-shared' 'LDFLAGS=-L/opt/3.11/lib'");
        assert_eq!(found["MULTIARCH_CPPFLAGS"], "-DMULTIARCH=\\\"x86_64-linux-gnu\\\"");
        assert_eq!(found["AIX_BUILDDATE"], "0");
        let odd = "x = 1\nbuild_time_vars = {  # all\n 'a': ('\\x41\\u00e9\\n' \"'\"), 'b': -1, 'c': 2.5, 'd': None,}\nmore()";
        let found = variables(odd).unwrap();
        assert_eq!((found["a"].as_str(), found["b"].as_str(), found["c"].as_str()), ("Aé\n'", "-1", "2.5"));
    }

    #[test]
    fn free_threaded_and_debug_builds_are_recognised() {
        let text =
            with(&[("'ABIFLAGS': ''", "'ABIFLAGS': 'td'"), ("'Py_DEBUG': 0", "'Py_DEBUG': 1, 'Py_GIL_DISABLED': 1")]);
        let python = parse(&text).unwrap();
        assert_eq!((python.gil_disabled, python.debug, python.abiflags.as_str()), (true, true, "td"));
    }

    #[test]
    fn phones_are_recognised_by_their_soabi() {
        let ios = with(&[
            ("cpython-311-x86_64-linux-gnu", "cpython-313-iphoneos"),
            ("'x86_64-linux-gnu'", "'arm64-iphoneos'"),
            ("'3.11'", "'3.13'"),
        ]);
        let python = parse(&ios).unwrap();
        assert_eq!((python.system.as_str(), python.platform.as_str()), ("ios", "ios-13.0-arm64-iphoneos"));
        let android = with(&[
            ("cpython-311-x86_64-linux-gnu", "cpython-313-aarch64-linux-android"),
            ("x86_64-pc-linux-gnu", "aarch64-unknown-linux-android"),
            ("'Py_DEBUG': 0", "'Py_DEBUG': 0, 'ANDROID_API_LEVEL': 24"),
        ]);
        let python = parse(&android).unwrap();
        assert_eq!((python.system.as_str(), python.platform.as_str()), ("android", "android-24-arm64_v8a"));
    }

    #[test]
    fn pypy_is_recognised_by_its_soabi() {
        let text = with(&[("cpython-311-x86_64-linux-gnu", "pypy311-pp80-x86_64-linux-gnu")]);
        let python = parse(&text).unwrap();
        assert_eq!((python.title().as_str(), python.lib_name.as_deref()), ("PyPy 3.11", Some("pypy3.11-c")));
    }

    #[test]
    fn an_error_names_what_is_missing_or_where_it_is() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(error("from other import build_time_vars\n"), "it assigns nothing to `build_time_vars`");
        assert_eq!(error(&with(&[("'VERSION': '3.11'", "'X': ''")])), "it has no `VERSION`");
        assert_eq!(error(&with(&[("'EXT_SUFFIX'", "'X'")])), "it has no `EXT_SUFFIX`");
        assert_eq!(
            error(&with(&[("'VERSION': '3.11'", "'VERSION': '2.7'")])),
            "its `VERSION` is `2.7`, which cannot be"
        );
        assert_eq!(
            error("import os\nbuild_time_vars = {\n 'CC': 'cc',\n 'LIBDIR': os.path.join('a', 'b')}\n"),
            "line 4 is no part of a dictionary of strings and numbers"
        );
        assert_eq!(
            error("build_time_vars = {'a': ((((1))))}"),
            "line 1 is no part of a dictionary of strings and numbers"
        );
        assert!(parse(&LINUX.replace('\n', "\r\n")).is_ok());
        for cut in 0..LINUX.len() {
            let _ = parse(&LINUX[..cut]);
        }
    }
}

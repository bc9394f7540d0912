//! `wainwright new`: a project that builds, in a directory of its own.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use crate::commands::World;
use crate::contents::adoption::Additions;
use crate::contents::new_names::names;
use crate::contents::template::{Kind, Wish};
use crate::diagnostic::{Code, Diagnostic};
use crate::error::Error;
use crate::ops::create;
use crate::spec::license::LicenseExpression;

/// Make a new project, which builds and passes its tests
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// The directory to make.
    pub path: PathBuf,

    #[command(flatten)]
    pub choice: Choice,
}

/// What the project shall be.
#[derive(clap::Args, Debug)]
pub struct Choice {
    /// What it is made of. Asked for in a terminal; elsewhere `mixed`.
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,

    /// How the compiled file meets Python, in place of `--kind`, as maturin has it.
    #[arg(short, long, value_parser = ["pyo3", "cffi", "uniffi", "bin"], conflicts_with = "kind")]
    pub bindings: Option<String>,

    /// The kind `mixed`, as maturin has it.
    #[arg(long, conflicts_with = "kind")]
    pub mixed: bool,

    /// The kind `src`, as maturin has it.
    #[arg(long, conflicts_with_all = ["kind", "mixed"])]
    pub src: bool,

    /// Its name on the index, after which all others are made; by default the directory's.
    #[arg(long)]
    pub name: Option<String>,

    /// Its licence, an SPDX expression, or `none`.
    #[arg(long, value_name = "SPDX", default_value = "MIT")]
    pub license: String,

    /// Write `[tool.uv] cache-keys`, by which uv notices changed Rust sources.
    #[arg(long)]
    pub uv_cache_keys: bool,
}

/// Gives the text to print: what to do next.
pub fn run(world: World<'_>, arguments: &Arguments) -> Result<String, Error> {
    let directory = world.environment.directory().join(&arguments.path);
    create::is_free(&directory)?;
    let name = arguments.choice.name.clone().or_else(|| directory_name(&directory));
    // A name that no kind can bear is refused before anything is asked.
    names(name.as_deref().unwrap_or_default(), Kind::Bin)?;
    let wish = arguments.choice.wish(world, name, None)?;
    let additions = Additions { files: wish.files(), ..Additions::default() };
    create::write(&directory, &additions, world.report)?;
    Ok(next(Some(&arguments.path)))
}

/// The last part of a directory's path.
pub fn directory_name(directory: &Path) -> Option<String> {
    let parts: PathBuf = directory.components().collect();
    Some(parts.file_name()?.to_string_lossy().into_owned())
}

impl Choice {
    /// What is wished for, asked for where nothing tells; `shown` is the kind that the files there show.
    pub fn wish(&self, world: World<'_>, name: Option<String>, shown: Option<Kind>) -> Result<Wish, Error> {
        let license = self.license()?;
        let kind = match self.kind().or(shown) {
            Some(kind) => kind,
            None => world.ask.map_or(Ok(Kind::Mixed), asked)?,
        };
        let wish = Wish::new(names(&name.unwrap_or_default(), kind)?, kind, license);
        Ok(if self.uv_cache_keys { wish.watched_by_uv() } else { wish })
    }

    /// The kind that is named, by its own name or by maturin's words. Those kinds that are no PyO3 modules are always mixed.
    fn kind(&self) -> Option<Kind> {
        match self.bindings.as_deref() {
            Some("cffi") => Some(Kind::Cffi),
            Some("uniffi") => Some(Kind::Uniffi),
            Some("bin") => Some(Kind::Bin),
            _ if self.src => Some(Kind::Src),
            _ if self.mixed => Some(Kind::Mixed),
            Some(_) => Some(Kind::Pure),
            None => self.kind,
        }
    }

    fn license(&self) -> Result<Option<LicenseExpression>, Error> {
        if self.license.eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let refused = |fault| Diagnostic::error(Code::Setting, format!("`--license` cannot be used: {fault}"));
        let hint = "give an SPDX expression, such as `MIT OR Apache-2.0`, or `none`";
        self.license.parse().map(Some).map_err(|fault| Error::from(refused(fault).hint(hint)))
    }
}

/// Asks until there is an answer.
fn asked(ask: &dyn Fn(&str) -> Option<String>) -> Result<Kind, Error> {
    let mut question = question();
    loop {
        let Some(line) = ask(&question) else {
            let message = "no kind of project was chosen";
            return Err(Diagnostic::error(Code::Setting, message).hint("name it with `--kind`").into());
        };
        match answer(&line) {
            Some(kind) => return Ok(kind),
            None => question = format!("a number from 1 to {}, or a name: ", Kind::value_variants().len()),
        }
    }
}

fn question() -> String {
    let mut text = "What shall the project be?\n".to_owned();
    for (index, kind) in Kind::value_variants().iter().enumerate() {
        let Some(value) = kind.to_possible_value() else { continue };
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("  {}  {:<8} {help}\n", index + 1, value.get_name()));
    }
    text + "Its number or name [mixed]: "
}

/// The kind that a line names; nothing is the usual one.
fn answer(line: &str) -> Option<Kind> {
    let kinds = Kind::value_variants();
    match (line.trim(), line.trim().parse::<usize>()) {
        ("", _) => Some(Kind::Mixed),
        (_, Ok(number)) => kinds.get(number.checked_sub(1)?).copied(),
        (name, _) => Kind::from_str(name, true).ok(),
    }
}

/// What to do with a project that was made.
pub fn next(directory: Option<&Path>) -> String {
    let enter = directory.map(|path| format!("    cd {}\n", quoted(path))).unwrap_or_default();
    format!(
        "Next, in a virtual environment (`python3 -m venv .venv`, then `. .venv/bin/activate`):\n\n\
         {enter}    wainwright develop --group dev\n    pytest\n    cargo test\n"
    )
}

fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    shlex::try_quote(&text).map(|quoted| quoted.into_owned()).unwrap_or_else(|_| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_chosen_by_number_by_name_or_not_at_all() {
        for (line, kind) in [
            ("\n", Some(Kind::Mixed)),
            ("1\n", Some(Kind::Pure)),
            (" Bin \r\n", Some(Kind::Bin)),
            ("7", Some(Kind::Bin)),
            ("0", None),
            ("8", None),
            ("other", None),
        ] {
            assert_eq!(answer(line), kind, "{line:?}");
        }
    }

    #[test]
    fn maturins_words_name_kinds_too() {
        #[derive(clap::Parser)]
        struct Words {
            #[command(flatten)]
            choice: Choice,
        }
        let kind = |words: &str| {
            let words = ["new"].into_iter().chain(words.split_whitespace());
            <Words as clap::Parser>::try_parse_from(words).ok().map(|words| words.choice.kind())
        };
        for (words, expected) in [
            ("", None),
            ("--kind modules", Some(Kind::Modules)),
            ("-b pyo3", Some(Kind::Pure)),
            ("-b pyo3 --mixed", Some(Kind::Mixed)),
            ("--src", Some(Kind::Src)),
            ("--bindings uniffi --mixed", Some(Kind::Uniffi)),
            ("-b cffi", Some(Kind::Cffi)),
            ("-b bin", Some(Kind::Bin)),
        ] {
            assert_eq!(kind(words), Some(expected), "{words}");
        }
        assert_eq!([kind("-b rust"), kind("--mixed --src"), kind("--kind bin -b bin")], [None, None, None]);
    }

    #[test]
    fn the_question_is_asked_again_until_it_is_answered_or_the_input_ends() {
        let lines = std::cell::RefCell::new(vec!["src\n", "what?\n"]);
        let ask = |_: &str| lines.borrow_mut().pop().map(str::to_owned);
        assert_eq!(asked(&ask).unwrap(), Kind::Src);
        assert!(matches!(asked(&ask), Err(Error::Findings(_))));
    }
}

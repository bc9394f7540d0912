//! The rim: reads arguments and environment, prints, and turns what happened into an exit code.

// The one place, besides `system`, that touches the environment and the terminal.
#![allow(clippy::disallowed_methods)]

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::actions::event::Event;
use crate::commands::{
    Answer, World, build, cache, check, develop, diff, doctor, explain, generate_ci, hook, init, inspect, licenses,
    list, metadata, migrate, new, plan, python, rebuild, repair, sdist, stubs, why,
};
use crate::error::{Error, exit};
use crate::facts::environment::Environment;
use crate::ops::{c_headers, zig};
use crate::render;
use crate::render::diagnostic::{Colour, diagnostic};
use crate::render::schema::schema;
use crate::system::disk::{self, DiskError};
use crate::system::interrupt;

/// Builds Python packages with Rust inside: compiles with cargo, and proves what it hands over.
#[derive(Parser, Debug)]
#[command(name = "wainwright", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    New(new::Arguments),
    Init(init::Arguments),
    #[command(visible_alias = "b")]
    Build(build::Arguments),
    Sdist(sdist::Arguments),
    #[command(visible_alias = "dev")]
    Develop(develop::Arguments),
    List(list::Arguments),
    Licenses(licenses::Arguments),
    Plan(plan::Arguments),
    #[command(alias = "generate-stubs")]
    Stubs(stubs::Arguments),
    Metadata(metadata::Arguments),
    Migrate(migrate::Arguments),
    Check(check::Arguments),
    Inspect(inspect::Arguments),
    Diff(diff::Arguments),
    Explain(explain::Arguments),
    Doctor(doctor::Arguments),
    Repair(repair::Arguments),
    Cache(cache::Arguments),
    Why(why::Arguments),
    #[command(name = "generate-ci")]
    GenerateCi(generate_ci::Arguments),
    /// Print the JSON schema of `[tool.wainwright]`, for editors
    Schema,
    /// Print completions for a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write manual pages into a directory
    Man {
        directory: PathBuf,
    },
    Python(python::Arguments),
    #[command(hide = true)]
    Rebuild(rebuild::Arguments),
    #[command(hide = true)]
    Hook(hook::Arguments),
}

/// Runs the program.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(report_panic));
    if asks_for_version_alone() {
        return print(&format!("wainwright {}\n", env!("CARGO_PKG_VERSION")));
    }
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(directory) = c_headers::is_call_of_child(&words) {
        return c_header(&directory);
    }
    if let Some(call) = zig::is_call_of_script(&words) {
        return by_zig(&call);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    interrupt::watch();
    let environment = environment();
    let colour = colour(&environment, io::stderr().is_terminal());
    let program = std::env::current_exe().ok();
    let quiet = AtomicBool::new(false);
    let report = |event: Event| match event {
        Event::Quiet => quiet.store(true, Ordering::Relaxed),
        Event::Step { .. } | Event::Progress { .. } if quiet.load(Ordering::Relaxed) => {}
        // There cargo shows its own.
        Event::Progress { .. } if io::stderr().is_terminal() => {}
        event => show(&event, colour),
    };
    let arguments: Vec<String> = std::env::args_os().skip(2).map(|word| word.to_string_lossy().into_owned()).collect();
    let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    let world = World {
        environment: &environment,
        program: program.as_deref(),
        arguments: &arguments,
        report: &report,
        colour: self::colour(&environment, io::stdout().is_terminal()),
        ask: is_terminal.then_some(&ask),
    };
    // A frontend shows what a hook says as a part of its own, where no program is at hand to explain it.
    let is_hook = matches!(cli.command, Command::Hook(_));
    match run(world, cli.command) {
        Ok(answer) => {
            let printed = print(&answer.text);
            if answer.is_good { printed } else { ExitCode::from(exit::PROJECT) }
        }
        Err(error) => {
            let points_further = !is_hook && !quiet.load(Ordering::Relaxed) && io::stderr().is_terminal();
            fail(error, colour, points_further)
        }
    }
}

/// What this program does as a child of its own.
fn c_header(directory: &Path) -> ExitCode {
    match c_headers::make(directory) {
        Ok(text) => print(&text),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// What this program does where a script stands for a linker.
fn by_zig(call: &zig::Call) -> ExitCode {
    match zig::run(call) {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::PROCESS)),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Tools ask for the version often, and laying out all options takes longer than starting the program.
fn asks_for_version_alone() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    arguments.next().is_none() && first.is_some_and(|first| first == "--version" || first == "-V")
}

/// Runs a command and gives what is to be printed on standard output.
fn run(world: World<'_>, command: Command) -> Result<Answer, Error> {
    match command {
        Command::New(arguments) => new::run(world, &arguments).map(Answer::from),
        Command::Init(arguments) => init::run(world, &arguments).map(Answer::from),
        Command::Build(arguments) => build::run(world, arguments).map(Answer::from),
        Command::Sdist(arguments) => sdist::run(world, arguments).map(Answer::from),
        Command::Develop(arguments) => develop::run(world, arguments).map(Answer::from),
        Command::List(arguments) => list::run(world, arguments).map(Answer::from),
        Command::Licenses(arguments) => licenses::run(world, arguments).map(Answer::from),
        Command::Plan(arguments) => plan::run(world, arguments).map(Answer::from),
        Command::Stubs(arguments) => stubs::run(world, arguments).map(Answer::from),
        Command::Python(arguments) => Ok(python::run(world, &arguments).into()),
        Command::Metadata(arguments) => metadata::run(world, arguments).map(Answer::from),
        Command::Migrate(arguments) => migrate::run(world, &arguments).map(Answer::from),
        Command::Why(arguments) => why::run(world, &arguments).map(Answer::from),
        Command::Cache(arguments) => cache::run(world, &arguments).map(Answer::from),
        Command::Repair(arguments) => repair::run(world, &arguments).map(Answer::from),
        Command::Rebuild(arguments) => rebuild::run(world, arguments).map(Answer::from),
        Command::GenerateCi(arguments) => generate_ci::run(world, arguments).map(Answer::from),
        Command::Schema => Ok(format!("{:#}\n", schema()).into()),
        Command::Completions { shell } => Ok(completions(shell).into()),
        Command::Man { directory } => manual(&world.environment.directory().join(directory)).map(Answer::from),
        Command::Check(arguments) => check::run(world, &arguments),
        Command::Inspect(arguments) => inspect::run(world, &arguments).map(Answer::from),
        Command::Diff(arguments) => diff::run(world, &arguments),
        Command::Doctor(arguments) => doctor::run(world, &arguments),
        Command::Explain(arguments) => explain::run(world, &arguments).map(Answer::from),
        Command::Hook(arguments) => hook::run(world, &arguments).map(Answer::from),
    }
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wainwright", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// A page for the program and one for each command.
fn manual(directory: &Path) -> Result<(), Error> {
    disk::make_directory(directory)?;
    clap_mangen::generate_to(Cli::command(), directory).map_err(|error| Error::Disk(DiskError::from(error)))
}

fn usage(error: &clap::Error) -> ExitCode {
    // A closed terminal is no reason to fail in another way.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(exit::USAGE) } else { ExitCode::SUCCESS }
}

fn environment() -> Environment {
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    Environment::new(std::env::vars_os(), directory, std::env::home_dir())
}

/// Colours by the usual variables, else by whether a terminal listens.
fn colour(environment: &Environment, is_terminal: bool) -> Colour {
    let wanted = if environment.get("NO_COLOR").is_some() {
        false
    } else if environment.is_on("CLICOLOR_FORCE") || environment.is_on("FORCE_COLOR") {
        true
    } else {
        is_terminal && environment.text("TERM") != Some("dumb")
    };
    if wanted { Colour::Ansi } else { Colour::Plain }
}

fn show(event: &Event, colour: Colour) {
    let text = match event {
        Event::Diagnostic(found) => diagnostic(found, colour),
        Event::Step { verb, object } | Event::Progress { verb, object } => step(verb, object, colour),
        Event::Quiet => return,
    };
    let _ = io::stderr().write_all(text.as_bytes());
}

/// A step as cargo shows its own.
fn step(verb: &str, object: &str, colour: Colour) -> String {
    match colour {
        Colour::Plain => format!("{verb:>12} {object}\n"),
        Colour::Ansi => format!("\x1b[1;32m{verb:>12}\x1b[0m {object}\n"),
    }
}

/// A line of the user's.
fn ask(question: &str) -> Option<String> {
    io::stderr().write_all(question.as_bytes()).ok()?;
    let mut line = String::new();
    (io::stdin().read_line(&mut line).ok()? > 0).then_some(line)
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(exit::DISK),
    }
}

fn fail(error: Error, colour: Colour, points_further: bool) -> ExitCode {
    let code = error.exit_code();
    let diagnostics = error.into_diagnostics();
    let pointer = points_further.then(|| render::explain::pointer(&diagnostics)).flatten();
    for found in diagnostics {
        show(&Event::Diagnostic(found), colour);
    }
    let _ = io::stderr().write_all(pointer.unwrap_or_default().as_bytes());
    ExitCode::from(code)
}

fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let text = format!(
        "error: this is a fault of wainwright {}: {panic}\n  = hint: please report it, with what you did and this text\n",
        env!("CARGO_PKG_VERSION")
    );
    let _ = io::stderr().write_all(text.as_bytes());
    std::process::exit(i32::from(exit::INTERNAL));
}

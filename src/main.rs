//! The `wainwright` program: hands over to [`wainwright::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    wainwright::cli::main()
}

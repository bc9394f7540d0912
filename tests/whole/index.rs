//! An index of packages on this machine (PEP 503), for tools that read no list of local files alike, and for pages that
//! are to show what users type.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::LazyLock;

use crate::fixture;
use crate::process::command;
use crate::setup;

/// Serves a directory until the tests end, and with them the pipe.
const SERVE: &str = "import functools, http.server, sys, threading\n\
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])\n\
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)\n\
    print(server.server_port, flush=True)\n\
    threading.Thread(target=server.serve_forever, daemon=True).start()\n\
    sys.stdin.read()";

/// The address of an index of wainwright's wheel and what is installed beside it.
pub fn index() -> &'static str {
    static INDEX: LazyLock<(Child, String)> = LazyLock::new(|| {
        let place = indexed();
        let mut python = command(setup::python3());
        python.args(["-c", SERVE]).arg(place).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = python.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        (server, format!("http://127.0.0.1:{}/", port.trim()))
    });
    &INDEX.1
}

/// A directory for each project, with its files.
fn indexed() -> PathBuf {
    let wheels = setup::project_wheels();
    let place = fixture::empty(&setup::place().join("index"));
    for file in fs::read_dir(wheels).unwrap().map(|entry| entry.unwrap().path()) {
        let Some(name) = file.file_name().unwrap().to_str().unwrap().strip_suffix(".whl") else { continue };
        let project = place.join(name.split('-').next().unwrap().to_lowercase().replace('_', "-"));
        fs::create_dir_all(&project).unwrap();
        std::os::unix::fs::symlink(&file, project.join(file.file_name().unwrap())).unwrap();
    }
    std::os::unix::fs::symlink(setup::wheels(), place.join("wainwright")).unwrap();
    place
}

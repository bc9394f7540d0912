//! Trees that are thrown away after the build are compiled in the user's cache: a second copy compiles nothing, an edited
//! one what was edited, and nobody can tell from the bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::fixture::{self, Archive, Environment, Project};
use crate::process::{Ran, run};
use crate::setup;

/// A copy of a project in a temporary directory, as frontends make one for each build.
struct Copy {
    directory: TempDir,
    project: Project,
}

impl Copy {
    fn of(project: &Project) -> Self {
        let directory = tempfile::Builder::new().prefix("wainwright-copy-").tempdir_in("/tmp").unwrap();
        for file in project.files() {
            let to = directory.path().join("tree").join(&file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(project.root.join(&file), to).unwrap();
        }
        let copy = Project::existing(&directory.path().join("tree"), "cached-copy");
        Self { directory, project: copy }
    }

    /// `wainwright build` with the cache at `cache` and cargo's own idea of a target directory.
    fn build(&self, cache: &Path) -> Command {
        let mut build = self.project.wainwright(&["build", "--interpreter"]);
        build.arg(setup::python3()).arg("--out").arg(self.directory.path().join("out"));
        build.env_remove("CARGO_TARGET_DIR").env("WAINWRIGHT_CACHE_DIR", cache);
        build
    }

    fn wheel(&self) -> Archive {
        Archive::only_in(&self.directory.path().join("out"))
    }

    fn has_target_directory(&self) -> bool {
        self.project.root.join("target").exists()
    }
}

/// An empty cache.
fn cache(name: &str) -> PathBuf {
    let directory = setup::place().join("build-caches").join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory).unwrap();
    }
    directory
}

/// The crates that were compiled.
fn compiled(ran: &Ran) -> Vec<&str> {
    let lines = ran.stderr.lines().filter_map(|line| line.trim().strip_prefix("Compiling "));
    lines.filter(|line| line.contains(" v")).filter_map(|line| line.split(' ').next()).collect()
}

#[test]
fn a_second_copy_compiles_nothing_and_an_edited_one_what_was_edited() {
    // The build script says nothing of its inputs, so that cargo goes by the times of all files.
    let project = fixture::mixed("cached").file("build.rs", "fn main() {}\n").at("build-cache");
    let cache = cache("copies");
    let first = Copy::of(&project);
    let ran = run(&mut first.build(&cache)).well();
    assert!(compiled(&ran).contains(&"pyo3") && !first.has_target_directory(), "{ran}");
    let second = Copy::of(&project);
    let ran = run(&mut second.build(&cache)).well();
    assert_eq!(compiled(&ran), [""; 0], "{ran}");
    second.wheel().equals(&first.wheel());
    second.wheel().equals(&project.wheel());

    // Where somebody has run cargo, times are left alone.
    let lived_in = Copy::of(&project);
    let library = lived_in.project.root.join("src/lib.rs");
    fs::create_dir(lived_in.project.root.join("target")).unwrap();
    let before = fs::metadata(&library).unwrap().modified().unwrap();
    run(&mut lived_in.build(&cache)).well();
    assert_eq!(fs::metadata(&library).unwrap().modified().unwrap(), before);

    let edited = Copy::of(&project);
    let library = edited.project.root.join("src/lib.rs");
    fs::write(&library, fs::read_to_string(&library).unwrap().replace("42", "43")).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_153_704_088);
    fs::OpenOptions::new().write(true).open(&library).unwrap().set_modified(long_ago).unwrap();
    let ran = run(&mut edited.build(&cache)).well();
    assert_eq!(compiled(&ran), ["cached"], "{ran}");
    let environment = Environment::with(&edited.wheel(), "build-cache");
    assert_eq!(environment.says("import cached; print(cached.answer())"), "43");
}

#[test]
fn what_was_read_outside_of_a_tree_that_is_thrown_away_keeps_its_time() {
    let outside = fixture::empty(&setup::place().join("build-cache-outside")).join("answer.txt");
    fs::write(&outside, "42").unwrap();
    let before = fs::metadata(&outside).unwrap().modified().unwrap();
    let main = format!("fn main() {{\n    println!({:?}, include_str!({outside:?}));\n}}\n", "{}");
    let project = fixture::binary("outside").file("src/main.rs", &main).at("build-cache-outside");
    let cache = cache("outside");
    for _ in 0..2 {
        let copy = Copy::of(&project);
        run(&mut copy.build(&cache)).well();
        // The copy's own files have the time that is long past.
        let own = fs::metadata(copy.project.root.join("src/main.rs")).unwrap().modified().unwrap();
        assert_eq!(own, SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
        assert_eq!(fs::metadata(&outside).unwrap().modified().unwrap(), before);
    }
}

#[test]
fn a_copy_elsewhere_is_compiled_again_where_its_sources_know_their_place() {
    let project = fixture::binary("placed")
        .file("src/main.rs", "fn main() {\n    println!(\"{}\", env!(\"CARGO_MANIFEST_DIR\"));\n}\n")
        .at("build-cache-placed");
    let cache = cache("placed");
    for _ in 0..2 {
        let copy = Copy::of(&project);
        run(&mut copy.build(&cache)).well();
        let environment = Environment::with(&copy.wheel(), "build-cache-placed");
        let said = run(&mut Command::new(environment.bin("placed"))).well().stdout;
        assert_eq!(Path::new(said.trim()), copy.project.root);
    }
}

#[test]
fn what_is_kept_is_shown_bounded_and_removed() {
    let cache = cache("shown");
    let wainwright = |arguments: &[&str]| {
        let mut wainwright = crate::process::command(setup::program());
        run(wainwright.args(arguments).env("WAINWRIGHT_CACHE_DIR", &cache)).well().stdout
    };
    let copies = ["one", "other"].map(|name| Copy::of(&fixture::binary(name).at(&format!("build-cache-{name}"))));
    for copy in &copies {
        run(&mut copy.build(&cache)).well();
    }
    let shown = wainwright(&["cache"]);
    assert_eq!(wainwright(&["cache", "dir"]), format!("{}\n", cache.display()));
    let entries: Vec<&str> = shown.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(entries.len() == 2 && entries[0].starts_with("other-") && entries[1].starts_with("one-"), "{shown}");
    wainwright(&["cache", "clean", entries[0]]);
    assert_eq!(wainwright(&["cache"]).lines().count(), 2);
    run(copies[1].build(&cache).env("WAINWRIGHT_CACHE_SIZE", "1")).well();
    assert_eq!(wainwright(&["cache"]).lines().count(), 1);
    assert_eq!(wainwright(&["cache", "clean"]), "nothing to remove\n");
    let ran = run(copies[1].build(&cache).env("WAINWRIGHT_CACHE_SIZE", "much")).with_code(1);
    assert!(ran.stderr.contains("`WAINWRIGHT_CACHE_SIZE` is `much`, which is no size"), "{ran}");
}

#[test]
fn who_wants_no_cache_has_none_and_one_that_cannot_be_trusted_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;

    let project = fixture::binary("alone").at("build-cache-alone");
    let unused = cache("unused");
    let unset = |build: &mut Command| {
        build.env_remove("WAINWRIGHT_CACHE_DIR").env_remove("XDG_CACHE_HOME").env_remove("HOME");
    };
    let builds: [&dyn Fn(&mut Command); 5] = [
        &|build| _ = build.env("WAINWRIGHT_NO_CACHE", "1"),
        &|build| _ = build.arg("--no-cache"),
        &|build| _ = build.env("PIP_NO_CACHE_DIR", "1"),
        &|build| _ = build.env("WAINWRIGHT_CACHE_DIR", "/dev/null/cache"),
        &unset,
    ];
    for change in builds {
        let copy = Copy::of(&project);
        let mut build = copy.build(&unused);
        // Without a home cargo and rustup would have none either.
        let home = PathBuf::from(std::env::var_os("HOME").unwrap());
        for (name, directory) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            build.env(name, std::env::var_os(name).map_or_else(|| home.join(directory), PathBuf::from));
        }
        change(&mut build);
        run(&mut build).well();
        assert!(copy.has_target_directory() && !unused.exists());
    }
    fs::create_dir_all(&unused).unwrap();
    fs::set_permissions(&unused, fs::Permissions::from_mode(0o777)).unwrap();
    let copy = Copy::of(&project);
    run(&mut copy.build(&unused)).well();
    assert!(copy.has_target_directory() && fs::read_dir(&unused).unwrap().next().is_none());
}

#[test]
fn a_compiler_cache_is_asked_for_the_same_in_every_checkout() {
    let wrapper = fixture::empty(&setup::place().join("compiler-cache")).join("wrapper");
    // rustc is asked for its version first, by its path; then for crates.
    let script = "#!/bin/sh\necho \"$(env | grep ^CARGO_ | grep -v -e JOBS -e MAKEFLAGS | sort | tr '\\n' ' ') $*\" >> \"$ASKED\"\nexec \"$@\"\n";
    fs::write(&wrapper, script).unwrap();
    fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let project = fixture::binary("wrapped").file("build.rs", "fn main() {}\n").at("build-cache-wrapped");
    let asked = ["near", "a/place/far/away"].map(|place| {
        let copy = project.copy_to(&format!("build-cache-wrapped-{place}"));
        let log = setup::place().join("compiler-cache").join(place.replace('/', "-"));
        let mut build = copy.wainwright(&["build", "--out"]);
        build.arg(copy.out("wheel")).arg("--compiler-cache").arg(&wrapper).env("ASKED", &log);
        build.arg("--target-dir").arg(fixture::empty(&setup::place().join("compiler-cache-targets").join(place)));
        run(&mut build).well();
        fs::read_to_string(&log).unwrap()
    });
    assert!(asked[0].contains("--crate-name wrapped"), "{}", asked[0]);
    let lines = |text: &str| {
        let mut lines: Vec<String> =
            text.lines().filter(|line| line.contains("--crate-name wrapped")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&asked[0]), lines(&asked[1]));
    let mut build = project.wainwright(&["build", "--compiler-cache", "no-such-cache"]);
    let ran = run(&mut build).with_code(1);
    assert!(ran.stderr.contains("`no-such-cache`, which is not on PATH"), "{ran}");
}

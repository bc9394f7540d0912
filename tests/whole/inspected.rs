//! `wainwright inspect`: what it says of a wheel and an sdist is what Python's own readers find in them.

use serde_json::Value;

use crate::fixture::{self, Archive, Project};
use crate::process::{command, run};
use crate::setup;

/// Every file with its size, packed and unpacked, as `zipfile` tells it.
const LISTING: &str = "import json, sys, zipfile
print(json.dumps([[i.filename, i.file_size, i.compress_size] for i in zipfile.ZipFile(sys.argv[1]).infolist()]))";

/// Every tag is closed in order, nothing is fetched, and no script is there.
const STRICT: &str = "import html.parser, sys
VOID = {'meta', 'link', 'br', 'input'}
class Page(html.parser.HTMLParser):
    open: list = []
    def handle_starttag(self, tag, attrs):
        assert tag != 'script' and not any(n.startswith('on') or n == 'src' for n, _ in attrs), (tag, attrs)
        if tag not in VOID: self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())
page = Page()
text = open(sys.argv[1], encoding='utf-8').read()
page.feed(text); page.close()
assert page.open == [] and 'url(' not in text, page.open
print(len(text))";

fn inspected(project: &Project, archive: &Archive, words: &[&str]) -> String {
    run(project.wainwright(&["inspect"]).arg(&archive.path).args(words)).well().stdout
}

#[test]
fn a_wheel_is_told_as_text_and_json_and_its_sizes_are_those_of_zipfile() {
    let project = fixture::mixed("inspected").stable_abi().at("inspected");
    let wheel = project.wheel();
    let text = inspected(&project, &wheel, &[]);
    for part in [
        "  for            CPython 3.9 and later (stable ABI, abi3)\n",
        "    imported as inspected._inspected, by PyInit__inspected\n",
        "\nMetadata\n  Name              inspected\n",
        "    __init__.py",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    let json: Value = serde_json::from_str(&inspected(&project, &wheel, &["--format", "json"])).unwrap();
    let listed = json["files"].as_array().unwrap().iter();
    let ours: Vec<Value> = listed
        .map(|file| Value::from(vec![file["path"].clone(), file["size"].clone(), file["packed"].clone()]))
        .collect();
    let theirs = run(command(setup::python3()).args(["-c", LISTING]).arg(&wheel.path)).well().stdout;
    assert_eq!(Value::from(ours), serde_json::from_str::<Value>(&theirs).unwrap());
    let module = &json["binaries"][0];
    assert_eq!(
        (&module["module"], &module["entry_symbols"][0]),
        (&"inspected._inspected".into(), &"PyInit__inspected".into())
    );
    assert_eq!(json["metadata"]["Name"][0], "inspected");
}

#[test]
fn a_page_is_whole_and_needs_nothing_else() {
    let project = fixture::binary("paged").at("inspected-page");
    for archive in [project.wheel(), project.sdist()] {
        let page = project.out("page").join("page.html");
        run(project.wainwright(&["inspect"]).arg(&archive.path).arg("--html").arg(&page)).well();
        let ran = run(command(setup::python3()).args(["-c", STRICT]).arg(&page)).well();
        assert!(ran.stdout.trim().parse::<usize>().unwrap() > 4000, "{ran}");
        assert!(std::fs::read_to_string(&page).unwrap().contains(archive.file_name()));
    }
}

#[test]
fn the_page_of_a_wheel_in_its_project_shows_how_the_last_build_made_it() {
    let project = fixture::binary("coursed").at("inspected-course");
    let page = |wheel: &Archive| {
        let page = project.out("page").join("page.html");
        run(project.wainwright(&["inspect"]).arg(&wheel.path).arg("--html").arg(&page)).well();
        run(command(setup::python3()).args(["-c", STRICT]).arg(&page)).well();
        std::fs::read_to_string(&page).unwrap()
    };
    let program = |says: u32| {
        let text = format!("fn main() {{ println!(\"{says}\"); }}\n");
        std::fs::write(project.root.join("src/main.rs"), text).unwrap();
    };
    // What another run of the tests has compiled is fresh.
    program(std::process::id());
    let dist = project.root.join("dist");
    run(project.wainwright(&["build", "--out"]).arg(&dist)).well();
    let wheel = Archive::only_in(&dist);
    let drawn = page(&wheel);
    for step in ["compiling coursed for", &format!("proving {}", wheel.file_name()), "<span>coursed 0.0.0</span>"] {
        assert!(drawn.contains(step), "{step}\n{drawn}");
    }
    // Elsewhere nothing tells of the build, and another build tells nothing of the wheel.
    let elsewhere = project.out("elsewhere").join(wheel.file_name());
    std::fs::copy(&wheel.path, &elsewhere).unwrap();
    assert!(!page(&Archive::judged(&elsewhere)).contains("How it was built"));
    program(0);
    project.wheel();
    assert!(!page(&wheel).contains("How it was built"));
}

#[test]
fn what_is_no_archive_is_refused_by_name() {
    let project = fixture::binary("unpacked").at("inspected-none");
    let file = project.out("none").join("broken-1.0-py3-none-any.whl");
    std::fs::write(&file, "no archive").unwrap();
    let ran = run(project.wainwright(&["inspect"]).arg(&file)).with_code(1);
    assert!(ran.stderr.contains("error[archive-form]") && ran.stderr.contains("broken-1.0"), "{ran}");
    run(project.wainwright(&["inspect", "nowhere.whl"]).arg("--all")).with_code(4);
}

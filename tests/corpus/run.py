"""Builds real projects from PyPI with nothing changed but their ``[build-system]``.

``python3 tests/corpus/run.py [NAME...]`` takes each project (all of them by default) through
``pip wheel``, ``python -m build`` and ``uv build``, runs the project's own tests on the result,
builds it with maturin as well and compares what both made. It prints a table and exits 1 if
anything is not as it should be.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass, field
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(__file__).with_name("tools.txt")


@dataclass(frozen=True)
class Project:
    """A source distribution on PyPI, and what of it is run and expected."""

    name: str
    version: str
    sha256: str
    # Its own tests, if the sdist carries any, their directory, and what they read beside them.
    tests: tuple[str, ...] = ()
    tests_in: str = "tests"
    read_by_tests: tuple[str, ...] = ()
    # A line of Python that the installed wheel must survive, or the words of its program.
    says: str = ""
    runs: tuple[str, ...] = ()
    # What its build requires besides the backend.
    requires: tuple[str, ...] = ()
    # What its sdist as published lacks of what an sdist needs; then none can be made of it.
    lacks: str = ""
    # What must lie beside the installed wheel so that it can be imported.
    beside: tuple[str, ...] = ()
    # What differs from maturin's build and is meant to: a pattern of the line, and the reason.
    differences: dict[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}.tar.gz"


PROJECTS = [
    Project(
        "rpds-py",
        "2026.9.1",
        "4793ef7f78268b124b73fa933440f01d258bbae01de9fa53e9080c9ab0425a12",
        tests=("tests",),
    ),
    Project(
        "fastuuid",
        "0.14.0",
        "178947fc2f995b38497a74172adee64fdeb8b7ec18f2a5934d037641ba265d26",
        tests=("tests/test_uuid.py",),
    ),
    Project(
        "rtoml",
        "0.14.0",
        "e0f95a59e3fac6394985d59ce18a0c06f2176f2eb9dec2fb8c1105febaf05c59",
        tests=(
            "tests/test_dump.py",
            "tests/test_load.py",
            "tests/test_misc.py",
            "tests/test_order.py",
        ),
        read_by_tests=("example.py",),
    ),
    Project(
        "pendulum",
        "3.3.0",
        "9aceb5b24e9f55381df08187397e88546b5ba82f698b741cbf1a05c5e2369116",
    ),
    Project(
        "orjson",
        "3.13.0",
        "d1de5eb04485110c5da4c657e49168995d55e076b1ce60f1a042e254f4186c4f",
        tests=("test",),
        tests_in="test",
    ),
    Project(
        "lzallright",
        "0.3.0",
        "51a5c0c8ae9944d0b8f46ac13c14a98af0cc8a8aaa3f6bee3c6b0a66e01a4cec",
        tests=("tests/test_python.py",),
        read_by_tests=("benches/lorem.txt",),
    ),
    Project(
        "safetensors",
        "0.8.0",
        "fabaf3e0f18a6618d9b36560682562157f77c2b71fcffc7b432be2baed9d753d",
        # Its tests import torch.
        says="import numpy, safetensors.numpy as s; s.load(s.save({'a': numpy.ones(2)}))",
    ),
    Project(
        "neo4j-rust-ext",
        "6.4.1.0",
        "7ede5f6ae0bdd4be488f2d6e48cbb15e700b1133275076fe0c58b835eb06fc8e",
        says="import neo4j._rust",
        beside=("neo4j==6.4.1",),
    ),
    Project(
        "djade",
        "1.10.0",
        "9d8af77a03000914b516d6be0967b5043094db5a91cec22649f689ee5bf2e5de",
        runs=("djade", "--version"),
    ),
    Project(
        "cmsis-pack-manager",
        "0.6.0",
        "94913a3db9695f8d0676a4a74916a5626984e2b46f923ada61881e4f5064079e",
        says="from cmsis_pack_manager import Cache; Cache(False, True)",
        requires=("cffi", "pycparser"),
        beside=("appdirs", "pyyaml", "cffi"),
        lacks="names the member `cmsis-cffi`, which is not there",
    ),
    Project(
        "clvm-rs",
        "0.21.0",
        "0442ec67b7373ade64b2fd46e0e5c30890d436da6bb62440c68d82935a74b3db",
        says="from clvm_rs.program import Program; assert Program.to(3).as_int() == 3",
    ),
    Project(
        "glean-sdk",
        "71.0.0",
        "cbbe7dbb303157b059feec5b96b9187a45967e952aa3ed278c34c783ac65b72b",
        says="import glean._uniffi.glean",
        beside=("semver", "glean_parser"),
    ),
]

# What differs in every project, and is meant to.
DIFFERENCES = {
    "wheel: only * has *.dist-info/sboms/*.cyclonedx.json": (
        "wainwright's is called after the distribution, and names no path of the builder"
    ),
    "sdist: only wainwright's has */.*": (
        "hidden files travel with the sdist as with the wheel; cargo's configuration is obeyed too"
    ),
    "*: METADATA adds license-file: *": "without [project], maturin carries no licence file;",
    "wheel: only wainwright's has *.dist-info/licenses/*": "PEP 639 wants them in every archive",
    "*: METADATA lacks home-page: *": "Home-page is outdated (PEP 753); the same address stands",
    "*: METADATA adds project-url: Homepage, *": "under Project-URL",
    "*: METADATA lacks license: *": "an SPDX expression of Cargo.toml has a field of its own",
    "*: METADATA adds license-expression: *": "(PEP 639)",
    "*: METADATA lacks author: *<*": "an author with an address belongs into Author-email",
    "*: METADATA adds author-email: *": "(core metadata specification)",
}


class FaultError(Exception):
    """A step did not do what it should; the text says what."""


def environment(work: Path, **more: str) -> dict[str, str]:
    """Variables for a build in the dev profile, whatever the caller's are."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(
            ("PYTHON", "MATURIN_", "WAINWRIGHT_", "CARGO_PROFILE_", "CARGO_BUILD_")
        )
        and name
        not in ("CARGO", "LD_LIBRARY_PATH", "RUSTFLAGS", "SOURCE_DATE_EPOCH", "VIRTUAL_ENV")
    }
    return {
        **kept,
        # What cargo compiles in steps depends on the steps, and here bytes are compared.
        "CARGO_INCREMENTAL": "0",
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_TARGET_DIR": str(work / "cargo"),
        "MATURIN_PEP517_ARGS": "--profile dev",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Some projects pin a toolchain that few have.
        "RUSTUP_TOOLCHAIN": "stable",
        "UV_CACHE_DIR": str(work / "uv-cache"),
        "WAINWRIGHT_PROFILE": "dev",
        **more,
    }


def run(command: list[str | Path], directory: Path, variables: dict[str, str]) -> str:
    """Run a command; its output is shown only if it fails."""
    words = [str(word) for word in command]
    ended = subprocess.run(
        words,
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if ended.returncode != 0:
        raise FaultError(f"{' '.join(words)} ended with {ended.returncode}:\n{ended.stdout}")
    return ended.stdout


def tools(work: Path, base: str = sys.executable) -> Path:
    """The Python of an environment of `base` with what `tools.txt` lists, made once."""
    directory = work / "tools"
    python = directory / "bin" / "python"
    wanted = f"{base} {sys.version}\n{TOOLS.read_text()}"
    stamp = directory / "made-of.txt"
    if not (stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(directory, ignore_errors=True)
        variables = environment(work)
        run([base, "-m", "venv", directory], work, variables)
        run([python, "-m", "pip", "install", "--quiet", "-r", TOOLS], work, variables)
        stamp.write_text(wanted)
    return python


def own_wheel(work: Path, python: Path) -> Path:
    """The directory with wainwright's wheel, built from this tree."""
    wheels = emptied(work / "wheels")
    run(
        [python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", wheels, ROOT],
        work,
        dict(os.environ),
    )
    return wheels


# Fetches one sdist by pip's own means; `pip download` would also run its build backend.
FETCH = """
import sys
from pip._internal.commands import create_command

name, version, path = sys.argv[1:]
download = create_command("download")
with download.main_context():
    options, _ = download.parse_args(["--no-deps", "--no-binary", ":all:", "--quiet", name])
    session = download.get_default_session(options)
    finder = download._build_package_finder(options, session, ignore_requires_python=True)
    links = [
        found.link
        for found in finder.find_all_candidates(name)
        if str(found.version) == version and not found.link.is_wheel
    ]
    answer = session.get(links[0].url_without_fragment, headers={"Accept-Encoding": "identity"})
    answer.raise_for_status()
    with open(path, "wb") as file:
        file.write(answer.content)
"""


def sdist(project: Project, work: Path, python: Path) -> Path:
    """The project's sdist, fetched once; its digest is compared each time."""
    path = work / "sdists" / project.archive
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        run([python, "-c", FETCH, project.name, project.version, part], work, environment(work))
        part.replace(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != project.sha256:
        raise FaultError(f"{path} has the SHA-256 {digest}, not {project.sha256}")
    return path


def emptied(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def unpacked(archive: Path, directory: Path) -> Path:
    """The tree of an sdist; its files keep their times, so that cargo knows them again."""
    emptied(directory)
    with tarfile.open(archive) as opened:
        opened.extractall(directory, filter="data")
    (tree,) = directory.iterdir()
    return tree


def with_our_build_system(tree: Path) -> None:
    """Change the two lines of ``[build-system]`` and nothing else."""
    path = tree / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    requirement = r"""(?sm)(^requires\s*=\s*\[[^\]]*?)(["'])maturin[^"']*\2"""
    text, requires = re.subn(requirement, r'\1"wainwright"', text, count=1)
    backend = r"""(?m)^build-backend\s*=\s*(["'])maturin\1"""
    text, backends = re.subn(backend, 'build-backend = "wainwright"', text, count=1)
    if (requires, backends) != (1, 1):
        raise FaultError(f"{path} has no [build-system] of the expected form")
    path.write_text(text, encoding="utf-8")


def with_requirements(project: Project, wheels: Path, python: Path, work: Path) -> None:
    """Lay what the project's build requires besides the backend beside the backend's wheel."""
    if project.requires:
        pip: list[str | Path] = [python, "-m", "pip", "download", "--quiet", "--no-deps"]
        run([*pip, "--dest", wheels, *project.requires], work, environment(work))


def only(directory: Path, pattern: str) -> Path:
    found = sorted(directory.glob(pattern))
    if len(found) != 1:
        raise FaultError(f"{directory} holds {[path.name for path in found]} for {pattern}")
    return found[0]


@dataclass(frozen=True)
class Made:
    """A wheel and an sdist of one project."""

    wheel: Path
    sdist: Path


def by_pip(tree: Path, out: Path, python: Path, variables: dict[str, str]) -> Path:
    run([python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", out, tree], tree, variables)
    return only(out, "*.whl")


def by_build(tree: Path, out: Path, python: Path, variables: dict[str, str]) -> Made:
    run([python, "-m", "build", "--outdir", out, tree], tree, variables)
    return Made(only(out, "*.whl"), only(out, "*.tar.gz"))


def by_uv(tree: Path, out: Path, python: Path, variables: dict[str, str], wheels: Path) -> Made:
    uv = python.with_name("uv")
    run(
        [
            uv,
            "build",
            "--no-index",
            "--find-links",
            wheels,
            "--python",
            python,
            "--out-dir",
            out,
            tree,
        ],
        tree,
        variables,
    )
    return Made(only(out, "*.whl"), only(out, "*.tar.gz"))


def by_maturin(
    project: Project, tree: Path, out: Path, python: Path, variables: dict[str, str]
) -> None:
    kinds = ["--wheel", "--sdist"] if not project.lacks else ["--wheel"]
    run(
        # The pins of maturin's version that projects have do not matter here.
        [python, "-m", "build", "-x", "--no-isolation", *kinds, "--outdir", out, tree],
        tree,
        variables,
    )


def contents(archive: Path) -> dict[str, bytes]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("/")}
    with tarfile.open(archive) as opened:
        files = ((member.name, opened.extractfile(member)) for member in opened.getmembers())
        return {name: file.read() for name, file in files if file is not None}


def fields(metadata: bytes) -> set[tuple[str, str]]:
    """The metadata as a set: neither order nor blanks, quotes and upper case count."""
    message = Parser().parsestr(metadata.decode("utf-8"))
    found = {(name.lower(), plain(value)) for name, value in message.items()}
    found.add(("description", " ".join(str(message.get_payload()).split())))
    return {pair for pair in found if pair[0] != "metadata-version"}


def plain(value: str) -> str:
    name = re.match(r"[\w.-]+", value)
    begins = re.sub(r"[-_.]+", "-", name[0]) if name else ""
    rest = value[len(begins) :] if name else value
    return " ".join((begins + rest).replace("'", '"').replace(" ;", ";").split())


def compared(kind: str, reference: Path, own: Path) -> list[str]:
    """What differs between maturin's archive and ours, a line for each difference."""
    lines = []
    if without_promise(reference.name) != without_promise(own.name):
        lines.append(f"{kind}: maturin calls it {reference.name}, wainwright {own.name}")
    theirs, ours = contents(reference), contents(own)
    lines += [f"{kind}: only maturin's has {name}" for name in sorted(theirs.keys() - ours.keys())]
    lines += [
        f"{kind}: only wainwright's has {name}" for name in sorted(ours.keys() - theirs.keys())
    ]
    for name in sorted(theirs.keys() & ours.keys()):
        if name.endswith((".dist-info/METADATA", "/PKG-INFO")):
            a, b = fields(theirs[name]), fields(ours[name])
            lines += [
                f"{kind}: METADATA lacks {field}: {value[:100]}" for field, value in sorted(a - b)
            ]
            lines += [
                f"{kind}: METADATA adds {field}: {value[:100]}" for field, value in sorted(b - a)
            ]
        elif theirs[name] != ours[name] and is_copied(name):
            lines.append(f"{kind}: the bytes of {name} differ")
    return lines


def without_promise(name: str) -> str:
    """A wheel's name without what its tag promises of Linux: maturin promises nothing in a hook."""
    return re.sub(r"-(?:linux|manylinux|musllinux)[\w.]*(?=\.whl$)", "-linux", name)


def is_copied(name: str) -> bool:
    """Whether both backends carry a file as it is: what they make themselves may differ."""
    made = (
        ".so",
        ".pyd",
        ".dist-info/RECORD",
        ".dist-info/WHEEL",
        ".dist-info/entry_points.txt",
        ".cyclonedx.json",
        "/__init__.py",
    )
    is_program = name.split("/")[0].endswith(".data")
    # An sdist's manifests are workspaces of their own, with a lock file of what they need.
    is_manifest = name.endswith(("/pyproject.toml", "/Cargo.toml", "/Cargo.lock"))
    return not (name.endswith(made) or is_program or is_manifest)


def unexpected(lines: list[str], project: Project) -> list[str]:
    known = [*DIFFERENCES, *project.differences]
    return [
        line for line in lines if not any(fnmatch.fnmatchcase(line, pattern) for pattern in known)
    ]


def reference(project: Project, archive: Path, work: Path, python: Path) -> Path:
    """What maturin makes of the project; kept, since neither of the two changes."""
    kept = work / "reference" / f"{project.archive}-{sys.implementation.cache_tag}"
    if not kept.exists():
        tree = unpacked(archive, work / "trees" / f"{project.name}-maturin")
        # Maturin refuses to make an sdist of an sdist.
        (tree / "PKG-INFO").unlink()
        making = emptied(kept.with_name(kept.name + ".part"))
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        variables = environment(work, PATH=path)
        if (tree / "target").is_dir():
            # Elsewhere maturin would not find the header that the project ships there.
            del variables["CARGO_TARGET_DIR"]
        by_maturin(project, tree, making, python, variables)
        making.rename(kept)
    return kept


def same_bytes(wheels: list[Path]) -> None:
    """All frontends get the same wheel, though each builds in another directory."""
    if len({wheel.read_bytes() for wheel in wheels}) == 1:
        return
    first = contents(wheels[0])
    for wheel in wheels[1:]:
        other = contents(wheel)
        names = first.keys() | other.keys()
        differing = sorted(name for name in names if first.get(name) != other.get(name))
        if differing:
            raise FaultError(f"{wheels[0]} and {wheel} differ in {differing}")


def refused(
    project: Project, tree: Path, out: Path, python: Path, variables: dict[str, str]
) -> None:
    """No sdist is made of a tree that is not whole, and what it lacks is named."""
    try:
        run([python, "-m", "build", "--sdist", "--outdir", out, tree], tree, variables)
    except FaultError as fault:
        if project.lacks in str(fault):
            return
        raise
    raise FaultError(f"an sdist was made of {tree}, which is not whole")


def elsewhere(project: Project, archive: Path, work: Path) -> Path:
    """The tree of an sdist under another name, deeper, and below somebody else's workspace."""
    above = emptied(work / "trees" / f"{project.name}-abroad")
    (above / "Cargo.toml").write_text('[workspace]\nresolver = "3"\nmembers = []\n')
    tree = above / "in" / "another" / "place"
    unpacked(archive, above / "unpacked").rename(emptied(tree.parent) / tree.name)
    return tree


def alone(variables: dict[str, str]) -> dict[str, str]:
    """For a build that may neither ask the network nor change the lock file."""
    return {**variables, "WAINWRIGHT_LOCKED": "1", "WAINWRIGHT_OFFLINE": "1"}


def made_again(
    project: Project,
    archive: Path,
    out: Path,
    python: Path,
    variables: dict[str, str],
    work: Path,
) -> list[str]:
    """What differs in an sdist of the published one, with and without a repository."""
    made = []
    for kind in ("repository", "plain"):
        tree = unpacked(archive, work / "trees" / f"{project.name}-{kind}")
        with_our_build_system(tree)
        if kind == "repository":
            (tree / "PKG-INFO").unlink()
            who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
            for words in (
                ["init", "--quiet"],
                ["add", "--all"],
                [*who, "commit", "--quiet", "--message", "all"],
            ):
                run(["git", *words], tree, variables)
        directory = out / kind
        run([python, "-m", "build", "--sdist", "--outdir", directory, tree], tree, variables)
        made.append(only(directory, "*.tar.gz"))
    if made[0].read_bytes() != made[1].read_bytes():
        raise FaultError(f"{made[0]} and {made[1]} differ")
    published, again = contents(archive), contents(made[0])
    lines = [
        f"again: the published sdist alone has {name}" for name in published.keys() - again.keys()
    ]
    lines += [
        f"again: only the one made again has {name}" for name in again.keys() - published.keys()
    ]
    lines += [
        f"again: the bytes of {name} differ"
        for name in published.keys() & again.keys()
        if published[name] != again[name] and not is_rewritten(name)
    ]
    return sorted(lines)


def is_rewritten(name: str) -> bool:
    """PKG-INFO is made anew; manifests become workspaces, with a lock file of what they need."""
    return name.endswith(("/PKG-INFO", "/pyproject.toml", "/Cargo.toml", "/Cargo.lock"))


def own_tests(project: Project, tree: Path, wheel: Path, work: Path, python: Path) -> str:
    """Run the project's tests on the installed wheel, in a directory where only they lie."""
    installed = emptied(work / "installed" / project.name)
    offline = [] if project.beside else ["--no-index", "--no-deps"]
    # Unlike pip's, uv's `--target` lets two distributions share a package.
    uv: list[str | Path] = [python.with_name("uv"), "pip", "install", "--quiet", *offline]
    uv += ["--python", python, "--target", installed, wheel, *project.beside]
    run(uv, work, environment(work))
    place = emptied(work / "tests" / project.name)
    if project.says:
        run([python, "-c", project.says], place, environment(work, PYTHONPATH=str(installed)))
        return "imports"
    if project.runs:
        program, *arguments = project.runs
        return run([installed / "bin" / program, *arguments], place, environment(work)).strip()
    if not project.tests:
        return "none in the sdist"
    shutil.copytree(tree / project.tests_in, place / project.tests_in)
    for name in project.read_by_tests:
        (place / name).parent.mkdir(exist_ok=True)
        shutil.copy(tree / name, place / name)
    variables = environment(work, PYTHONPATH=str(installed), HYPOTHESIS_PROFILE="dev")
    said = run(
        [
            python,
            "-m",
            "pytest",
            "--quiet",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            place,
            *project.tests,
        ],
        place,
        variables,
    )
    return said.strip().splitlines()[-1]


def built(project: Project, work: Path, python: Path, wheels: Path) -> str:
    """Take one project through everything; returns how its own tests ended."""
    archive = sdist(project, work, python)
    tree = unpacked(archive, work / "trees" / project.name)
    with_our_build_system(tree)
    with_requirements(project, wheels, python, work)
    offline = environment(work, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels))

    def out(frontend: str) -> Path:
        return emptied(work / "out" / project.name / frontend)

    pips = by_pip(tree, out("pip"), python, offline)
    maturins = reference(project, archive, work, python)
    differences = compared("wheel", only(maturins, "*.whl"), pips)
    if project.lacks:
        refused(project, tree, out("build"), python, offline)
    else:
        builds = by_build(tree, out("build"), python, offline)
        uvs = by_uv(tree, out("uv"), python, environment(work), wheels)
        abroad = by_pip(
            elsewhere(project, builds.sdist, work), out("abroad"), python, alone(offline)
        )
        same_bytes([pips, builds.wheel, uvs.wheel, abroad])
        if builds.sdist.read_bytes() != uvs.sdist.read_bytes():
            raise FaultError(f"{builds.sdist} and {uvs.sdist} differ")
        differences += compared("sdist", only(maturins, "*.tar.gz"), builds.sdist)
        differences += made_again(project, archive, out("again"), python, offline, work)
    tests = own_tests(project, tree, pips, work, python)
    strange = unexpected(differences, project)
    if strange:
        raise FaultError("not as maturin makes it:\n" + "\n".join(strange))
    return tests


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects to build [default: all]")
    parser.add_argument(
        "--wheels", type=Path, help="a directory with wainwright's wheel [default: build it]"
    )
    parser.add_argument(
        "--work", type=Path, default=ROOT / "target" / "corpus", help="where everything goes"
    )
    arguments = parser.parse_args()
    known = {project.name: project for project in PROJECTS}
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"{', '.join(unknown)} not among {', '.join(known)}")
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    python = tools(work)
    wheels = arguments.wheels.resolve() if arguments.wheels else own_wheel(work, python)
    # It would take an older wheel of the same version for this one.
    emptied(work / "uv-cache")
    chosen = [known[name] for name in arguments.names] or PROJECTS
    good = 0
    for project in chosen:
        title = f"{project.name} {project.version}"
        try:
            tests = built(project, work, python, wheels)
        except FaultError as fault:
            print(f"{title:<24} FAILED  {fault}", flush=True)
            continue
        good += 1
        print(f"{title:<24} good    own tests: {tests}", flush=True)
    print(f"{good} of {len(chosen)} projects are built as they should be")
    return 0 if good == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Builds real projects twice, as two users who share nothing but the sources, and compares bytes.

``python3 tests/corpus/twice.py [NAME...]`` builds the wheel and the sdist of each project of the
corpus and of ``examples/`` (all of them by default) in the release profile. The first builder is
root, who must start it; the second is a user who exists nowhere, in directories of another length
and depth, with a home, a cargo and a toolchain of its own, and with another umask, locale, time
zone, hash seed and number of jobs, on files of another age. It prints a table, names each member
that differs, and exits 1 if anything differs that is not known to.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from run import (
    PROJECTS,
    ROOT,
    FaultError,
    Project,
    contents,
    emptied,
    environment,
    only,
    own_wheel,
    run,
    sdist,
    tools,
    unpacked,
    with_our_build_system,
    with_requirements,
)

# What differs and is not wainwright's doing: of a project, a pattern of the line, and the reason.
DIFFERS: dict[str, dict[str, str]] = {}

# Variables that lead to what belongs to the first builder.
OF_THE_USER = ("CARGO_HOME", "RUSTUP_", "XDG_", "LOGNAME", "MAIL", "PIP_CACHE_DIR", "PYENV_")

# 2001-02-03T04:05:06Z: before any of the projects was written.
LONG_AGO = 981_173_106

EXAMPLES = ("hello", "tour")
NAMES = [*(project.name for project in PROJECTS), *EXAMPLES]


@dataclass(frozen=True)
class Builder:
    """Somebody who builds."""

    # What a command begins with, so that it runs as this user.
    begin: tuple[str, ...]
    variables: dict[str, str]
    # Where the trees go.
    place: Path
    # What would give this builder away in an archive.
    own: tuple[str, ...]
    # Makes a tree this builder's own.
    take: Callable[[Path], None]

    def run(self, command: list[str | Path], directory: Path, **more: str) -> str:
        return run([*self.begin, *command], directory, {**self.variables, **more})


@dataclass(frozen=True)
class Source:
    """What is built."""

    name: str
    title: str
    kinds: tuple[str, ...]
    # Puts the tree below a directory.
    put: Callable[[Path], Path]


def under(umask: str, *user: str) -> tuple[str, ...]:
    return (*user, "sh", "-c", f'umask {umask}; exec "$@"', "sh")


def released(work: Path, **more: str) -> dict[str, str]:
    """Variables for a build as users make it: in the release profile, in the tree itself."""
    variables = environment(work, **more)
    for name in ("CARGO_TARGET_DIR", "CARGO_INCREMENTAL", "WAINWRIGHT_PROFILE"):
        del variables[name]
    return variables


def caller(work: Path) -> Builder:
    variables = released(work, CARGO_BUILD_JOBS="1", LC_ALL="C.UTF-8", PYTHONHASHSEED="1", TZ="UTC")
    place = work / "a"
    homes = {variables.get(name, "") for name in ("HOME", "CARGO_HOME", "RUSTUP_HOME")} - {""}
    return Builder(under("022"), variables, place, (str(place), *sorted(homes)), lambda _: None)


def stranger(work: Path, uid: int) -> Builder:
    home = work / "of" / "a-stranger" / "home"
    variables = {
        name: value for name, value in released(work).items() if not name.startswith(OF_THE_USER)
    }
    variables.update(
        CARGO_BUILD_JOBS="2",
        HOME=str(home),
        LC_ALL=other_locale(),
        PYTHONHASHSEED="2",
        TMPDIR=str(home / "temporary"),
        TZ="Asia/Kolkata",
        USER="stranger",
    )
    # Not the user's own umask alone: the tree looks as if it was unpacked under it, too.
    user = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    place = home / "sources" / "from" / "far" / "away"
    take = partial(given, uid=uid)
    for directory in (home, home / "temporary"):
        directory.mkdir(parents=True, exist_ok=True)
        os.chown(directory, uid, uid)
    return Builder(under("077", *user), variables, place, (str(home),), take)


def other_locale() -> str:
    """Turkish, if it is there: its upper and lower case are not those of English."""
    ended = subprocess.run(
        ["locale", "-a"], stdout=subprocess.PIPE, encoding="utf-8", errors="replace", check=False
    )
    return next((name for name in ended.stdout.split() if name.startswith("tr_TR")), "C")


def given(tree: Path, uid: int) -> None:
    """Make a tree another user's, old, and readable by nobody else."""
    for path in (*tree.rglob("*"), tree):
        os.chown(path, uid, uid, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
            os.utime(path, (LONG_AGO, LONG_AGO))


def runs(builder: Builder, command: list[str | Path]) -> bool:
    try:
        builder.run(command, Path("/"))
    except FaultError:
        return False
    return True


def python_for(builder: Builder, wanted: str | None) -> str:
    """A Python that the second user reaches as well."""
    path = os.pathsep.join(["/usr/local/bin", "/usr/bin"])
    places = [wanted] if wanted else [sys.executable, shutil.which("python3", path=path) or ""]
    for python in filter(None, places):
        if runs(builder, [python, "-c", "import ensurepip, venv"]):
            return python
    raise FaultError(
        f"the second user can run none of {places} with `venv`: name a Python outside of other "
        "users' homes by --python"
    )


def with_toolchain(builder: Builder, work: Path) -> Builder:
    """The builder with a toolchain on PATH that it can run: the caller's, or a copy of it."""
    try:
        sysroot = Path(run(["rustc", "--print", "sysroot"], ROOT, environment(work)).strip())
    except (OSError, FaultError) as error:
        raise FaultError(f"there is no toolchain to build with: {error}") from None
    if not runs(builder, [sysroot / "bin" / "cargo", "--version"]):
        home = Path(builder.variables["HOME"]) / ".rustup" / "toolchains"
        sysroot = copied(sysroot, home / sysroot.name)
    variables = {**builder.variables, "PATH": f"{sysroot / 'bin'}{os.pathsep}/usr/bin:/bin"}
    chosen = Builder(builder.begin, variables, builder.place, builder.own, builder.take)
    # Says what is missing, should it be the C compiler or a library.
    chosen.run(["sh", "-c", "cargo --version && rustc --version && cc --version"], Path("/"))
    return chosen


def copied(sysroot: Path, to: Path) -> Path:
    """A copy of a toolchain that everybody can read, without its documentation."""
    if not to.exists():
        part = to.with_name(to.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(sysroot, part, symlinks=True, ignore=shutil.ignore_patterns("share"))
        run(["chmod", "-R", "a+rX", part], part, dict(os.environ))
        part.rename(to)
    return to


def of_corpus(project: Project, work: Path, python: Path, wheels: Path) -> Source:
    def put(directory: Path) -> Path:
        tree = unpacked(sdist(project, work, python), directory)
        with_our_build_system(tree)
        with_requirements(project, wheels, python, work)
        return tree

    kinds = ("wheel",) if project.lacks else ("wheel", "sdist")
    return Source(project.name, f"{project.name} {project.version}", kinds, put)


def of_example(name: str) -> Source:
    def put(directory: Path) -> Path:
        ignored = shutil.ignore_patterns("target", "dist", "__pycache__", ".*")
        shutil.copytree(ROOT / "examples" / name, emptied(directory) / name, ignore=ignored)
        return directory / name

    return Source(name, f"examples/{name}", ("wheel", "sdist"), put)


@dataclass(frozen=True)
class Built:
    archives: dict[str, Path]
    seconds: float


def built(source: Source, builder: Builder, python: Path, wheels: Path, out: Path) -> Built:
    """Build the archives in a tree of the builder's, which is removed again."""
    directory = builder.place / source.name
    tree = source.put(directory)
    emptied(out)
    for path in (directory, out):
        builder.take(path)
    flags = [f"--{kind}" for kind in source.kinds]
    offline = {"WAINWRIGHT_NO_CACHE": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    begun = time.monotonic()
    builder.run([python, "-m", "build", *flags, "--outdir", out, tree], tree, **offline)
    seconds = time.monotonic() - begun
    shutil.rmtree(directory)
    patterns = {"wheel": "*.whl", "sdist": "*.tar.gz"}
    return Built({kind: only(out, patterns[kind]) for kind in source.kinds}, seconds)


def compared(
    kind: str, archives: tuple[Path, Path], builders: tuple[Builder, Builder]
) -> list[str]:
    """What differs between two archives, a line for each difference."""
    first, second = archives
    if first.name != second.name:
        return [f"{kind}: one is called {first.name}, the other {second.name}"]
    if first.read_bytes() == second.read_bytes():
        return []
    a, b = contents(first), contents(second)
    lines = [f"{kind}: only the first has {name}" for name in sorted(a.keys() - b.keys())]
    lines += [f"{kind}: only the second has {name}" for name in sorted(b.keys() - a.keys())]
    lines += [
        f"{kind}: {name} differs{traces((a[name], b[name]), builders)}"
        for name in sorted(a.keys() & b.keys())
        if a[name] != b[name]
    ]
    lines += [
        f"{kind}: {name} is described as {one}, and as {other}"
        for (name, one), (_, other) in zip(described(first), described(second))
        if one != other and a.get(name) == b.get(name)
    ]
    return lines or [f"{kind}: only the order or the packing of the members differs"]


def traces(versions: tuple[bytes, bytes], builders: tuple[Builder, Builder]) -> str:
    """Where two versions of a file begin to differ, and which builder's places they name."""
    a, b = versions
    start = next((at for at, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    said = f" from byte {start} of {len(a)} and {len(b)}"
    for number, data, builder in zip(("first", "second"), versions, builders):
        found = [place for place in builder.own if place.encode() in data]
        said += "".join(f"; the {number} names {place}" for place in found)
    return said


def described(archive: Path) -> list[tuple[str, str]]:
    """The members in their order, and what the archive says of each besides its bytes."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return [
                (info.filename, f"{info.external_attr >> 16:o} {info.date_time} {info.extra!r}")
                for info in wheel.infolist()
            ]
    with tarfile.open(archive) as opened:
        return [
            (
                member.name,
                f"{member.mode:o} {member.mtime} {member.uid}:{member.gid} "
                f"{member.uname}:{member.gname}",
            )
            for member in opened.getmembers()
        ]


@dataclass(frozen=True)
class Row:
    """What came of a project."""

    title: str
    cells: str
    faults: list[str]
    known: list[str]


def unexpected(name: str, lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines that nobody explained, and what was explained; an explanation must be needed."""
    reasons = DIFFERS.get(name, {})
    faults = [line for line in lines if not any(fnmatch.fnmatchcase(line, p) for p in reasons)]
    known = []
    for pattern, reason in reasons.items():
        found = fnmatch.filter(lines, pattern)
        known += [f"{line}: {reason}" for line in found]
        if not found:
            faults.append(f"{pattern}: no longer differs")
    return faults, known


def row(
    source: Source, builders: tuple[Builder, Builder], python: Path, wheels: Path, work: Path
) -> Row:
    """Build a project twice; what became of it."""
    try:
        first, second = (
            built(source, builder, python, wheels, work / "out" / source.name / number)
            for number, builder in zip(("first", "second"), builders)
        )
    except FaultError as fault:
        return Row(source.title, "FAILED", [str(fault)], [])
    lines, cells = [], []
    for kind in ("wheel", "sdist"):
        if kind not in source.kinds:
            cells.append("none")
            continue
        found = compared(kind, (first.archives[kind], second.archives[kind]), builders)
        cells.append("DIFFERS" if found else "same")
        lines += found
    times = f"{first.seconds:6.0f} s {second.seconds:6.0f} s"
    faults, known = unexpected(source.name, lines)
    return Row(source.title, f"{cells[0]:<8} {cells[1]:<8} {times}", faults, known)


def prepared(
    arguments: argparse.Namespace, work: Path
) -> tuple[list[Source], tuple[Builder, Builder], Path, Path]:
    """What is needed before anything is built; a FaultError says what of it is missing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise FaultError("only root on Linux can build as two users; try it with `sudo`")
    if not shutil.which("setpriv"):
        raise FaultError("there is no `setpriv`, which util-linux has, to become another user")
    second = stranger(work, arguments.uid)
    if not runs(second, ["ls", work]):
        raise FaultError(f"the second user cannot reach {work}: name another place by --work")
    second = with_toolchain(second, work)
    python = tools(work, python_for(second, arguments.python))
    wheels = arguments.wheels.resolve() if arguments.wheels else own_wheel(work, python)
    second.run(["ls", wheels], work)
    second.run([python, "-m", "build", "--version"], work)
    sources = [of_corpus(project, work, python, wheels) for project in PROJECTS]
    sources += [of_example(name) for name in EXAMPLES]
    wanted = arguments.names or NAMES
    chosen = [source for source in sources if source.name in wanted]
    return chosen, (caller(work), second), python, wheels


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects to build [default: all]")
    parser.add_argument(
        "--wheels", type=Path, help="a directory with wainwright's wheel [default: build it]"
    )
    parser.add_argument(
        "--work", type=Path, default=ROOT / "target" / "twice", help="where everything goes"
    )
    parser.add_argument("--python", help="the Python to build with and for")
    parser.add_argument("--uid", type=int, default=12345, help="the second user [default: 12345]")
    parser.add_argument(
        "--together", type=int, default=1, help="projects to build at the same time [default: 1]"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"{', '.join(unknown)} not among {', '.join(NAMES)}")
    # Both users shall read what is prepared here.
    os.umask(0o022)
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    try:
        sources, builders, python, wheels = prepared(arguments, work)
    except FaultError as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 2
    print(f"{'project':<24} {'wheel':<8} {'sdist':<8} {'first':>8} {'second':>8}", flush=True)
    take = partial(row, builders=builders, python=python, wheels=wheels, work=work)
    good = 0
    with ThreadPoolExecutor(arguments.together) as pool:
        for made in pool.map(take, sources):
            good += not made.faults
            lines = [f"{made.title:<24} {made.cells}", *made.faults]
            lines += [f"known: {line}" for line in made.known]
            print("\n  ".join(lines), flush=True)
    print(f"{good} of {len(sources)} projects give the same bytes to both")
    return 0 if good == len(sources) else 1


if __name__ == "__main__":
    sys.exit(main())

"""The rows: what runs in turn, and how far wainwright is to stay below maturin."""

from __future__ import annotations

import fnmatch
import os
import shutil
import sys
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Dict, List

import run as corpus

from benches import hooked, measuring
from benches.measuring import Measured, Sample, Side
from benches.projects import (
    BACKENDS,
    PUBLISHED,
    VERSIONS,
    Workshop,
    environment_of,
    python_of,
    tree,
    wheel_of,
)

OURS = "wainwright"
PLAIN = "maturin"
BASE = "maturin, use-base-python"
KEPT = "maturin, use-base-python and CARGO_TARGET_DIR"
FLOOR = "Python reads pyproject.toml"

# The figure of a sample that most goals are about.
CPU = "share"

# A tenth where maturin compiles again; where it does not, no more than it.
TENTH, THIRD, FIFTH, HALF, SAME = 1 / 10, 1 / 3, 1 / 5, 1 / 2, 1.0

CHEAP, DEAR = 9, 3

Sides = Dict[str, Side]


@dataclass(frozen=True)
class Verdict:
    """How one goal of a row was met."""

    # Which of the figures of a sample, and against which side.
    what: str
    against: str
    ratio: float
    limit: float
    # None: it could not be judged.
    holds: bool | None
    remark: str = ""


Goal = Callable[[Measured], List[Verdict]]


@dataclass(frozen=True)
class Row:
    """Sides that run in turn, and the goals."""

    name: str
    title: str
    sides: Callable[[Workshop], Sides]
    goals: tuple[Goal, ...]
    # What compiles much runs a few times only, and what is only weighed, once.
    runs: int = CHEAP
    # Needs to be asked for by name.
    only_named: bool = False
    # Left out of the quick run.
    slow: bool = False


# Goals


def at_most(limit: float, what: str, against: str = PLAIN) -> Goal:
    """The median is at most so many times that of the other side."""

    def judge(measured: Measured) -> list[Verdict]:
        if against not in measured.samples:
            return []
        ratio = divided(measured, what, against)
        return [Verdict(what, against, ratio, limit, ratio <= limit)]

    return judge


def divided(measured: Measured, what: str, against: str = PLAIN) -> float:
    ours, theirs = measured.median(OURS, what), measured.median(against, what)
    return ours / theirs if theirs else float(ours != theirs)


def not_slower(measured: Measured) -> list[Verdict]:
    """The median is at most the other's, or the spreads overlap."""
    ratio = divided(measured, CPU)
    overlap = min(measured.of(OURS, CPU)) <= max(measured.of(PLAIN, CPU))
    remark = "the spreads overlap" if ratio > SAME and overlap else ""
    return [Verdict(CPU, PLAIN, ratio, SAME, ratio <= SAME or overlap, remark)]


def faster_on_free_cores(measured: Measured) -> list[Verdict]:
    """By the clock; where other work kept the cores busy, the clock tells nothing."""
    ratio = divided(measured, "wall")
    others = measured.others()
    busy = others is None or others > (os.cpu_count() or 1) / 10
    remark = f"other work kept {others or 0:.1f} cores busy" if busy else ""
    return [Verdict("wall", PLAIN, ratio, 0.6, None if busy else ratio <= 0.6, remark)]


def nothing_twice(measured: Measured) -> list[Verdict]:
    """No crate is compiled, and the share of CPU is far below that of whoever compiles."""
    crates = max(measured.of(OURS, "crates"))
    verdicts = [Verdict("crates", PLAIN, crates, 0, crates == 0)]
    for side in (PLAIN, BASE, KEPT):
        if side in measured.samples:
            limit = TENTH if measured.median(side, "crates") else SAME
            ratio = divided(measured, CPU, side)
            verdicts.append(Verdict(CPU, side, ratio, limit, ratio <= limit))
    return verdicts


# Sides


def settings_of(shop: Workshop, project: str) -> dict[str, tuple[str, dict[str, str]]]:
    """The backend and the variables of each side of a build by a frontend."""
    base = {"MATURIN_PEP517_USE_BASE_PYTHON": "1"}
    kept = {**base, "CARGO_TARGET_DIR": str(shop.work / "kept-target" / project)}
    return {
        OURS: ("wainwright", {}),
        PLAIN: ("maturin", {}),
        BASE: ("maturin", base),
        KEPT: ("maturin", kept),
    }


def purpose_of(side: str) -> str:
    return {BASE: "base", KEPT: "kept"}.get(side, "plain")


def uv_build(*words: str) -> Callable[[Workshop, Path, Path], list[object]]:
    def command(shop: Workshop, place: Path, out: Path) -> list[object]:
        uv = [shop.tools.with_name("uv"), "build", *words, "--no-index", "--find-links", shop.links]
        return [*uv, "--python", shop.tools, "--out-dir", out, place]

    return command


def pip_wheel(shop: Workshop, place: Path, out: Path) -> list[object]:
    return [shop.tools, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", out, place]


def python_build(shop: Workshop, place: Path, out: Path) -> list[object]:
    return [shop.tools, "-m", "build", "--outdir", out, place]


FRONTENDS = {
    "uv-wheel": ("`uv build --wheel`", uv_build("--wheel")),
    "pip-wheel": ("`pip wheel .`", pip_wheel),
    "build": ("`python -m build`", python_build),
    "uv-build": ("`uv build`", uv_build()),
}


def run(
    shop: Workshop, command: list[object], place: Path, variables: dict[str, str]
) -> measuring.Sample:
    words = [word if isinstance(word, Path) else str(word) for word in command]
    return measuring.run(words, place, variables, shop.ledger())


def again_by(frontend: str, project: str) -> Callable[[Workshop], Sides]:
    """Builds of an unchanged project by a frontend."""
    command = FRONTENDS[frontend][1]

    def sides(shop: Workshop) -> Sides:
        return {
            side: taken_by_frontend(shop, side, backend, variables)
            for side, (backend, variables) in settings_of(shop, project).items()
        }

    def taken_by_frontend(
        shop: Workshop, side: str, backend: str, variables: dict[str, str]
    ) -> Side:
        place = tree(shop, project, backend, purpose_of(side))

        def take(_: int) -> Sample:
            words = command(shop, place, shop.out())
            return run(shop, words, place, shop.variables(backend, **variables))

        # In a copy that is thrown away, without a directory that stays, there is no last build.
        never_warm = frontend in ("build", "uv-build") and side in (PLAIN, BASE)
        return Side(take, None if never_warm else lambda: take(-1))

    return sides


def hook(
    shop: Workshop, backend: str, name: str, place: Path, *arguments: object, **more: str
) -> measuring.Sample:
    """Call a hook with the Python of an environment that has the backend; `more` variables."""
    answer = str(shop.work / "answer.json")
    python = str(shop.python_with(backend))
    command = hooked.command_of_hook(python, backend, name, arguments, answer)
    return run(shop, list(command), place, shop.variables(backend, **more))


def by_hook(
    project: str,
    name: str,
    first: bool = False,
    purpose: str = "plain",
    others: dict[str, dict[str, str]] | None = None,
) -> Callable[[Workshop], Sides]:
    """Calls of a hook; `first`: after all that was compiled is removed.

    `others`: variables under which wainwright is called, too, by the names of those sides.
    """

    def sides(shop: Workshop) -> Sides:
        more = {side: called(shop, OURS, **set_to) for side, set_to in (others or {}).items()}
        return {**{backend: called(shop, backend) for backend in BACKENDS}, **more}

    def called(shop: Workshop, backend: str, **more: str) -> Side:
        place = tree(shop, project, backend, purpose)

        def take(_: int) -> Sample:
            if first:
                shutil.rmtree(place / "target", ignore_errors=True)
            out = shop.out()
            sample = hook(shop, backend, name, place, str(out), **more)
            return replace(
                sample, size=sum(path.stat().st_size for path in out.glob("*") if path.is_file())
            )

        return Side(take, None if first else lambda: take(-1))

    return sides


def metadata_of(project: str) -> Callable[[Workshop], Sides]:
    hooks = by_hook(project, "prepare_metadata_for_build_wheel")

    def sides(shop: Workshop) -> Sides:
        place = tree(shop, project, "wainwright", "plain")
        code = "import tomllib; tomllib.load(open('pyproject.toml', 'rb'))"
        command: list[object] = [shop.python_with("wainwright"), "-c", code]

        def floor(_: int) -> Sample:
            return run(shop, command, place, shop.variables("wainwright"))

        more = {FLOOR: Side(floor, lambda: floor(-1))} if sys.version_info >= (3, 11) else {}
        return {**hooks(shop), **more}

    return sides


def program(shop: Workshop, backend: str) -> Path:
    return shop.python_with(backend).with_name(backend)


def develop(project: str, after_check: bool) -> Callable[[Workshop], Sides]:
    """`develop` after `cargo check`, or into another Python's environment each time."""

    def sides(shop: Workshop) -> Sides:
        return {backend: developed(shop, backend) for backend in BACKENDS}

    def developed(shop: Workshop, backend: str) -> Side:
        place = tree(shop, project, backend, "develop")

        def take(number: int) -> Sample:
            version = "3.11" if after_check or number % 2 else "3.12"
            environment = environment_of(shop, version, f"{project}-{backend}")
            path = f"{environment / 'bin'}{os.pathsep}{shop.variables(backend)['PATH']}"
            variables = shop.variables(backend, VIRTUAL_ENV=str(environment), PATH=path)
            if after_check:
                corpus.run(["cargo", "check", "--quiet"], place, variables)
            return run(shop, [program(shop, backend), "develop"], place, variables)

        def warm() -> None:
            for number in (-1,) if after_check else (-2, -1):
                take(number)

        return Side(take, warm)

    return sides


def five(shop: Workshop) -> Sides:
    """Wheels for all Pythons in one command."""
    pythons = [python for python in map(python_of, VERSIONS) if python is not None]
    choice: list[object] = [word for python in pythons for word in ("--interpreter", python)]

    def built(backend: str, words: list[object]) -> Side:
        place = tree(shop, "tiny", backend, "five")

        def take(_: int) -> Sample:
            command = [program(shop, backend), "build", *words, *choice, "--out", shop.out()]
            return run(shop, command, place, shop.variables(backend))

        return Side(take, lambda: take(-1))

    return {OURS: built("wainwright", []), PLAIN: built("maturin", ["--release"])}


def archive(project: str) -> Callable[[Workshop], Sides]:
    # Tells what the threads cost.
    alone = {"wainwright, one thread": {"CARGO_BUILD_JOBS": "1"}}
    return by_hook(project, "build_wheel", others=alone)


# What is only weighed


def weighed(shop: Workshop) -> Sides:
    def side(backend: str) -> Side:
        def take(_: int) -> Sample:
            return Sample(0.0, 0.0, 0, 0.0, 0, wheel_of(shop, backend).stat().st_size)

        return Side(take)

    return {backend: side(backend) for backend in BACKENDS}


def weighed_unpacked(shop: Workshop) -> Sides:
    def side(backend: str) -> Side:
        def take(_: int) -> Sample:
            import zipfile

            with zipfile.ZipFile(wheel_of(shop, backend)) as wheel:
                size = sum(info.file_size for info in wheel.infolist())
            return Sample(0.0, 0.0, 0, 0.0, 0, size)

        return Side(take)

    return {backend: side(backend) for backend in BACKENDS}


def from_source(shop: Workshop) -> Sides:
    """Both backends compiled from their sdists."""
    return {backend: compiled_from_source(shop, backend) for backend in BACKENDS}


def compiled_from_source(shop: Workshop, backend: str) -> Side:
    place = shop.own / f"source-{backend}"

    def warm() -> None:
        if place.exists():
            return
        sdists = corpus.emptied(shop.own / "sdists" / backend)
        if backend == "wainwright":
            words: list[str | Path] = [program(shop, backend), "sdist", "--out", sdists]
            corpus.run(words, corpus.ROOT, shop.variables(backend))
        else:
            fetch: list[str | Path] = [shop.tools, "-c", corpus.FETCH, backend]
            version = wheel_of(shop, backend).name.split("-")[1]
            path = sdists / f"{backend}-{version}.tar.gz"
            corpus.run([*fetch, version, path], shop.work, dict(os.environ))
        with tarfile.open(corpus.only(sdists, "*.tar.gz")) as opened:
            opened.extractall(sdists, filter="data")
        corpus.run(["cargo", "fetch", "--locked"], directory_in(sdists), dict(os.environ))
        directory_in(sdists).rename(place)

    def take(_: int) -> Sample:
        target = shop.work / "source-target"
        shutil.rmtree(target, ignore_errors=True)
        variables = shop.variables(backend, CARGO_TARGET_DIR=str(target))
        return run(shop, ["cargo", "build", "--release", "--locked"], place, variables)

    return Side(take, warm)


def directory_in(place: Path) -> Path:
    (directory,) = [path for path in place.iterdir() if path.is_dir()]
    return directory


# The table of rows

PROJECTS = {
    "tiny": "tiny, for one Python",
    "tiny-abi3": "tiny, abi3",
    "jiter": f"jiter {PUBLISHED['jiter'].version}",
    "pydantic-core": f"pydantic-core {PUBLISHED['pydantic-core'].version}",
}


def all_rows() -> list[Row]:
    return [*repeats(), *firsts(), *hooks(), *archives(), *own()]


def repeats() -> list[Row]:
    rows = []
    for project, title in PROJECTS.items():
        slow = project == "pydantic-core"
        for frontend, (command, _) in FRONTENDS.items():
            rows.append(
                Row(
                    f"again/{project}/{frontend}",
                    f"{title}: {command}",
                    again_by(frontend, project),
                    (nothing_twice,),
                    runs=DEAR,
                    slow=slow,
                )
            )
        for name, said, after_check in (
            ("develop-after-check", "`develop` after `cargo check`", True),
            ("develop-switching", "`develop`, 3.11 and 3.12 in turn", False),
        ):
            rows.append(
                Row(
                    f"again/{project}/{name}",
                    f"{title}: {said}",
                    develop(project, after_check),
                    (nothing_twice,),
                    runs=DEAR,
                    slow=slow,
                )
            )
    title = f"{PROJECTS['tiny']}: `build` for {VERSIONS[0]} to {VERSIONS[-1]}"
    rows.append(Row("again/tiny/five", title, five, (nothing_twice,), runs=DEAR))
    return rows


def firsts() -> list[Row]:
    return [
        Row(
            f"first/{project}",
            f"{title}: first build",
            by_hook(project, "build_wheel", first=True, purpose="first"),
            (not_slower,),
            runs=DEAR,
            slow=project == "pydantic-core",
        )
        for project, title in PROJECTS.items()
    ]


def hooks() -> list[Row]:
    rows = []
    for project, title in PROJECTS.items():
        slow = project == "pydantic-core"
        third = at_most(THIRD, CPU)
        rows.append(
            Row(
                f"hook/metadata/{project}",
                f"{title}: `prepare_metadata_for_build_wheel`",
                metadata_of(project),
                (third, at_most(1.5, CPU, FLOOR)),
                slow=slow,
            )
        )
        rows.append(
            Row(
                f"hook/wheel/{project}",
                f"{title}: `build_wheel`, nothing changed",
                by_hook(project, "build_wheel"),
                (at_most(HALF, CPU),),
                slow=slow,
            )
        )
    rows.append(
        Row(
            "hook/sdist/crates",
            "workspace of 50 crates: `build_sdist`",
            by_hook("crates", "build_sdist"),
            (at_most(FIFTH, CPU),),
        )
    )
    return rows


def archives() -> list[Row]:
    goals = (
        at_most(1.001, "size"),
        at_most(SAME, CPU),
        faster_on_free_cores,
        at_most(SAME, "rss"),
    )
    titles = {
        "library": "wheel of one library of 150 MB",
        "libraries": "wheel of 150 MB of libraries",
        "sources": "wheel of 5,000 Python files",
    }
    return [
        Row(f"archive/{project}", title, archive(project), goals)
        for project, title in titles.items()
    ]


def own() -> list[Row]:
    goal = (at_most(THIRD, "size"),)
    return [
        Row("own/download", "the backend's own wheel, to download", weighed, goal, runs=1),
        Row("own/unpacked", "the backend's own wheel, unpacked", weighed_unpacked, goal, runs=1),
        Row(
            "own/source",
            "the backend itself, compiled from its sdist",
            from_source,
            (at_most(THIRD, CPU),),
            runs=DEAR,
            only_named=True,
        ),
    ]


def chosen(patterns: list[str], quick: bool) -> list[Row]:
    rows = [row for row in all_rows() if not (quick and row.slow)]
    if not patterns:
        return [row for row in rows if not row.only_named]
    return [
        row
        for row in rows
        if any(fnmatch.fnmatchcase(row.name, pattern) for pattern in patterns)
        and (not row.only_named or row.name in patterns)
    ]

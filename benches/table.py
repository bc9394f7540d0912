"""Writes what was measured as Markdown: the goals and whether they hold, then all figures."""

from __future__ import annotations

import fnmatch
import os
import platform
import subprocess
from typing import List, Tuple

from benches.measuring import Measured
from benches.projects import VERSIONS, Workshop, python_of, wheel_of
from benches.rows import BASE, CPU, KEPT, OURS, PLAIN, Row, Verdict

# Why a goal is missed, by patterns of the row and of the figure; by whoever looked into it.
REASONS: dict[tuple[str, str], str] = {
    ("archive/*", CPU): (
        "by samples nearly all is deflating and digesting, as in maturin; the same work took up to "
        "half as much again from run to run, on either side"
    ),
    ("again/*/develop*", CPU): (
        "half is wainwright's own process, a fifth the Python that records where the sources are"
    ),
    ("again/tiny*/uv-build", CPU): (
        "with both, maturin compiles one crate, the project's own, of a single function"
    ),
    ("hook/metadata/*", CPU): ("two thirds are Python's, for its start and the shim's imports"),
}

Results = List[Tuple[Row, Measured]]

SECTIONS = (
    (
        "first/*",
        "First builds",
        "The hook `build_wheel` after all that was compiled is removed.",
    ),
    (
        "hook/*",
        "Hooks",
        "A Python process that calls one hook, in an environment that holds the backend.",
    ),
    (
        "archive/*",
        "Archives",
        "The hook `build_wheel` where nothing is to be compiled, and much to be packed.",
    ),
    (
        "own/*",
        "The backend itself",
        "Its own wheel, in bytes, and what it costs to compile it from its sdist.",
    ),
)

TITLES = {CPU: "CPU", "wall": "wall", "rss": "peak memory", "size": "size", "crates": "crates"}


def page(results: Results, missing: list[Row], shop: Workshop) -> str:
    again = [one for one in results if one[0].name.startswith("again/")]
    parts = [introduction(results, shop)]
    if again:
        parts.append(again_section(again))
    for pattern, title, text in SECTIONS:
        chosen = [one for one in results if fnmatch.fnmatchcase(one[0].name, pattern)]
        if chosen:
            parts.append(section(title, text, chosen))
    parts.append(figures(results))
    if missing:
        names = ", ".join(f"`{row.name}`" for row in missing)
        parts.append(f"## Not measured\n\n{names}\n")
    return "\n".join(parts)


def introduction(results: Results, shop: Workshop) -> str:
    maturin = wheel_of(shop, "maturin").name.split("-")[1]
    loads = [load for _, measured in results for load in measured.load]
    busy = f"{min(loads):.1f} to {max(loads):.1f}" if loads else "unknown"
    versions = [version_of(str(python)) for python in map(python_of, VERSIONS) if python]
    rust = said("rustc", "+stable", "--version") or said("rustc", "--version")
    held = [verdict.holds for row, measured in results for verdict in judged(row, measured)]
    return f"""# Performance

wainwright against maturin {maturin}, side by side. `python3 benches/run.py --work DIR` measures it
anew and writes this page. The two run in turn, in trees of their own, with the same tools and
without a network.

CPU is the user and system time of a process and all its children. In builds by frontends it is the
backend's share, which is that of the processes of its hooks; for `develop`, that of the command
less pip's. It depends on what else the machine does, though less than wall time. Figures are
medians; the ratio is wainwright's to maturin's.

{held.count(True)} goals hold, {held.count(False)} do not, {held.count(None)} could not be judged.

| the machine | |
|---|---|
| cores | {os.cpu_count()}, {platform.machine()}, {platform.system()} |
| load average | {busy} while measuring; where it exceeds the cores, wall times tell little |
| Rust | {rust} |
| Pythons | {", ".join(versions)}; frontends run with {platform.python_version()} |
| frontends | {", ".join(tools_of(shop))} |
"""


def tools_of(shop: Workshop) -> list[str]:
    names = ("pip", "build", "uv")
    code = "import importlib.metadata as m, sys; print(*map(m.version, sys.argv[1:]))"
    versions = said(str(shop.tools), "-c", code, *names).split()
    return [f"{name} {version}" for name, version in zip(names, versions)]


def said(*command: str) -> str:
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", check=False
    )
    return ended.stdout.strip() if ended.returncode == 0 else ""


def version_of(python: str) -> str:
    return said(python, "-c", "import platform; print(platform.python_version())")


def judged(row: Row, measured: Measured) -> list[Verdict]:
    return [verdict for goal in row.goals for verdict in goal(measured)]


def reason(row: Row, verdicts: list[Verdict]) -> str:
    """Remarks, and for goals that are missed the sentence that somebody wrote."""
    words = [verdict.remark for verdict in verdicts if verdict.remark]
    for verdict in verdicts:
        if verdict.holds is False:
            words += [
                sentence
                for (name, what), sentence in REASONS.items()
                if fnmatch.fnmatchcase(row.name, name) and fnmatch.fnmatchcase(verdict.what, what)
            ]
    return "; ".join(dict.fromkeys(words))


def holds(verdicts: list[Verdict]) -> str:
    if any(verdict.holds is False for verdict in verdicts):
        return "**no**"
    return "yes" if all(verdict.holds for verdict in verdicts) else "not judged"


def table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def again_section(results: Results) -> str:
    lines = []
    for row, measured in results:
        verdicts = judged(row, measured)
        against = {verdict.against: verdict for verdict in verdicts if verdict.what == CPU}
        cells = [row.title, compiled(measured, OURS)]
        for side in (PLAIN, BASE, KEPT):
            if side in measured.samples:
                verdict = against[side]
                ratio = f"{number(verdict.ratio)} (≤ {verdict.limit:g})"
                cells += [compiled(measured, side), ratio if verdict.holds else f"**{ratio}**"]
            else:
                cells += ["", ""]
        lines.append([*cells, holds(verdicts), reason(row, verdicts)])
    head = ["project: command", "wainwright", "maturin", "ratio", "with its remedy", "ratio"]
    head += ["with both", "ratio", "holds", "why not"]
    return f"""## Building again

Nothing was edited since the last build by the same command. The figures are the crates that cargo
compiled, and CPU. Goals: wainwright compiles nothing; its CPU is at most a tenth of maturin's where
maturin compiles, and no more than maturin's where it does not.

Maturin is measured as it is; with its remedy, which is `use-base-python = true`; and with both that
and a `CARGO_TARGET_DIR` that stays. Neither changes anything for maturin's own commands.

{table(head, lines)}"""


def compiled(measured: Measured, side: str) -> str:
    crates = measured.median(side, "crates")
    return f"{crates:g} crates, {shown(CPU, measured.median(side, CPU))}"


def section(title: str, text: str, results: Results) -> str:
    lines = []
    for row, measured in results:
        for verdict in judged(row, measured):
            what = TITLES[verdict.what]
            against = verdict.against
            lines.append(
                [
                    row.title,
                    what if against == PLAIN else f"{what}, against: {against}",
                    shown(verdict.what, measured.median(OURS, verdict.what)),
                    shown(verdict.what, measured.median(against, verdict.what)),
                    number(verdict.ratio),
                    f"≤ {number(verdict.limit)}",
                    holds([verdict]),
                    reason(row, [verdict]),
                ]
            )
    head = ["what", "measure", "wainwright", "maturin", "ratio", "goal", "holds", "why not"]
    return f"## {title}\n\n{text}\n\n{table(head, lines)}"


def figures(results: Results) -> str:
    lines = []
    for row, measured in results:
        if row.name in ("own/download", "own/unpacked"):
            continue
        for side in measured.samples:
            lines.append(
                [
                    f"`{row.name}`",
                    side,
                    str(len(measured.samples[side])),
                    *(spread(measured, side, what) for what in (CPU, "cpu", "wall", "rss")),
                    spread(measured, side, "crates"),
                ]
            )
    head = ["row", "side", "runs", "CPU", "CPU of the whole command", "wall", "peak memory"]
    return f"""## All figures

Median (least to most). `--rows NAME` measures one row again.

{table([*head, "crates"], lines)}"""


def spread(measured: Measured, side: str, what: str) -> str:
    values = measured.of(side, what)
    middle = shown(what, measured.median(side, what))
    if max(values) == min(values):
        return middle
    return f"{middle} ({shown(what, min(values))} to {shown(what, max(values))})"


def shown(what: str, value: float) -> str:
    if what == "rss":
        return f"{value / 2**20:.1f} MiB"
    if what == "size":
        return f"{value:,.0f}"
    if what == "crates":
        return f"{value:g}"
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def number(value: float) -> str:
    """Three digits that count; more next to 1, where they tell whether a goal holds."""
    return f"{value:.4f}" if 0.99 < value < 1.01 and value != 1 else f"{value:.3g}"

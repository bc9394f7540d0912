"""Runs commands in turn, and keeps what each of them cost."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Callable

HOOKED = Path(__file__).with_name("hooked.py")

COMPILING = re.compile(rb"^\s*Compiling \S+ v\S+", re.MULTILINE)


class FailedError(Exception):
    """A command that is measured failed; the text is what it said."""


@dataclass(frozen=True)
class Sample:
    """What one run cost."""

    # Of the command as a whole.
    wall: float
    cpu: float
    rss: int
    # User and system time of the backend: its hooks, or the command less its installer.
    share: float
    # How many crates cargo compiled.
    crates: int
    # What was made, where that matters.
    size: int = 0
    # How many cores other work kept busy meanwhile, where that can be told.
    others: float | None = None


@dataclass(frozen=True)
class Side:
    """One of those that run in turn; both functions get the number of the round, from 0."""

    take: Callable[[int], Sample]
    # What is not measured and must be done before the first round.
    warm: Callable[[], object] | None = None


@dataclass
class Measured:
    """All samples of a row by side, and how busy the machine was."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    def of(self, side: str, what: str) -> list[float]:
        return [float(getattr(sample, what)) for sample in self.samples[side]]

    def median(self, side: str, what: str) -> float:
        return statistics.median(self.of(side, what))

    def others(self) -> float | None:
        """How many cores other work kept busy, on average over all runs."""
        every = [sample.others for samples in self.samples.values() for sample in samples]
        told = [others for others in every if others is not None]
        return statistics.mean(told) if told else None


def run(
    command: list[str | Path], directory: Path, variables: dict[str, str], ledger: Path
) -> Sample:
    """Run a command with a ledger of its own for it and the hooks below it."""
    words = [str(word) for word in command]
    log = Path(f"{ledger}.log")
    for path in (ledger, log):
        if path.exists():
            path.unlink()
    ledger.parent.mkdir(parents=True, exist_ok=True)
    before = busy_seconds()
    subprocess.run(
        [sys.executable, "-I", "-S", str(HOOKED), "command", *words],
        cwd=directory,
        env={**variables, "HOOKED_LEDGER": str(ledger)},
        check=False,
    )
    after = busy_seconds()
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    said = log.read_bytes()
    if any(entry["code"] != 0 for entry in entries):
        text = said.decode(errors="replace")[-4000:]
        raise FailedError(f"{' '.join(words)}\nin {directory} failed:\n{text}")
    whole = entries.pop()
    installers = [entry["cpu"] for entry in entries if entry["name"] == "installer"]
    hooks = [entry["cpu"] for entry in entries if entry["name"] != "installer"]
    return Sample(
        wall=whole["wall"],
        cpu=whole["cpu"],
        rss=whole["rss"],
        share=sum(hooks) if hooks else whole["cpu"] - sum(installers),
        crates=len(COMPILING.findall(said)),
        others=others(before, after, whole["cpu"], whole["wall"]),
    )


def busy_seconds() -> float | None:
    """What all cores have spent on anything so far (proc_stat(5))."""
    try:
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    except OSError:
        return None
    user, nice, system, _idle, _waiting, *rest = map(int, words[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def others(before: float | None, after: float | None, own: float, wall: float) -> float | None:
    if before is None or after is None:
        return None
    return max(0.0, after - before - own) / wall


def in_turn(sides: dict[str, Side], rounds: int, say: Callable[[str], None]) -> Measured:
    """A, B, A, B ..., so that whatever else the machine does meets all alike."""
    measured = Measured({name: [] for name in sides})
    for name, side in sides.items():
        if side.warm is not None:
            say(f"{name}: warming up")
            side.warm()
    for number in range(rounds):
        measured.load.append(os.getloadavg()[0])
        for name, side in sides.items():
            sample = side.take(number)
            measured.samples[name].append(sample)
            say(
                f"{name}: {sample.share:.3f} s CPU of {sample.cpu:.3f}, {sample.wall:.3f} s wall, "
                f"{sample.crates} crates"
            )
    return measured


def keep(measured: Measured, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(measured), indent=1), encoding="utf-8")


def kept(path: Path) -> Measured | None:
    if not path.exists():
        return None
    read = json.loads(path.read_text(encoding="utf-8"))
    samples = {
        side: [Sample(**sample) for sample in taken] for side, taken in read["samples"].items()
    }
    return Measured(samples, read["load"])

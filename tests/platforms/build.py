"""Builds one project for many platforms by one command: ``python3 tests/platforms/build.py``.

Makes a project of one PyO3 module for the stable ABI, lets ``wainwright build --platform LIST``
build it, and judges what came out: the set of names, ``wainwright check`` on each wheel, and that
each crate of the host was compiled once for the whole set. Wheels that can run here are imported by
the Pythons that are named. Prints a table and ends with 1 if anything is wrong.

``--toolchain DIR`` is a Rust toolchain with the source of the standard library, which cargo then
compiles for each target (``-Z build-std``); without it the targets must be installed. zig must be
on PATH, or a package of the Python that is active or first on PATH.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

PLATFORMS = [
    "manylinux2014_x86_64",
    "manylinux2014_aarch64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "macosx_11_0_arm64",
    "macosx_10_12_x86_64",
    "macosx_10_12_universal2",
]

FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["wainwright"]
build-backend = "wainwright"

[project]
name = "everywhere"
version = "1.0"
requires-python = ">=3.9"
""",
    "Cargo.toml": """\
[package]
name = "everywhere"
version = "1.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = { version = "0.30", features = ["abi3-py39"] }

[workspace]
""",
    "src/lib.rs": """\
use pyo3::prelude::*;

#[pymodule]
mod everywhere {
    use pyo3::prelude::*;

    /// A panic is an exception only where unwinding works.
    #[pyfunction]
    fn answer(panics: bool) -> usize {
        assert!(!panics, "as asked");
        std::thread::spawn(|| "forty-two".len() + 33).join().unwrap()
    }
}
""",
}

TRIAL = """\
import everywhere
assert everywhere.answer(False) == 42
try:
    everywhere.answer(True)
except BaseException as error:
    assert "as asked" in str(error), error
else:
    raise SystemExit("no exception")
print("imported")
"""

# Crates that only build scripts and macros are made of.
OF_HOST = {"syn", "quote", "proc-macro2", "pyo3-macros", "pyo3-macros-backend", "pyo3-build-config"}


def main() -> None:
    """Builds, judges and tells."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wainwright", type=Path, required=True)
    parser.add_argument(
        "--work", type=Path, required=True, help="where the project and the wheels go"
    )
    parser.add_argument("--toolchain", type=Path)
    parser.add_argument("--platform", action="append", help="in place of the usual ones")
    parser.add_argument("--run", action="append", default=[], metavar="PLATFORM=PYTHON")
    arguments = parser.parse_args()
    platforms = arguments.platform or PLATFORMS
    project = arguments.work.absolute() / "everywhere"
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    started = time.monotonic()
    said = build(arguments.wainwright.absolute(), project, platforms, arguments.toolchain)
    seconds = time.monotonic() - started
    faults = judge_hosts(said)
    pythons = dict(word.split("=", 1) for word in arguments.run)
    for platform in platforms:
        wheel = wheel_of(project / "dist", platform)
        if wheel is None:
            faults.append(f"{platform}: no wheel")
            continue
        checked = subprocess.run(
            [arguments.wainwright, "check", wheel], capture_output=True, text=True, check=False
        )
        if checked.returncode:
            faults.append(f"{platform}: {checked.stderr}")
        python = pythons.get(platform)
        ran = imported(wheel, Path(python), arguments.work) if python else "-"
        if python and ran != "imported":
            faults.append(f"{platform}: {ran}")
        proven = "proven" if checked.returncode == 0 else "REFUSED"
        print(f"{wheel.name:<90} {wheel.stat().st_size:>9} {proven:<8} {ran}")
    print(f"{seconds:.0f} s for {len(platforms)} platforms")
    sys.exit("\n".join(faults) or 0)


def build(wainwright: Path, project: Path, platforms: list[str], toolchain: Path | None) -> str:
    """Runs the one command, and gives what it said."""
    environment = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
    words = ["build", "--platform", ",".join(platforms)]
    if toolchain is not None:
        home = toolchain.absolute() / "bin"
        environment |= {
            "PATH": f"{home}{os.pathsep}{environment['PATH']}",
            "RUSTC": str(home / "rustc"),
            "RUSTC_BOOTSTRAP": "1",
        }
        words += ["-Z", "build-std=std,panic_unwind"]
    ran = subprocess.run(
        [wainwright, *words],
        cwd=project,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(
        "\n".join(line for line in ran.stderr.splitlines() if re.match(r" *(Planned|Built) ", line))
    )
    if ran.returncode:
        sys.exit(ran.stderr)
    return ran.stderr


def judge_hosts(said: str) -> list[str]:
    """Each crate of the host is compiled once at most, by cargo's own lines."""
    compiled = Counter(re.findall(r"^ *Compiling (\S+) v", said, re.MULTILINE))
    return [
        f"{name} was compiled {compiled[name]} times"
        for name in sorted(OF_HOST)
        if compiled[name] > 1
    ]


def wheel_of(directory: Path, platform: str) -> Path | None:
    """The wheel whose name has the platform among its tags."""
    names = [
        path for path in directory.glob("*.whl") if platform in path.stem.split("-")[-1].split(".")
    ]
    # A universal2 wheel bears the tags of its halves too, behind its own.
    names.sort(key=lambda path: len(path.name))
    return names[0] if names else None


def imported(wheel: Path, python: Path, work: Path) -> str:
    """Imports what the wheel holds by a Python of its platform."""
    place = work.absolute() / "imported" / wheel.stem
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    ran = subprocess.run(
        [python, "-c", TRIAL], cwd=place, capture_output=True, text=True, check=False
    )
    return ran.stdout.strip() if ran.returncode == 0 else (ran.stdout + ran.stderr).strip()


if __name__ == "__main__":
    main()

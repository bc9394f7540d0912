"""Builds under attack: ``python3 tests/stress/attack.py [kill] [disk] [together]``.

Kills builds at random moments, lets disks run full at many sizes, and runs builds side by side in
shared directories. After each, what lies under a final name must be whole. Filling disks needs
the right to mount. Prints a line for each kind, and exits with 1 if anything was broken.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("WAINWRIGHT", ROOT / "target" / "debug" / "wainwright"))
WORK = ROOT / "target" / "stress"

MANIFEST = """[package]
name = "{name}"
version = "0.0.0"
edition = "2021"

[workspace]
"""

PYPROJECT = """[build-system]
requires = ["wainwright"]
build-backend = "wainwright"

[project]
name = "{name}"
version = "1.0"

[tool.wainwright]
bindings = "bin"
python-packages = ["{name}"]
"""


def project(name: str, place: Path, word: str, size: int = 2_000_000) -> Path:
    """A program that prints a word, beside a package with a large file that does not compress."""
    shutil.rmtree(place, ignore_errors=True)
    (place / "src").mkdir(parents=True)
    (place / name).mkdir()
    (place / "Cargo.toml").write_text(MANIFEST.format(name=name))
    (place / "Cargo.lock").write_text(
        f'version = 4\n\n[[package]]\nname = "{name}"\nversion = "0.0.0"\n'
    )
    (place / "pyproject.toml").write_text(PYPROJECT.format(name=name))
    (place / "src" / "main.rs").write_text(f'fn main() {{\n    println!("{word}");\n}}\n')
    (place / name / "__init__.py").write_text("")
    (place / name / "noise.bin").write_bytes(random.Random(1).randbytes(size))
    return place


def command(tree: Path, out: Path, target: Path) -> list[str]:
    words = [PROGRAM, "build", tree, "--out", out, "--target-dir", target, "--profile", "dev"]
    return [str(word) for word in words]


def quiet(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def broken(out: Path) -> list[str]:
    """What lies under a final name without being whole; and how much lies there besides."""
    faults = []
    for path in out.iterdir() if out.exists() else []:
        if path.suffix == ".whl":
            try:
                with zipfile.ZipFile(path) as archive:
                    bad = archive.testzip()
                    if bad or not any(name.endswith("/RECORD") for name in archive.namelist()):
                        faults.append(f"{path.name} is damaged: {bad}")
            except zipfile.BadZipFile as error:
                faults.append(f"{path.name}: {error}")
        elif not path.name.startswith("."):
            faults.append(f"{path.name} lies there")
    return faults


def kill(rounds: int) -> list[str]:
    tree, out, target = (
        project("killed", WORK / "kill", "x"),
        WORK / "kill-out",
        WORK / "kill-target",
    )
    shutil.rmtree(out, ignore_errors=True)
    begin = time.monotonic()
    subprocess.run(command(tree, out, target), check=True, capture_output=True)
    begin = time.monotonic()
    subprocess.run(command(tree, out, target), check=True, capture_output=True)
    usual = time.monotonic() - begin
    faults, dice = [], random.Random(2)
    for number in range(rounds):
        if number % 10 == 0:
            # From time to time there is something to compile.
            (tree / "src" / "main.rs").write_text(f'fn main() {{\n    println!("{number}");\n}}\n')
        child = quiet(command(tree, out, target))
        time.sleep(dice.random() * usual * 1.1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        faults += broken(out)
    # What was killed leaves one hidden file at most, which the next build takes away.
    subprocess.run(command(tree, out, target), check=True, capture_output=True)
    left = [
        path.name for path in out.iterdir() if path.suffix != ".whl" and "lock" not in path.name
    ]
    return faults + [f"left behind: {left}"] * bool(left)


def disk(sizes: int) -> list[str]:
    tree, target = project("full", WORK / "disk", "x", 900_000), WORK / "disk-target"
    subprocess.run(command(tree, WORK / "disk-free", target), check=True, capture_output=True)
    (wheel,) = (WORK / "disk-free").glob("*.whl")
    whole = wheel.stat().st_size
    mount, faults, refused = WORK / "disk-out", [], 0
    mount.mkdir(parents=True, exist_ok=True)
    for number in range(sizes):
        size = 16 * 1024 + number * whole * 3 // (2 * sizes)
        options = f"size={size}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", mount], check=True)
        try:
            ended = subprocess.run(command(tree, mount, target), capture_output=True, check=False)
            refused += ended.returncode != 0
            faults += [f"{size} bytes: {fault}" for fault in broken(mount)]
            wheels = list(mount.glob("*.whl"))
            if (ended.returncode == 0) != bool(wheels):
                faults.append(f"{size} bytes: exit code {ended.returncode}, but {wheels}")
            if ended.returncode != 0 and b"space" not in ended.stderr:
                faults.append(f"{size} bytes: {ended.stderr.decode()[-300:]}")
            if ended.returncode != 0 and any(mount.iterdir()):
                faults.append(f"{size} bytes: {[path.name for path in mount.iterdir()]} is left")
        finally:
            subprocess.run(["umount", mount], check=True)
    if not 0 < refused < sizes:
        faults.append(f"{refused} of {sizes} builds were refused: the sizes do not try the edge")
    return faults


def together(rounds: int) -> list[str]:
    out, target = WORK / "together-out", WORK / "together-target"
    shutil.rmtree(out, ignore_errors=True)
    trees = [
        project("one", WORK / "together" / "a", "first", 50_000),
        project("one", WORK / "together" / "b", "first", 50_000),
        project("two", WORK / "together" / "c", "second", 50_000),
        project("three", WORK / "together" / "d", "third", 50_000),
    ]
    words, faults = {"one": "first", "two": "second", "three": "third"}, []
    for number in range(rounds):
        chosen = trees if number % 2 else [trees[0], trees[2]]
        children = [
            subprocess.Popen(
                command(tree, out, target), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            for tree in chosen
        ]
        for child in children:
            _, said = child.communicate()
            if child.returncode != 0:
                faults.append(f"round {number}: {said.decode()[-500:]}")
        faults += broken(out)
        for wheel in out.glob("*.whl"):
            name = wheel.name.split("-")[0]
            with zipfile.ZipFile(wheel) as archive:
                path = next(path for path in archive.namelist() if "/scripts/" in path)
                if words[name].encode() not in archive.read(path):
                    faults.append(f"round {number}: {wheel.name} holds another's program")
    return faults


def main() -> int:
    kinds = {"kill": (kill, 200), "disk": (disk, 50), "together": (together, 100)}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", nargs="*", choices=[*kinds, []], help="which [default: all]")
    WORK.mkdir(parents=True, exist_ok=True)
    total = 0
    for kind in parser.parse_args().kinds or kinds:
        attack, rounds = kinds[kind]
        faults = attack(rounds)
        total += len(faults)
        print(f"{kind:<10} {rounds:>3} rounds, {len(faults)} faults", flush=True)
        for fault in faults[:20]:
            print(f"    {fault}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())

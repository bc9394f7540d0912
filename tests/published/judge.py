"""Judges wheels that other people published: ``python3 tests/published/judge.py [NAME...]``.

Fetches all wheels of one version of each project from PyPI, of every platform and Python, lets
``wainwright check`` judge them and prints a table. An objection that is not in ``EXPECTED``, where
its reason stands, is taken for a false alarm, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import fnmatch
import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Compiled by many backends, for many platforms and ABIs; and pure ones.
PROJECTS = {
    "markupsafe": "3.0.2",
    "pyyaml": "6.0.2",
    "msgpack": "1.1.0",
    "cffi": "1.17.1",
    "wrapt": "1.17.2",
    "rpds-py": "0.24.0",
    "psutil": "7.0.0",
    "tornado": "6.4.2",
    "cryptography": "44.0.2",
    "bcrypt": "4.3.0",
    "frozenlist": "1.5.0",
    "greenlet": "3.1.1",
    "kiwisolver": "1.4.8",
    "ruff": "0.11.0",
    "zstandard": "0.23.0",
    "pynacl": "1.5.0",
    "argon2-cffi-bindings": "21.2.0",
    "debugpy": "1.8.13",
    "pyzmq": "26.3.0",
    "requests": "2.32.3",
    "packaging": "24.2",
    "click": "8.1.8",
    "jinja2": "3.1.6",
    "attrs": "25.3.0",
    "setuptools": "77.0.3",
    "pip": "25.0.1",
    "six": "1.17.0",
    "idna": "3.10",
    "flask": "3.1.0",
    "certifi": "2025.1.31",
}

# Objections that are right: a pattern of the wheel's name, one of the message, and the reason.
EXPECTED: list[tuple[str, str, str]] = [
    (
        "cryptography-44.0.2-*-macosx_10_9_*",
        "*needs system version 10.13, but the tag *",
        "delocate 0.13 gives these wheels the name `macosx_10_13`, too",
    ),
    (
        "debugpy-1.8.13-*-win*",
        "*needs the library `MSVCP140.dll`*",
        "`delvewheel show --analyze-existing` 1.13 would copy `msvcp140.dll` into these, too",
    ),
]

# Lists what a project's page of the index names, by pip's own means.
LIST = """
import json, sys
from pip._internal.commands import create_command

name, version = sys.argv[1:]
download = create_command("download")
with download.main_context():
    options, _ = download.parse_args(["--quiet", name])
    session = download.get_default_session(options)
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    answer = session.get(f"{options.index_url.rstrip('/')}/{name}/", headers=accept)
    answer.raise_for_status()
    stem = f"{name.replace('-', '_')}-{version}-".lower()
    files = [
        (file["filename"], answer.url, file["url"], file["hashes"]["sha256"])
        for file in answer.json()["files"]
        if file["filename"].lower().startswith(stem) and file["filename"].endswith(".whl")
    ]
    print(json.dumps(files))
"""

FETCH = """
import sys, urllib.parse
from pip._internal.commands import create_command

page, url, path = sys.argv[1:]
download = create_command("download")
with download.main_context():
    options, _ = download.parse_args(["--quiet", "x"])
    session = download.get_default_session(options)
    answer = session.get(urllib.parse.urljoin(page, url), headers={"Accept-Encoding": "identity"})
    answer.raise_for_status()
    with open(path, "wb") as file:
        file.write(answer.content)
"""


def listed(name: str, version: str, work: Path) -> list[list[str]]:
    kept = work / f"{name}-{version}.json"
    if not kept.exists():
        command = [sys.executable, "-c", LIST, name, version]
        kept.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    files: list[list[str]] = json.loads(kept.read_text())
    return files


def fetched(file: list[str], work: Path) -> Path:
    """The wheel, fetched once; its digest is the index's."""
    name, page, url, sha256 = file
    path = work / "wheels" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        subprocess.run([sys.executable, "-c", FETCH, page, url, str(part)], check=True)
        part.replace(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise SystemExit(f"{path} is not what the index lists")
    return path


def judged(program: Path, wheels: list[Path]) -> dict[str, list[dict[str, str]]]:
    command = [str(word) for word in (program, "check", "--json", *wheels)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):
        raise SystemExit(f"`wainwright check` ended with {ended.returncode}:\n{ended.stderr}")
    return {Path(found["file"]).name: found["findings"] for found in json.loads(ended.stdout)}


def is_expected(wheel: str, message: str) -> bool:
    matches = fnmatch.fnmatchcase
    return any(matches(wheel, name) and matches(message, said) for name, said, _ in EXPECTED)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="projects [default: all]")
    parser.add_argument("--program", type=Path, default=ROOT / "target" / "debug" / "wainwright")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "published")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    total, false = 0, 0
    for name in arguments.names or PROJECTS:
        files = listed(name, PROJECTS[name], arguments.work)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            wheels = list(pool.map(lambda file: fetched(file, arguments.work), files))
        objections = [
            (wheel, found)
            for wheel, findings in judged(arguments.program, wheels).items()
            for found in findings
            if found["level"] != "note"
        ]
        strange = [(wheel, f) for wheel, f in objections if not is_expected(wheel, f["message"])]
        total += len(wheels)
        false += len(strange)
        print(f"{name:<22} {len(wheels):>3} wheels  {len(objections):>3} objections", flush=True)
        for wheel, found in strange:
            print(f"    {wheel}: {found['level']}[{found['code']}]: {found['message']}")
    print(f"{total} wheels, {false} objections without a reason")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())

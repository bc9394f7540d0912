"""Finds the ``wainwright`` program that belongs to this very package.

Never on ``PATH`` and never in ``sysconfig``'s scripts directory: in an isolated build environment
those are another Python's, and may hold another version.
"""

from __future__ import annotations

import os

PACKAGE = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"
NAME = "wainwright.exe" if WINDOWS else "wainwright"


def source_root() -> str | None:
    """The root of the source tree this package lies in, if it lies in one."""
    shim, package = os.path.split(PACKAGE)
    root, directory = os.path.split(shim)
    if (directory, package) != ("backend_shim", "wainwright"):
        return None
    try:
        with open(os.path.join(root, "Cargo.toml"), encoding="utf-8") as file:
            return root if 'name = "wainwright"' in file.read() else None
    except (OSError, UnicodeDecodeError):
        return None


def compiled(root: str) -> str:
    """The program of the source tree at `root`; cargo is always asked, it knows what is fresh."""
    ready = os.environ.get("WAINWRIGHT_BINARY_FOR_SOURCE_TREE")
    if ready:
        return os.path.abspath(ready)

    import json
    import subprocess

    command = [_cargo(), "rustc", "--release", "--bin", "wainwright"]
    command += ["--message-format=json-render-diagnostics"]
    command += ["--manifest-path", os.path.join(root, "Cargo.toml")]
    if os.path.exists(os.path.join(root, "Cargo.lock")):
        command.append("--locked")
    # This very program is packed, too: as `rustc-args` of its pyproject.toml asks.
    command += ["--", "-C", "opt-level=2"]
    # The program must run here and now, whatever its caller is cross-compiling for.
    environment = {key: os.environ[key] for key in os.environ if key != "CARGO_BUILD_TARGET"}
    try:
        cargo = subprocess.run(
            command,
            cwd=root,  # so that another project's .cargo/config.toml is not obeyed
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise SystemExit(f"error: {command[0]} cannot be run: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    if cargo.returncode != 0:
        raise SystemExit(f"error: cargo could not compile wainwright at {root}")
    for line in cargo.stdout.splitlines():
        if not line.startswith(b"{"):
            continue
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact" or not message.get("executable"):
            continue
        if message["target"]["name"] == "wainwright" and "bin" in message["target"]["kind"]:
            return str(message["executable"])
    raise SystemExit(f"error: cargo named no program `wainwright` in what it built at {root}")


def _cargo() -> str:
    import shutil

    given = os.environ.get("CARGO")
    if given:
        return given
    places = [os.environ.get("PATH", os.defpath)]
    if os.environ.get("CARGO_HOME"):
        places.append(os.path.join(os.environ["CARGO_HOME"], "bin"))
    places.append(os.path.join(os.path.expanduser("~"), ".cargo", "bin"))
    found = shutil.which("cargo", path=os.pathsep.join(places))
    if found is None:
        raise SystemExit(
            "error: wainwright must be compiled from its source tree, but there is no cargo "
            "on PATH, in CARGO_HOME or in ~/.cargo; install Rust (https://rustup.rs) "
            "or set CARGO to the path of a cargo"
        )
    return found


def installed() -> str:
    """The program that was installed together with this package."""
    site = os.path.dirname(PACKAGE)
    looked = []
    for path in [*_recorded(site), *_beside(site)]:
        if os.path.isfile(path):
            return path
        looked.append(path)
    raise SystemExit(
        "error: the program `wainwright` is not where it was installed; looked at {}; "
        "install wainwright again".format(", ".join(looked))
    )


def _recorded(site: str) -> list[str]:
    """The paths under which the distribution's own RECORD knows the program."""
    import csv

    found = []
    for directory in sorted(os.listdir(site)):
        record = os.path.join(site, directory, "RECORD")
        if not (
            directory.startswith("wainwright-")
            and directory.endswith(".dist-info")
            and os.path.isfile(record)
        ):
            continue
        with open(record, encoding="utf-8", errors="surrogateescape", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == 3]
        for recorded, _, size in rows:
            path = os.path.normpath(os.path.join(site, recorded))
            parent, name = os.path.split(path)
            if name != NAME or os.path.basename(parent) not in ("bin", "Scripts"):
                continue
            # After `pip install --target` the recorded path is wrong and may lead to another one.
            if size and os.path.isfile(path) and os.path.getsize(path) != int(size):
                continue
            found.append(path)
    return found


def _beside(site: str) -> list[str]:
    """Where installers put programs, seen from where they put packages."""
    if WINDOWS:
        # `--target`; a prefix or virtual environment; `--user`.
        directories = [("bin",), ("Scripts",), ("..", "..", "Scripts"), ("..", "Scripts")]
    else:
        # `--target`; a prefix, virtual environment or `--user`.
        directories = [("bin",), ("..", "..", "..", "bin")]
    return [os.path.normpath(os.path.join(site, *parts, NAME)) for parts in directories]

"""Stands in for cross 0.2.5: what it hands cargo, and what cargo then says, is as in a container.

There is no container: cargo runs on this machine, on paths that are turned into its own, and what
it says and writes of paths is turned back. A path of this machine that cross would not show leads
nowhere. Each call leaves a line in `calls.txt` beside this program: what it was, and which options
of the container engine came with it.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

NOWHERE = "/not-in-the-container"

# What cross passes on: cargo's variables but some, and a few others.
KEPT_BACK = {
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTDOC",
}
OTHERS = {"RUSTFLAGS", "RUSTDOCFLAGS", "TERM"}
# What an image brings.
OF_THE_IMAGE = ("PATH", "HOME", "LC_ALL", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN")


def fail(reason: str) -> None:
    print(f"cross: {reason}", file=sys.stderr)
    raise SystemExit(101)


def option(words: list[str], name: str) -> str:
    if name not in words:
        fail(f"no `{name}` among {words}")
    return words[words.index(name) + 1]


def container_options() -> list[str]:
    """The older variable counts only without the newer one."""
    name = "CROSS_CONTAINER_OPTS" if "CROSS_CONTAINER_OPTS" in os.environ else "DOCKER_OPTS"
    return shlex.split(os.environ.get(name, ""))


def passed(options: list[str]) -> tuple[dict[str, str], list[str]]:
    """The variables of the container, and the options that are about something else."""
    cargos = {name for name in os.environ if name.startswith("CARGO_")} - KEPT_BACK
    variables = {name: value for name, value in os.environ.items() if name in cargos | OTHERS}
    rest = iter(options)
    others = []
    for word in rest:
        if word not in ("-e", "--env"):
            others.append(word)
            continue
        name, given, value = next(rest).partition("=")
        if given:
            variables[name] = value
        elif name in os.environ:
            variables[name] = os.environ[name]
    return variables, others


class Container:
    """The places of this machine that are seen, by the container's paths."""

    def __init__(self, manifest: str, target_dir: str) -> None:
        self.places = {"/target": target_dir}
        question = ["cargo", "metadata", "--quiet", "--format-version=1"]
        answer = subprocess.run(
            [*question, "--manifest-path", manifest], check=True, stdout=subprocess.PIPE
        )
        said = json.loads(answer.stdout)
        root, members = said["workspace_root"], said["workspace_members"]
        from_disk = [package for package in said["packages"] if package["source"] is None]
        # With crates from outside, all is shown where it lies.
        if all(package["id"] in members for package in from_disk):
            self.places["/project"] = root

    def here(self, path: str) -> str:
        """The path on this machine of what the container names."""
        for there, here in self.places.items():
            if path == there or path.startswith(there + "/"):
                return here + path[len(there) :]
        return NOWHERE + path if os.path.isabs(path) else path

    def there(self, text: str) -> str:
        """The text, with the container's paths."""
        for there, here in self.places.items():
            text = text.replace(here, there)
        return text

    def identity(self, text: str) -> str:
        """A package's identity, which names the package where its directory does not."""
        path, mark, rest = self.there(text).partition("#")
        own = text.partition("#")[0].rpartition("/")[2]
        name, at, version = rest.rpartition("@")
        name = name if at else own
        if not path.startswith("path+file://") or not mark:
            return text
        return f"{path}#{version}" if path.endswith("/" + name) else f"{path}#{name}@{version}"

    def message(self, value: Any) -> Any:
        if isinstance(value, dict):
            named = {key: self.message(part) for key, part in value.items()}
            if "package_id" in value:
                named["package_id"] = self.identity(value["package_id"])
            return named
        if isinstance(value, list):
            return [self.message(part) for part in value]
        return self.there(value) if isinstance(value, str) else value


def main() -> None:
    words = sys.argv[1:]
    options = container_options()
    variables, others = passed(options)
    with open(Path(__file__).with_name("calls.txt"), "a", encoding="utf-8") as calls:
        print(words[0], option(words, "--target"), *others, file=calls)
    if words[0] != "rustc":
        fail("only a compile needs a container")
    if "CARGO" in os.environ:
        fail("the cargo of this machine would take this program for itself")
    manifest = option(words, "--manifest-path")
    if os.path.isabs(manifest):
        fail(f"manifest path `{manifest}` does not exist")
    target_dir = option(words, "--target-dir")
    container = Container(manifest, target_dir)
    for name in OF_THE_IMAGE:
        variables.pop(name, None)
    environment = {name: container.here(value) for name, value in variables.items()}
    environment.update({name: os.environ[name] for name in OF_THE_IMAGE if name in os.environ})
    cargo = subprocess.Popen(["cargo", *words], env=environment, stdout=subprocess.PIPE)
    assert cargo.stdout is not None
    rules: set[Path] = set()
    for line in cargo.stdout:
        message = json.loads(line)
        rules.update(Path(file).with_suffix(".d") for file in message.get("filenames", []))
        print(json.dumps(container.message(message)), flush=True)
    code = cargo.wait()
    # cargo writes them last.
    for rule in (rule for rule in rules if rule.is_file()):
        rule.write_text(container.there(rule.read_text()))
    raise SystemExit(code)


if __name__ == "__main__":
    main()

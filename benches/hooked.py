"""Runs a process and writes down what it cost; and a build backend that does so with each hook.

As a backend it is what projects that are measured name in ``[build-system]``. A frontend calls
it as any backend, in the isolated environment that it made; each hook is passed on to the backend
that HOOKED_BACKEND names, in a process of its own, as frontends do it themselves. So the backend's
share is known to the microsecond, whatever the frontend and its installer cost beside it.

As a program (``hooked.py NAME COMMAND...``) it runs a command. Being small itself, it leaves
the command's peak memory as it is: on Linux a process begins with that of its parent.

Both add a line of JSON to the file that HOOKED_LEDGER names, and append what the process printed
to the file beside it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

# What the process of a hook does; `sys.argv`: the backend, the hook, its arguments, the answer.
HOOK = """
import importlib, json, sys
backend = importlib.import_module(sys.argv[1])
answer = getattr(backend, sys.argv[2])(*json.loads(sys.argv[3]))
with open(sys.argv[4], "w") as file:
    json.dump(answer, file)
"""

_is_noted = False


def note(**facts: object) -> None:
    """Add a line to the ledger."""
    with open(os.environ["HOOKED_LEDGER"], "a") as file:
        file.write(json.dumps(facts) + "\n")


def measured(name: str, command: Sequence[str]) -> int:
    """Run a command to its end; its own and its children's time and memory go to the ledger."""
    with open(os.environ["HOOKED_LEDGER"] + ".log", "ab") as log:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
    code = process.returncode = exit_code(status)
    cpu = used.ru_utime + used.ru_stime
    note(name=name, wall=wall, cpu=cpu, rss=used.ru_maxrss * 1024, code=code)
    return code


def command_of_hook(
    python: str, backend: str, hook: str, arguments: Sequence[object], answer: str
) -> list[str]:
    return [python, "-c", HOOK, backend, hook, json.dumps(arguments), answer]


def note_installer() -> None:
    """Called as a Python of an environment starts: if it is pip, a child goes on as pip.

    The parent waits and notes what both cost, to the end of the child's last breath.
    """
    global _is_noted
    words = sys.orig_argv if sys.version_info >= (3, 10) else []
    # Python reads an environment's `.pth` files twice.
    if _is_noted or "HOOKED_LEDGER" not in os.environ or "pip" not in words[:4]:
        return
    _is_noted = True
    child = os.fork()
    if child == 0:
        return
    _, status = os.waitpid(child, 0)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    code = exit_code(status)
    note(name="installer", cpu=sum(one.ru_utime + one.ru_stime for one in used), code=code)
    os._exit(code & 0xFF)


def exit_code(status: int) -> int:
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _passed_on(hook: str, *arguments: object) -> object:
    with tempfile.TemporaryDirectory(prefix="hooked-") as directory:
        answer = os.path.join(directory, "answer.json")
        backend = os.environ["HOOKED_BACKEND"]
        code = measured(hook, command_of_hook(sys.executable, backend, hook, arguments, answer))
        if code != 0:
            raise SystemExit(f"{backend}'s {hook} ended with {code}")
        with open(answer) as file:
            return json.load(file)


def get_requires_for_build_wheel(config_settings: object = None) -> object:
    return _passed_on("get_requires_for_build_wheel", config_settings)


def get_requires_for_build_sdist(config_settings: object = None) -> object:
    return _passed_on("get_requires_for_build_sdist", config_settings)


def prepare_metadata_for_build_wheel(
    metadata_directory: object, config_settings: object = None
) -> object:
    return _passed_on("prepare_metadata_for_build_wheel", metadata_directory, config_settings)


def build_wheel(
    wheel_directory: object, config_settings: object = None, metadata_directory: object = None
) -> object:
    return _passed_on("build_wheel", wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: object, config_settings: object = None) -> object:
    return _passed_on("build_sdist", sdist_directory, config_settings)


if __name__ == "__main__":
    sys.exit(measured(sys.argv[1], sys.argv[2:]))

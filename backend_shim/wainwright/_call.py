"""Carries a hook's arguments to the ``wainwright`` program and its answer back.

Paths travel as arguments, since JSON cannot hold a path outside UTF-8; the rest lies in a request
file, the answer in a response file. The program's output goes to the terminal untouched, and what
it had to say about a failure it has said: then only its exit code is passed on.

A hook is a short life: what takes long to import is imported where nothing else will do.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import PathFinder

from . import _binary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONTRACT = 1

# Of these the program must know the interpreter: they compile, or write down a wheel's tag.
NEED_INTERPRETER = {
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "build_wheel",
    "build_editable",
}


def required_by(hook: str, config_settings: dict[str, object] | None) -> list[str]:
    """Call a hook that answers with a list of requirements."""
    result = _call(hook, config_settings, [])
    if not isinstance(result, list):
        raise _fault(f"the result of {hook} is not a list of requirements")
    return [str(requirement) for requirement in result]


def made_by(
    hook: str,
    directory: str,
    config_settings: dict[str, object] | None,
    metadata_directory: str | None = None,
) -> str:
    """Call a hook that makes something in `directory` and answers with its name."""
    arguments = ["--directory", os.fspath(directory)]
    if metadata_directory is not None:
        arguments += ["--metadata-directory", os.fspath(metadata_directory)]
    result = _call(hook, config_settings, arguments)
    if not isinstance(result, str):
        raise _fault(f"the result of {hook} is not a name")
    return result


def _call(hook: str, config_settings: dict[str, object] | None, arguments: list[str]) -> object:
    root = _binary.source_root()
    binary = _binary.installed() if root is None else _binary.compiled(root)
    if root is not None and os.path.samefile(root, os.curdir):
        # wainwright builds itself: what was just compiled shall not be compiled again.
        arguments = [*arguments, "--prebuilt", "wainwright=" + binary]
    request = _request(hook, config_settings)
    try:
        directory = _make_directory()
        try:
            response = _exchange([binary, "hook", hook], request, directory, arguments)
        finally:
            _remove_directory(directory)
    except OSError as error:
        raise SystemExit(
            f"error: no temporary directory can be used ({error}); "
            "set TMPDIR to a directory that can be written to"
        ) from None
    if "result" not in response:
        raise _fault(f"the response to {hook} holds no result")
    return response["result"]


def _make_directory() -> str:
    """Make a temporary directory that is ours alone, where `tempfile` would make it."""
    if os.name == "posix":
        parent = os.path.abspath(os.environ.get("TMPDIR") or "/tmp")
        directory = os.path.join(parent, f"wainwright-{os.urandom(8).hex()}")
        try:
            os.mkdir(directory, 0o700)
            return directory
        except OSError:
            pass  # it knows other places

    import tempfile

    return tempfile.mkdtemp(prefix="wainwright-")


def _remove_directory(directory: str) -> None:
    try:
        for name in os.listdir(directory):
            os.remove(os.path.join(directory, name))
        os.rmdir(directory)
    except OSError:
        return  # it lies where such things are removed in the end


def _exchange(
    command: list[str], request: bytes, directory: str, arguments: list[str]
) -> dict[str, object]:
    """Run the program with the request and return its response; both files lie in `directory`."""
    request_path = os.path.join(directory, "request.json")
    response_path = os.path.join(directory, "response.json")
    with open(request_path, "wb") as file:
        file.write(request)
    command = [*command, "--request", request_path, "--response", response_path]
    if sys.executable:
        command += ["--python", sys.executable]
    command += arguments
    _run(command)
    response = _response(response_path)
    if response.get("setup_rust") is True:
        os.remove(response_path)
        _run(command, {**os.environ, **_set_up_rust()})
        response = _response(response_path)
    return response


def _request(hook: str, config_settings: dict[str, object] | None) -> bytes:
    interpreter = None
    if hook in NEED_INTERPRETER:
        from ._probe import facts

        interpreter = facts()
    request = {
        "contract": CONTRACT,
        "config_settings": config_settings
        and {str(key): _setting(value) for key, value in config_settings.items()},
        "interpreter": interpreter,
        "puccinialin": PathFinder.find_spec("puccinialin") is not None,
    }
    try:
        return json.dumps(request, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise SystemExit("error: the config settings hold bytes that are not UTF-8") from None


def _setting(value: object) -> str | list[str]:
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value]
    return str(value)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    # What was printed so far must come before what the program prints.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    try:
        wait = _start(command, os.environ if environment is None else environment)
    except OSError as error:
        raise SystemExit(f"error: {command[0]} cannot be run: {error}") from None
    code = _wait(wait)
    if code < 0:
        raise SystemExit(f"error: wainwright was killed by {_signal_name(-code)}")
    if code != 0:
        raise SystemExit(code)


def _start(command: list[str], environment: Mapping[str, str]) -> Callable[[], int]:
    """Start a program with nothing on its standard input; what waits for its exit code."""
    if not hasattr(os, "posix_spawn"):  # Windows, PyPy
        import subprocess

        return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment).wait

    import signal

    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    # Python ignores this signal, the program's children need not.
    process = os.posix_spawn(
        command[0], command, environment, file_actions=[nothing], setsigdef=[signal.SIGPIPE]
    )

    def wait() -> int:
        _, status = os.waitpid(process, 0)
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    return wait


def _wait(wait: Callable[[], int]) -> int:
    interrupted = False
    while True:
        try:
            code = wait()
        except KeyboardInterrupt:
            # The program was interrupted as well; it tidies up, then it ends.
            interrupted = True
            continue
        if interrupted:
            raise SystemExit(130)
        return code


def _signal_name(number: int) -> str:
    import signal

    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _response(path: str) -> dict[str, object]:
    try:
        with open(path, encoding="utf-8") as file:
            response = json.load(file)
    except OSError:
        raise _fault("the program ended well but left no response") from None
    except ValueError:
        raise _fault("the response is not JSON") from None
    if not isinstance(response, dict) or response.get("contract") != CONTRACT:
        raise _fault(f"the response is not of contract {CONTRACT}")
    return response


def _set_up_rust() -> dict[str, str]:
    try:
        from puccinialin import setup_rust

        return dict(setup_rust())
    except Exception as error:  # noqa: BLE001 -- whatever it is, the user needs the one sentence
        raise SystemExit(f"error: puccinialin could not set up Rust: {error}") from None


def _fault(what: str) -> SystemExit:
    return SystemExit(f"error: {what}; this is a fault of wainwright")

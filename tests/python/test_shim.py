"""Tests of the shim in `backend_shim`: how it finds the program and carries calls to it.

Each test copies the shim into a tree laid out as an installer (or a source tree) lays it out, with
a Python script in the program's place that records how it was called and answers as it is told.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

SHIM = Path(__file__).parents[2] / "backend_shim" / "wainwright"

# Records its arguments and the request; answers with the next of the answers in FAKE_ANSWERS.
PROGRAM = f"""#!{sys.executable}
import json, os, signal, sys, time
from pathlib import Path

calls = Path(os.environ["FAKE_CALLS"])
number = len(calls.read_text().splitlines()) if calls.exists() else 0
arguments = [os.fsencode(argument).decode("utf-8", "backslashreplace") for argument in sys.argv]
call = {{"arguments": arguments, "stdin": sys.stdin.read(), "rust": os.environ.get("FAKE_RUST")}}
if "--request" in sys.argv:
    request = Path(sys.argv[sys.argv.index("--request") + 1])
    call["request"] = json.loads(request.read_text(encoding="utf-8"))
    call["exchange"] = str(request.parent)
with calls.open("a") as file:
    file.write(json.dumps(call) + "\\n")
print("the program speaks", flush=True)
answer = json.loads(os.environ.get("FAKE_ANSWERS", '["answered"]'))[number]
if answer == "sleep":
    interrupted = []
    signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    print("it sleeps", flush=True)
    end = time.monotonic() + 60
    while not interrupted and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.6)
    sys.exit(7)
if answer == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if isinstance(answer, int):
    sys.exit(answer)
if answer is not None and "--response" in sys.argv:
    text = answer if isinstance(answer, str) and answer.startswith("<") else None
    if not isinstance(answer, dict):
        answer = {{"contract": 1, "result": answer}}
    response = Path(sys.argv[sys.argv.index("--response") + 1])
    response.write_text(text or json.dumps(answer), encoding="utf-8")
"""

# Records its arguments; says that it built the program FAKE_BUILT, unless it is told to fail.
CARGO = f"""#!{sys.executable}
import json, os, sys

with open(os.environ["FAKE_CALLS"] + ".cargo", "a") as file:
    file.write(json.dumps({{"arguments": sys.argv[1:], "directory": os.getcwd()}}) + "\\n")
if "FAKE_BUILT" not in os.environ:
    sys.exit(101)
def artifact(name, kind, executable):
    target = {{"name": name, "kind": [kind]}}
    message = {{"reason": "compiler-artifact", "target": target, "executable": executable}}
    print(json.dumps(message))
artifact("wainwright", "lib", None)
artifact("other", "bin", "/nowhere/other")
artifact("wainwright", "bin", os.environ["FAKE_BUILT"])
print(json.dumps({{"reason": "build-finished", "success": True}}))
"""


@unittest.skipIf(os.name == "nt", "a script cannot stand in for a program on Windows")
class ShimTest(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name).resolve()
        self.project = self.root / "project"
        self.project.mkdir()
        (self.root / "tmp").mkdir()
        (self.root / "home").mkdir()
        self.environment = {
            "PATH": os.defpath,
            "HOME": str(self.root / "home"),
            "TMPDIR": str(self.root / "tmp"),
            "FAKE_CALLS": str(self.root / "calls"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def write(self, relative: str, text: str = "", mode: int = 0o644) -> Path:
        path = self.root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def program(self, relative: str) -> Path:
        return self.write(relative, PROGRAM, 0o755)

    def shim(self, site: str) -> None:
        """Put the shim into the directory `site`, from where it is imported."""
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SHIM, self.root / site / "wainwright", ignore=ignored)
        self.environment["PYTHONPATH"] = str(self.root / site)

    def installed(self) -> None:
        """The layout of a prefix, for the tests to which the layout does not matter."""
        self.shim("prefix/lib/python3/site-packages")
        self.program("prefix/bin/wainwright")

    def answers(self, *answers: object) -> None:
        self.environment["FAKE_ANSWERS"] = json.dumps(answers)

    def python(
        self, *arguments: str | bytes, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def hook(self, call: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        code = f"import wainwright; print('returned', repr(wainwright.{call}))"
        return self.python("-c", code, cwd=cwd)

    def succeed(self, call: str, cwd: Path | None = None) -> dict[str, Any]:
        """Call a hook that must succeed; how the program was called last."""
        run = self.hook(call, cwd)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return self.calls()[-1]

    def explanation(self, call: str) -> str:
        """Call a hook that must fail; its one line of explanation."""
        run = self.hook(call)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        return run.stderr.strip()

    def calls(self) -> list[dict[str, Any]]:
        lines = (self.root / "calls").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def cargo_calls(self) -> list[dict[str, Any]]:
        path = self.root / "calls.cargo"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


class FindingTheProgram(ShimTest):
    """Which program is run, by the layout the shim lies in."""

    def source_tree(self) -> Path:
        self.shim("tree/backend_shim")
        self.write("tree/Cargo.toml", '[package]\nname = "wainwright"\n')
        built = self.program("tree/target/release/wainwright")
        self.environment["CARGO"] = str(self.write("cargo", CARGO, 0o755))
        self.environment["FAKE_BUILT"] = str(built)
        return built

    def test_in_a_source_tree_it_is_compiled(self) -> None:
        built = self.source_tree()
        call = self.succeed("build_sdist('out')")
        self.assertEqual(call["arguments"][0], str(built))
        manifest = str(self.root / "tree" / "Cargo.toml")
        arguments = ["rustc", "--release", "--bin", "wainwright"]
        arguments += ["--message-format=json-render-diagnostics", "--manifest-path", manifest]
        arguments += ["--", "-C", "opt-level=2"]
        expected = {"arguments": arguments, "directory": str(self.root / "tree")}
        self.assertEqual(self.cargo_calls(), [expected])

    def test_a_lock_file_is_obeyed(self) -> None:
        self.source_tree()
        self.write("tree/Cargo.lock")
        self.succeed("build_sdist('out')")
        self.assertIn("--locked", self.cargo_calls()[0]["arguments"])

    def test_when_it_builds_itself_the_program_is_handed_on(self) -> None:
        built = self.source_tree()
        call = self.succeed("build_wheel('out')", cwd=self.root / "tree")
        self.assertEqual(call["arguments"][-2:], ["--prebuilt", f"wainwright={built}"])

    def test_when_it_builds_another_project_no_program_is_handed_on(self) -> None:
        self.source_tree()
        self.assertNotIn("--prebuilt", self.succeed("build_wheel('out')")["arguments"])

    def test_a_program_that_is_ready_replaces_the_compiled_one(self) -> None:
        self.source_tree()
        ready = self.program("ready/wainwright")
        self.environment["WAINWRIGHT_BINARY_FOR_SOURCE_TREE"] = str(ready)
        call = self.succeed("build_sdist('out')", cwd=self.root / "tree")
        self.assertEqual(call["arguments"][0], str(ready))
        self.assertEqual(call["arguments"][-1], f"wainwright={ready}")
        self.assertEqual(self.cargo_calls(), [])

    def test_cargo_is_found_in_its_usual_places(self) -> None:
        for place, variable in [
            ("on path", "PATH"),
            ("cargo-home/bin", "CARGO_HOME"),
            ("home/.cargo/bin", None),
        ]:
            with self.subTest(place):
                self.setUp()
                self.source_tree()
                del self.environment["CARGO"]
                cargo = self.write(f"{place}/cargo", CARGO, 0o755)
                if variable == "PATH":
                    self.environment["PATH"] = str(cargo.parent)
                elif variable == "CARGO_HOME":
                    self.environment["CARGO_HOME"] = str(cargo.parent.parent)
                self.succeed("build_sdist('out')")
                self.assertEqual(len(self.cargo_calls()), 1)

    def test_without_cargo_it_says_how_to_get_one(self) -> None:
        self.source_tree()
        del self.environment["CARGO"]
        self.environment["PATH"] = "/nowhere"
        self.assertEqual(
            self.explanation("build_sdist('out')"),
            "error: wainwright must be compiled from its source tree, but there is no cargo "
            "on PATH, in CARGO_HOME or in ~/.cargo; install Rust (https://rustup.rs) "
            "or set CARGO to the path of a cargo",
        )

    def test_where_cargo_fails_one_line_is_added(self) -> None:
        self.source_tree()
        del self.environment["FAKE_BUILT"]
        self.assertEqual(
            self.explanation("build_sdist('out')"),
            f"error: cargo could not compile wainwright at {self.root / 'tree'}",
        )

    def test_another_cargo_project_is_not_its_source_tree(self) -> None:
        self.shim("tree/backend_shim")
        self.write("tree/Cargo.toml", '[package]\nname = "other"\n')
        program = self.program("tree/backend_shim/bin/wainwright")
        self.assertEqual(self.succeed("build_sdist('out')")["arguments"][0], str(program))

    def test_its_own_record_names_it(self) -> None:
        for recorded in ["../elsewhere/bin/wainwright", "{root}/elsewhere/bin/wainwright"]:
            with self.subTest(recorded):
                self.setUp()
                self.shim("site")
                self.program("site/bin/wainwright")
                program = self.program("elsewhere/bin/wainwright")
                self.write(
                    "site/wainwright-1.dist-info/RECORD",
                    "wainwright/__init__.py,sha256=x,1\n"
                    f'"{recorded.format(root=self.root)}",sha256=x,{program.stat().st_size}\n'
                    "wainwright-1.dist-info/RECORD,,\n",
                )
                self.assertEqual(self.succeed("build_sdist('out')")["arguments"][0], str(program))

    def test_a_record_that_leads_to_another_program_is_not_followed(self) -> None:
        self.shim("site")
        self.program("elsewhere/bin/wainwright")
        program = self.program("site/bin/wainwright")
        self.write(
            "site/wainwright-1.dist-info/RECORD", "../elsewhere/bin/wainwright,sha256=x,12345678\n"
        )
        self.assertEqual(self.succeed("build_sdist('out')")["arguments"][0], str(program))

    def test_it_lies_where_installers_put_programs(self) -> None:
        for site, program in [
            ("target", "target/bin/wainwright"),
            ("overlay/lib/python3.11/site-packages", "overlay/bin/wainwright"),
            ("home/.local/lib/python3.11/site-packages", "home/.local/bin/wainwright"),
            ("usr/local/lib/python3.11/dist-packages", "usr/local/bin/wainwright"),
        ]:
            with self.subTest(site):
                self.setUp()
                self.shim(site)
                path = self.program(program)
                self.assertEqual(self.succeed("build_sdist('out')")["arguments"][0], str(path))

    def test_it_lies_where_installers_put_programs_on_windows(self) -> None:
        sys.path.insert(0, str(SHIM.parent))
        self.addCleanup(sys.path.remove, str(SHIM.parent))
        from wainwright import _binary

        for site, program in [
            ("target", "target/bin/wainwright.exe"),
            ("venv/Lib/site-packages", "venv/Scripts/wainwright.exe"),
            ("Python/Python311/site-packages", "Python/Python311/Scripts/wainwright.exe"),
        ]:
            with self.subTest(site), mock.patch.multiple(
                _binary,
                WINDOWS=True,
                NAME="wainwright.exe",
                PACKAGE=str(self.root / site / "wainwright"),
            ):
                (self.root / site).mkdir(parents=True)
                path = self.program(program)
                self.assertEqual(_binary.installed(), str(path))

    def test_it_is_never_looked_for_on_path(self) -> None:
        self.shim("prefix/lib/python3/site-packages")
        self.environment["PATH"] = str(self.program("on path/wainwright").parent)
        beside = self.root / "prefix" / "lib" / "python3" / "site-packages" / "bin" / "wainwright"
        self.assertEqual(
            self.explanation("build_sdist('out')"),
            "error: the program `wainwright` is not where it was installed; looked at "
            f"{beside}, {self.root / 'prefix' / 'bin' / 'wainwright'}; install wainwright again",
        )


class CarryingCalls(ShimTest):
    """What travels to the program and back."""

    def setUp(self) -> None:
        super().setUp()
        self.installed()

    def test_every_hook_by_position_and_by_keyword(self) -> None:
        settings: dict[str, object] = {"key": "value"}
        for hook, directory, takes_metadata in [
            ("get_requires_for_build_wheel", None, False),
            ("get_requires_for_build_sdist", None, False),
            ("get_requires_for_build_editable", None, False),
            ("prepare_metadata_for_build_wheel", "metadata_directory", False),
            ("prepare_metadata_for_build_editable", "metadata_directory", False),
            ("build_wheel", "wheel_directory", True),
            ("build_sdist", "sdist_directory", False),
            ("build_editable", "wheel_directory", True),
        ]:
            parameters = {directory: "out"} if directory else {}
            arguments = {**parameters, "config_settings": settings}
            expected = ["--directory", "out"] if directory else []
            if takes_metadata:
                arguments["metadata_directory"] = "prepared"
                expected += ["--metadata-directory", "prepared"]
            result = ["cffi"] if hook.startswith("get_requires") else "name"
            by_position = ", ".join(map(repr, arguments.values()))
            by_keyword = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            for given in (by_position, by_keyword):
                with self.subTest(f"{hook}({given})"):
                    self.setUp()
                    self.answers(result)
                    run = self.hook(f"{hook}({given})")
                    expected_output = f"the program speaks\nreturned {result!r}\n"
                    self.assertEqual((run.stdout, run.stderr), (expected_output, ""))
                    call = self.calls()[-1]
                    exchange = call["exchange"]
                    self.assertEqual(
                        call["arguments"][1:],
                        [
                            *("hook", hook),
                            *("--request", f"{exchange}/request.json"),
                            *("--response", f"{exchange}/response.json"),
                            *("--python", sys.executable),
                            *expected,
                        ],
                    )
                    self.assertEqual(call["request"]["contract"], 1)
                    self.assertEqual(call["request"]["config_settings"], settings)
                    needs_interpreter = hook.startswith("prepare") or takes_metadata
                    self.assertEqual(call["request"]["interpreter"] is not None, needs_interpreter)
                    self.assertFalse(Path(exchange).exists())

    def test_settings_keep_strings_and_lists_and_write_out_the_rest(self) -> None:
        call = self.succeed("build_sdist('out', {'a': 'x', 'b': ['y', 'z'], 'c': True, 'd': 1})")
        expected = {"a": "x", "b": ["y", "z"], "c": "True", "d": "1"}
        self.assertEqual(call["request"]["config_settings"], expected)

    def test_no_settings_are_null(self) -> None:
        self.assertIsNone(self.succeed("build_sdist('out')")["request"]["config_settings"])

    def test_settings_outside_unicode_are_refused(self) -> None:
        self.assertEqual(
            self.explanation("build_sdist('out', {'a': '\\udcff'})"),
            "error: the config settings hold bytes that are not UTF-8",
        )

    def test_a_path_outside_utf_8_travels_as_it_is(self) -> None:
        call = self.succeed("build_sdist('out\\udcff')")
        self.assertEqual(call["arguments"][-1], "out\\xff")

    def test_stdin_is_empty_and_output_keeps_its_order(self) -> None:
        code = "print('before'); import wainwright; wainwright.build_sdist('out'); print('after')"
        run = self.python("-c", code)
        self.assertEqual(run.stdout, "before\nthe program speaks\nafter\n")
        self.assertEqual(self.calls()[0]["stdin"], "")

    def test_where_there_is_no_posix_spawn_the_program_runs_as_well(self) -> None:
        self.answers("made.whl", 3)
        code = "import os; vars(os).pop('posix_spawn', None); import wainwright; "
        run = self.python("-c", code + "print('returned', wainwright.build_wheel('out'))")
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertEqual(run.stdout, "the program speaks\nreturned made.whl\n")
        self.assertEqual(self.calls()[-1]["stdin"], "")
        self.assertEqual(self.python("-c", code + "wainwright.build_wheel('out')").returncode, 3)

    def test_the_programs_exit_code_is_passed_on_in_silence(self) -> None:
        self.answers(101)
        run = self.hook("build_wheel('out')")
        expected = (101, "the program speaks\n", "")
        self.assertEqual((run.returncode, run.stdout, run.stderr), expected)
        self.assertEqual(list((self.root / "tmp").iterdir()), [])

    def test_a_signal_is_named(self) -> None:
        self.answers("die")
        explanation = self.explanation("build_wheel('out')")
        self.assertEqual(explanation, "error: wainwright was killed by SIGKILL")

    def test_an_answer_outside_the_contract_is_a_fault_of_wainwright(self) -> None:
        for answer, what in [
            (None, "the program ended well but left no response"),
            ("<not json>", "the response is not JSON"),
            ({"contract": 2, "result": "x"}, "the response is not of contract 1"),
            ({"contract": 1}, "the response to build_wheel holds no result"),
            (["x"], "the result of build_wheel is not a name"),
        ]:
            with self.subTest(what):
                self.setUp()
                self.answers(answer)
                expected = f"error: {what}; this is a fault of wainwright"
                self.assertEqual(self.explanation("build_wheel('out')"), expected)

    def test_a_program_that_cannot_run_is_named(self) -> None:
        program = self.write("prefix/bin/wainwright", "no program")
        self.assertIn(f"error: {program} cannot be run: ", self.explanation("build_sdist('out')"))

    def test_without_a_temporary_directory_the_variable_is_named(self) -> None:
        code = (
            "import os, tempfile\n"
            f"os.environ['TMPDIR'] = {str(self.root / 'missing')!r}\n"
            "def refuse(): raise FileNotFoundError(2, 'No usable temporary directory')\n"
            "tempfile.gettempdir = refuse\n"
            "import wainwright; wainwright.build_sdist('out')"
        )
        run = self.python("-c", code)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertIn("set TMPDIR to a directory that can be written to", run.stderr)

    def test_rust_is_set_up_on_request(self) -> None:
        site = "prefix/lib/python3/site-packages"
        self.write(f"{site}/puccinialin.py", "def setup_rust(): return {'FAKE_RUST': 'here'}\n")
        self.answers({"contract": 1, "setup_rust": True}, "name")
        run = self.hook("build_wheel('out')")
        self.assertEqual(run.stdout.splitlines()[-1], "returned 'name'")
        self.assertEqual([call["rust"] for call in self.calls()], [None, "here"])
        self.assertTrue(self.calls()[0]["request"]["puccinialin"])

    def test_rust_that_cannot_be_set_up_is_explained(self) -> None:
        self.answers({"contract": 1, "setup_rust": True})
        self.assertEqual(
            self.explanation("build_wheel('out')"),
            "error: puccinialin could not set up Rust: No module named 'puccinialin'",
        )
        self.assertFalse(self.calls()[0]["request"]["puccinialin"])

    def test_an_interruption_waits_for_the_program_and_leaves_no_traceback(self) -> None:
        self.answers("sleep")
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                # Whoever runs the tests in the background may have told them to ignore it.
                "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
                "import wainwright; wainwright.build_wheel('out')",
            ],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        while process.stdout.readline().strip() != b"it sleeps":
            pass
        time.sleep(0.5)  # the shim waits for it by now
        started = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
        self.assertEqual((process.returncode, errors), (130, b""))
        self.assertGreater(time.monotonic() - started, 0.5)
        self.assertEqual(list((self.root / "tmp").iterdir()), [])

    def test_as_a_module_it_is_the_program_itself(self) -> None:
        self.answers(3)
        run = self.python("-m", "wainwright", "list", "--verbose")
        self.assertEqual((run.returncode, run.stdout), (3, "the program speaks\n"))
        self.assertEqual(self.calls()[0]["arguments"][1:], ["list", "--verbose"])


class Probing(unittest.TestCase):
    """The facts of an interpreter, as told by `_probe.py`."""

    def facts(self, *python: str) -> dict[str, Any]:
        text = (SHIM / "_probe.py").read_text(encoding="utf-8")
        output = subprocess.check_output([*python, "-c", text])
        facts: dict[str, Any] = json.loads(output.decode("ascii"))
        return facts

    def test_this_interpreter(self) -> None:
        import importlib.machinery
        import sysconfig

        facts = self.facts(sys.executable, "-I")
        self.assertEqual(facts["implementation"], sys.implementation.name)
        self.assertEqual((facts["major"], facts["minor"]), sys.version_info[:2])
        self.assertEqual(facts["cache_tag"], sys.implementation.cache_tag)
        self.assertIn(facts["ext_suffix"], importlib.machinery.EXTENSION_SUFFIXES)
        self.assertEqual(facts["platform"], sysconfig.get_platform())
        self.assertEqual(facts["pointer_width"], 64 if sys.maxsize > 2**32 else 32)
        self.assertEqual(facts["lib_dir"], sysconfig.get_config_var("LIBDIR"))
        self.assertIn(str(sys.version_info[0]), facts["lib_name"])

    def test_interpreters_too_old_to_be_supported_answer_as_well(self) -> None:
        found = 0
        for name, version in [("python2.7", [2, 7]), ("python3.6", [3, 6])]:
            python = shutil.which(name)
            # A version manager may offer a name behind which there is nothing.
            if python is None or subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL):
                continue
            found += 1
            facts = self.facts(python)
            self.assertEqual([facts["major"], facts["minor"]], version)
        if not found:
            self.skipTest("neither Python 2.7 nor 3.6 is here")


if __name__ == "__main__":
    unittest.main()

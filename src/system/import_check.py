"""Loads one extension module, alone and under its full name, and says how that went.

Arguments: the module's import name and the path of its file. Prints one JSON object, whose
`outcome` is `loaded`, `refused` (by the loader or the entry point: the wheel is broken) or `raised`
(by the module's own code, which may miss a dependency that is not installed here).
"""

import importlib.machinery
import importlib.util
import json
import os
import sys

name, path = sys.argv[1:3]
# What the module prints is not the answer.
answer = os.dup(1)
os.dup2(2, 1)


def say(outcome: str, reason: str = "") -> None:
    os.write(answer, (json.dumps({"outcome": outcome, "reason": reason}) + "\n").encode("ascii"))


loader = importlib.machinery.ExtensionFileLoader(name, path)
spec = importlib.machinery.ModuleSpec(name, loader, origin=path)
spec.has_location = True
try:
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
except ImportError as error:
    # The loader names the file that it could not load; an import inside the module does not.
    say("refused" if error.path == path else "raised", f"{type(error).__name__}: {error}")
except SystemError as error:
    # An entry point that breaks the protocol of extension modules.
    say("refused", f"SystemError: {error}")
except BaseException as error:  # noqa: BLE001 - a panic in Rust is none of `Exception`
    say("raised", f"{type(error).__name__}: {error}")
else:
    say("loaded")
# Without the module's own clean-up, which nobody asked about.
os._exit(0)

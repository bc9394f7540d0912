"""Loads one extension module, alone and under its full name, and says how that went.

Arguments: the module's import name and the path of its file. Prints one JSON object; its `outcome` is `loaded`,
`refused` (the loader or the entry point: the wheel is broken) or `raised` (the module's own code, which may miss a
dependency that is not installed here).
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


def say(outcome, reason=""):
    os.write(answer, (json.dumps({"outcome": outcome, "reason": reason}) + "\n").encode("ascii"))


loader = importlib.machinery.ExtensionFileLoader(name, path)
spec = importlib.util.spec_from_file_location(name, path, loader=loader)
try:
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
except ImportError as error:
    # The loader names the file that it could not load; an import inside the module names another or none.
    say("refused" if error.path == path else "raised", "%s: %s" % (type(error).__name__, error))
except SystemError as error:
    # An entry point that breaks the protocol of extension modules.
    say("refused", "%s: %s" % (type(error).__name__, error))
except BaseException as error:
    say("raised", "%s: %s" % (type(error).__name__, error))
else:
    say("loaded")
os._exit(0)

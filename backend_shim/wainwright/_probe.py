"""Tells the facts of the interpreter that runs it, as far as a wheel's tag and PyO3 depend on them.

The shim imports it; the program carries its text and runs it in other interpreters with
``python -I -c``. Hence its old syntax: also an interpreter that is too old must answer, so that it
can be called too old.
"""

import json
import os.path
import sys
import sysconfig


def facts():
    # type: () -> dict[str, object]
    implementation = getattr(sys, "implementation", None)  # Python 2 has none
    name = implementation.name if implementation else "cpython"
    version = implementation.version if implementation else sys.version_info
    return {
        "implementation": name,
        "implementation_version": list(version[:3]),
        "cache_tag": getattr(implementation, "cache_tag", None),
        "major": sys.version_info[0],
        "minor": sys.version_info[1],
        "micro": sys.version_info[2],
        "releaselevel": sys.version_info[3],
        "abiflags": getattr(sys, "abiflags", ""),
        "ext_suffix": ext_suffix(),
        "soabi": sysconfig.get_config_var("SOABI"),
        "soabi_platform": sysconfig.get_config_var("SOABI_PLATFORM"),
        "multiarch": sysconfig.get_config_var("MULTIARCH"),
        "platform": sysconfig.get_platform(),
        "system": sys.platform,
        "pointer_width": sys.maxsize.bit_length() + 1,
        "gil_disabled": gil_disabled(),
        "debug": hasattr(sys, "gettotalrefcount"),
        "shared": shared(name),
        "has_manylinux_module": has_manylinux_module(),
        "lib_name": lib_name(name),
        "lib_dir": lib_dir(),
    }


def ext_suffix():
    # type: () -> str
    suffix = sysconfig.get_config_var("EXT_SUFFIX") or sysconfig.get_config_var("SO")
    if not suffix:
        from importlib.machinery import EXTENSION_SUFFIXES

        suffix = EXTENSION_SUFFIXES[0]
    return str(suffix)


def has_manylinux_module():
    # type: () -> bool
    """Whether the system has a say in which manylinux wheels are installed (PEP 600)."""
    try:
        __import__("_manylinux")
    except ImportError:
        return False
    return True


def gil_disabled():
    # type: () -> bool
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def shared(name):
    # type: (str) -> bool
    """Whether a program that embeds this Python would link a shared library of it."""
    return (
        bool(sysconfig.get_config_var("Py_ENABLE_SHARED"))
        or bool(sysconfig.get_config_var("PYTHONFRAMEWORK"))
        or sys.platform == "win32"
        or name != "cpython"
        # Conda's executable is linked statically, yet the shared library lies beside it.
        or os.path.exists(os.path.join(getattr(sys, "base_prefix", sys.prefix), "conda-meta"))
    )


def lib_name(name):
    # type: (str) -> str
    """The library's name as PyO3 gives it to the linker."""
    number = "%d.%d" % sys.version_info[:2]
    if name == "graalpy":
        return "python-native"
    if name == "pypy":
        return ("libpypy%s-c" if sys.platform == "win32" else "pypy%s-c") % number
    if sysconfig.get_platform().startswith("mingw"):
        return "libpython" + number + ("t" if gil_disabled() else "")
    if sys.platform == "win32":
        flags = ("t" if gil_disabled() else "") + ("_d" if hasattr(sys, "gettotalrefcount") else "")
        return "python" + number.replace(".", "") + flags
    return "python" + (sysconfig.get_config_var("LDVERSION") or number)


def lib_dir():
    # type: () -> str | None
    directory = sysconfig.get_config_var("LIBDIR")
    if sys.platform == "win32":
        directory = os.path.join(getattr(sys, "base_prefix", sys.prefix), "libs")
    if not directory:
        return None
    try:
        directory.encode("utf-8")
    except UnicodeError:  # JSON cannot hold it; only programs that embed Python would need it
        return None
    return str(directory)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts()) + "\n")

"""Writes the module by which cffi opens a library, made from the library's C header.

Arguments: the path of the header, and that of the module. Ends with 3 if there is no cffi.
"""

import sys

try:
    from cffi import FFI, recompiler
except ImportError:
    sys.exit(3)

header, module = sys.argv[1:3]
ffi = FFI()
with open(header, encoding="utf-8") as file:
    ffi.cdef(file.read())
recompiler.make_py_source(ffi, "ffi", module)

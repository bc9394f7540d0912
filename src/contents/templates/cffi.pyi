# The compiled module: its functions are known when it is opened.

from typing import Any

ffi: Any
lib: Any

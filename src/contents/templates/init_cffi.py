"""A Python package with Rust inside."""

from .@library@ import lib

__all__ = ["add"]


def add(left: int, right: int) -> int:
    """The sum of two numbers of 32 bits."""
    return int(lib.@package@_sum(left, right))

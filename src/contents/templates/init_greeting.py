"""A Python package with Rust inside."""

from .@library@ import greet

__all__ = ["greet"]

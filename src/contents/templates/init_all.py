"""A Python package with Rust inside."""

from .@library@ import *  # noqa: F403

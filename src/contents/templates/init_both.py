"""A Python package with Rust inside."""

from ._counting import count_words
from ._greeting import greet

__all__ = ["count_words", "greet"]

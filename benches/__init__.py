"""Measures wainwright and maturin side by side; ``run.py`` is the command."""

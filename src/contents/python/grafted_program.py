#!python
"""Starts PROGRAM, which lies where it finds the libraries that it brings along."""

import importlib.metadata
import os
import sys

program = str(importlib.metadata.distribution("DISTRIBUTION").locate_file("PATH"))
os.execv(program, [program, *sys.argv[1:]])

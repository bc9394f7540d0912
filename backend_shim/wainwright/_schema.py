"""The schema of ``[tool.wainwright]``, for validate-pyproject, which finds it by an entry point."""

from __future__ import annotations

import json
import os
from typing import Any


def schema(_tool: str = "wainwright") -> dict[str, Any]:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.json")
    with open(path, encoding="utf-8") as file:
        return dict(json.load(file))

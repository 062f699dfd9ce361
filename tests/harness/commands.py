"""difctl as people and as programs call it: what it says, and the document that it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.instance import Instance


def said(instance: Instance, *arguments: str | bytes | Path, code: int = 0) -> str:
    """All that a command writes; its exit code is the expected one."""
    answer = instance.difctl(*arguments)
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stdout + answer.stderr


def answered(instance: Instance, *arguments: str | bytes | Path, code: int = 0) -> Any:
    """The document of a command: one line of ASCII."""
    # What follows two dashes is no option any more.
    end = arguments.index("--") if "--" in arguments else len(arguments)
    answer = instance.difctl(*arguments[:end], "--json", *arguments[end:])
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert answer.stdout.isascii()
    assert answer.stdout.count("\n") == 1
    return json.loads(answer.stdout)

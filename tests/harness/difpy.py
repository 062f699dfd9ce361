"""Runs the real difPy, in a process of its own, and hands back what it made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import difd
from difd.api import Search
from harness import prepared


@dataclass(frozen=True)
class Answer:
    """What a script made of difPy.

    Attributes:
        names: what the names that the script assigned stand for. Of a build there are `tensors`
            ({path: tensor}) and `stats`; of a search `result`, `lower_quality` and `stats`.
        error: what difPy raised, as "TypeError: …"; None if nothing.
        stdout, stderr: what it said.
    """

    names: SimpleNamespace
    error: str | None
    stdout: str
    stderr: str


def difpy(script: str, *, in_path_order: bool = True, timeout: float = 60, **names: Any) -> Answer:
    """Run a script that uses `difPy`, which is imported there, as is `Path`.

    Args:
        script: its statements.
        in_path_order: let difPy find files in path order; its own is the file system's.
        timeout: seconds.
        names: what the script knows besides; paths become text.
    """
    with tempfile.TemporaryDirectory(prefix="difpy-") as place:
        request = {
            "script": textwrap.dedent(script),
            "in_path_order": in_path_order,
            "names": {k: str(v) if isinstance(v, Path) else v for k, v in names.items()},
        }
        folder = Path(place)
        (folder / "request.json").write_text(json.dumps(request))
        with prepared.start("difpy", [folder], os.environ) as process:
            try:
                output, errors = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0, errors
        answer = json.loads((folder / "answer.json").read_text())
        with np.load(folder / "tensors.npz") as arrays:
            tensors = dict(arrays)
    made = SimpleNamespace()
    for name, value in answer["names"].items():
        if isinstance(value, dict) and "filenames" in value:
            found = value.pop("filenames")
            value["tensors"] = {path: tensors[f"{name} {n}"] for n, path in found.items()}
        setattr(made, name, _named(value))
    return Answer(made, answer["error"], output, errors)


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(item) for item in value]
    return SimpleNamespace(**value) if isinstance(value, dict) else value


def difpy_command(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run difPy's command line."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "difPy.dif", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def difd_search(*paths: str | Path, build: dict[str, Any] | None = None, **options: Any) -> Search:
    """Search with difd, as a Python programmer does."""
    return difd.search(difd.build(*paths, **(build or {})), **options)

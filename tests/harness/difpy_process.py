"""The process in which `harness.difpy` runs difPy: difPy needs a script with a main guard.

It executes a short script and leaves behind what the script's names stand for.
"""

from __future__ import annotations

import glob as system_glob
import json
import sys
from pathlib import Path
from typing import Any

import difPy
import numpy as np
from difPy import dif as difpy_module


def in_path_order(pattern: str, **options: Any) -> list[str]:
    """What difPy finds, in path order instead of the file system's own."""
    return sorted(system_glob.glob(pattern, **options))


def plain(name: str, value: Any, tensors: dict[str, Any]) -> Any:
    """What JSON can hold of a build, a search or anything simpler; tensors go by themselves."""
    if isinstance(value, difPy.build):
        for number, tensor in value._tensor_dictionary.items():
            tensors[f"{name} {number}"] = tensor
        return {"filenames": value._filename_dictionary, "stats": value.stats}
    if isinstance(value, difPy.search):
        return {
            "result": value.result,
            "lower_quality": list(value.lower_quality),
            "stats": value.stats,
        }
    if isinstance(value, list):
        return [plain(name, item, tensors) for item in value]
    return value


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text())
    if request["in_path_order"]:
        difpy_module.glob = in_path_order
    names = {"difPy": difPy, "Path": Path, **request["names"]}
    given = set(names)
    error = None
    try:
        exec(request["script"], names)  # noqa: S102  the test's own script
    except Exception as raised:  # noqa: BLE001  whatever difPy raises is the answer
        error = f"{type(raised).__name__}: {raised}"
    tensors: dict[str, Any] = {}
    made = {
        name: plain(name, value, tensors)
        for name, value in names.items()
        if name not in given and isinstance(value, difPy.build | difPy.search | list | float | int)
    }
    np.savez(folder / "tensors.npz", **tensors)
    answer = {"error": error, "names": made}
    (folder / "answer.json").write_text(json.dumps(answer, default=float))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

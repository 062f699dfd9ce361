"""One package knows the operating system, and has each question for every system."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import difclient
import difd
import difshell

SYSTEM = Path(difd.__file__).parent / "system"

ROOTS = [Path(package.__file__).parent for package in (difd, difclient, difshell)]

HALVES = {"difd.system.posix", "difd.system.windows"}

SEAMS = sorted(
    path.name for path in SYSTEM.glob("*.py") if "from difd.system.posix" in path.read_text()
)


def test_nobody_else_asks_which_system_it_is():
    asking = [
        path
        for root in ROOTS
        for path in root.rglob("*.py")
        if not path.is_relative_to(SYSTEM)
        and re.search(r"\bsys\.platform\b|\bos\.name\b", path.read_text(encoding="utf-8"))
    ]
    assert asking == []


def shape(path: Path) -> dict[str, object]:
    """The public names of a half, with the arguments of its functions."""
    found: dict[str, object] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            found[node.name] = [argument.arg.lstrip("_") for argument in arguments]
        elif isinstance(node, ast.ClassDef):
            found[node.name] = sorted(
                part.name
                for part in node.body
                if isinstance(part, ast.FunctionDef) and not part.name.startswith("_")
            )
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = "a value"
    return found


@pytest.mark.parametrize("seam", SEAMS)
def test_both_halves_answer_the_same_questions(seam):
    module = ast.parse((SYSTEM / seam).read_text(encoding="utf-8"))
    (listed,) = [node for node in module.body if isinstance(node, ast.Assign)]
    halves = {
        node.module: {name.name for name in node.names}
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and ".".join(node.module.split(".")[:3]) in HALVES
    }
    names, others = halves.values()
    assert names == others
    assert names <= set(ast.literal_eval(listed.value))
    posix, windows = shape(SYSTEM / "posix" / seam), shape(SYSTEM / "windows" / seam)
    assert {name: posix[name] for name in names} == {name: windows[name] for name in names}

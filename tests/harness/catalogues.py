"""The catalogues, and one of a language that nobody speaks: all of its letters are wide.

What stands on a page in ordinary letters, then, no catalogue said: a name, a number, or a string
that somebody forgot.
"""

from __future__ import annotations

import importlib.util
import re
import string
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from harness.gateway import Gateway, gateway_of
from harness.instance import Instance

ROOT = Path(__file__).parents[2]

_WIDE = str.maketrans({letter: chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters})
_AS_IT_IS = re.compile(r"(%\(\w+\)s|%%|</?\w+>)")

_SPEAKING_WIDE = """
import sys
from pathlib import Path
from difclient.language import catalogue
catalogue.FOLDER = Path(sys.argv.pop(1))
from difclient.__main__ import main
main()
"""


def tool(path: str) -> ModuleType:
    """A script of ours that is in no package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wide(message: str) -> str:
    """A message in wide letters; its placeholders and tags stay."""
    parts = _AS_IT_IS.split(message)
    return "".join(part if place % 2 else part.translate(_WIDE) for place, part in enumerate(parts))


def wide_catalogue(folder: Path) -> Path:
    """A folder of catalogues whose German is in wide letters."""
    made = Catalog(locale="de")
    for message in tool("clients/catalogues.py").template():
        if isinstance(message.id, tuple):
            made.add(message.id, tuple(map(wide, message.id)))
        elif message.id:
            made.add(message.id, wide(message.id))
    place = folder / "de" / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "difd.mo").open("wb") as file:
        write_mo(file, made)
    return folder


@contextmanager
def gateway_in_wide_letters(instance: Instance, folder: Path, job: str) -> Iterator[Gateway]:
    """A gateway that speaks wide letters to German browsers."""
    command = [sys.executable, "-c", _SPEAKING_WIDE, str(wide_catalogue(folder))]
    with gateway_of([*command, "review", "--no-browser", job], instance.environment) as running:
        yield running

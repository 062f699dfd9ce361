"""Files in the trash, their notes, and what else lies there."""

from __future__ import annotations

from pathlib import Path

from difd.actions.trash import TrashPlace, choose, put
from harness.files import read
from harness.witnesses import witness


def trashed(path: bytes) -> TrashPlace:
    place = choose(path)
    put(witness(path), place)
    return place


def note(place: TrashPlace) -> dict[bytes, bytes]:
    first, *lines = read(place.info).splitlines()
    assert first == b"[Trash Info]"
    return dict(line.split(b"=", 1) for line in lines)


def everything(trash: Path) -> list[str]:
    return sorted(str(path.relative_to(trash)) for path in trash.rglob("*") if not path.is_dir())

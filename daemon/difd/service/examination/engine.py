"""Whether pictures can be read and compared here: a search through a folder of test pictures."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from PIL import Image

from difd.engine import pipeline
from difd.engine.formats import raw_reason
from difd.engine.native.chosen import WHY_NOT
from difd.pools.local import LocalPool
from difd.protocol.findings import Finding, State
from difd.protocol.options import SearchOptions
from difd.system import installed

_EXTENSIONS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif", "GIF": "gif"} | {
    "AVIF": "avif",
    "HEIF": "heic",
    "JXL": "jxl",
}
"""Formats that are tried, by Pillow's names: what is written here has to be read."""

_PARTS: Final = frozenset({"JXL"})
"""Of these, the ones that only an extra installs."""

_NO_DECODER: Final = "cannot be read: no decoder for it is installed"

_COMPILE: Final = (
    "Install a C compiler and Python's headers (Debian: apt install gcc python3-dev), then: "
    "pip install --force-reinstall --no-deps --no-cache-dir --no-binary difd difd"
)


def engine(section: str) -> Iterator[Finding]:
    """Write pictures, search them as a search does, and look at what came of each."""
    with tempfile.TemporaryDirectory(prefix="difd-doctor-") as place, LocalPool(1) as pool:
        unwritten = _write_pictures(Path(place))
        options = SearchOptions(paths=(os.fsencode(place),), processes=1)
        library = pipeline.build(options, pool, lambda _progress: None, lambda: False)
        outcome = pipeline.search(library, options, pool, lambda _progress: None, lambda: False)
    unread = {os.path.basename(entry.path): entry.reason for entry in library.unreadable}
    for name, extension in _EXTENSIONS.items():
        reason = unwritten.get(name) or unread.get(os.fsencode(f"test.{extension}"))
        yield _format(section, name, reason, optional=name in _PARTS)
    yield _format(section, "camera raw", raw_reason() and _NO_DECODER, optional=True)
    yield _loops(section)
    found = outcome.summary.groups > 0
    yield Finding(
        section,
        "search",
        "good" if found else "broken",
        f"in {outcome.summary.files} test pictures, the copy was {'' if found else 'not '}found",
        None if found else installed.again(),
    )


def _loops(section: str) -> Finding:
    if not WHY_NOT:
        return Finding(section, "inner loops", "good", "compiled")
    says = f"numpy does their work, with the same results and more slowly: {WHY_NOT}"
    return Finding(section, "inner loops", "doubtful", says, _COMPILE)


def _format(section: str, name: str, reason: str | None, *, optional: bool) -> Finding:
    if reason is None:
        return Finding(section, name, "good", "can be read")
    state: State = "doubtful" if optional else "broken"
    return Finding(
        section, name, state, reason, installed.adding("formats") if optional else installed.again()
    )


def _write_pictures(folder: Path) -> dict[str, str]:
    """One picture in every format, and a copy of one; why a format has none."""
    importlib.import_module("pillow_heif").register_heif_opener()
    with suppress(ImportError):
        importlib.import_module("pillow_jxl")
    slope = Image.linear_gradient("L").resize((64, 48))
    picture = Image.merge("RGB", (slope, slope.rotate(180), slope.point(lambda level: level // 2)))
    unwritten = {}
    for name, extension in _EXTENSIONS.items():
        path = folder / f"test.{extension}"
        try:
            picture.save(path, name)
        except (KeyError, OSError) as error:
            path.unlink(missing_ok=True)
            reason = "" if isinstance(error, KeyError) else f": {error}"
            unwritten[name] = f"{_NO_DECODER}{reason}"
    (folder / "copy.png").write_bytes((folder / "test.png").read_bytes())
    return unwritten

"""The set of edited copies that `bench.edits` measures on: originals, their edits, and negatives.

    cd tests && python -m bench.edit_set [--originals N]

Everything is made of Debian's packages in the folder `edits-v2` of the benches' cache: `orig`,
`edit`, `neg`, and `meta.json` (a list of `edit_truth.Entry`). What is made of a picture depends on
its name alone, so that a part of the set is the same as in the whole; what was made stays.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache as remember
from itertools import islice, zip_longest
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from bench import corpus, edit_graphics
from bench.edit_kinds import cut, edits, part
from bench.edit_negatives import (
    DOCUMENTS,
    INTERFACES,
    LETTERS,
    LOGOS,
    Negative,
    branded,
    burst,
    distinct,
    document,
    in_interface,
    letter,
    logos,
    panorama,
    scenes,
)
from bench.edit_sources import (
    BURST_PHOTOS,
    LARGE_PHOTOS,
    SMALL_PHOTOS,
    Picture,
    clip_art,
    fitted,
    other_photos,
    skies,
    textures,
)
from bench.edit_truth import WHOLE, Entry, read, write

FOLDER = "edits-v2"
PROCESSES = 2
OTHER_PLACES = 14
"""Crops of an original that are no edit in the list: most show other places than each other."""

CLIP_ART = 600
MOST_PIXELS = 4_000_000
"""Of a negative."""

VARIANTS = frozenset({
    *("adulta", "cubogi", "flagof", "gtksto", "limeha", "pdablu", "theoff", "vector", "viewma"),
    *("xmag", "lemonh"),
})  # fmt: skip
"""Series with a drawing that is a changed one of another series, as seen by eye."""


class Original(NamedTuple):
    """A picture that is edited: its name, group, and what makes it."""

    name: str
    group: str
    make: Callable[[], edit_graphics.Graphic]


@remember
def originals() -> tuple[Original, ...]:
    """All of them; large photos, small photos and graphics take turns."""

    def photos(sources: tuple) -> list[Original]:
        return [
            Original(
                source.name, "photo", lambda source=source: edit_graphics.Graphic(source.load())
            )
            for source in sources
        ]

    graphics = [Original(name, "graphic", make) for name, make in edit_graphics.originals().items()]
    turns = zip_longest(photos(LARGE_PHOTOS), photos(SMALL_PHOTOS), graphics)
    return tuple(one for turn in turns for one in turn if one is not None)


def folder() -> Path:
    """Where the set is."""
    return corpus.cache() / FOLDER


def make(count: int | None = None) -> list[Entry]:
    """Make what is missing; the entries of the first `count` originals and of all negatives."""
    for name in ("orig", "edit", "neg", "parts"):
        (folder() / name).mkdir(parents=True, exist_ok=True)
    names = [f"original {one.name}" for one in originals()[:count]]
    names += [f"burst {source.name}" for source in BURST_PHOTOS]
    names += [*_NEGATIVES]
    missing = [name for name in names if not _part(name).exists()]
    with get_context("spawn").Pool(PROCESSES) as pool:
        for number, name in enumerate(pool.imap_unordered(_make_part, missing)):
            print(f"{number + 1}/{len(missing)}  {name}", flush=True)
    entries = [entry for name in names for entry in read(_part(name))]
    write(folder() / "meta.json", entries)
    return entries


def _part(name: str) -> Path:
    return folder() / "parts" / f"{name}.json"


def _make_part(name: str) -> str:
    kind, _, which = name.partition(" ")
    if kind == "original":
        (one,) = (one for one in originals() if one.name == which)
        entries = list(_original(one))
    elif kind == "burst":
        (source,) = (source for source in BURST_PHOTOS if source.name == which)
        frames = enumerate(burst(source))
        entries = [_negative("burst", f"burst-{which}-{n}", frame) for n, frame in frames]
    else:
        entries = list(_NEGATIVES[name]())
    write(_part(name), entries)
    return name


def _original(original: Original) -> Iterator[Entry]:
    name, group, chance = original.name, original.group, random.Random(original.name)
    picture, seen = original.make()
    suffix, save = ("jpg", {"quality": 92}) if group == "photo" else ("png", {})
    file = f"orig/{name}.{suffix}"
    picture.save(folder() / file, **save)
    yield Entry(file, "orig", name, group, picture.size, rect=WHOLE, also=seen)
    company = [
        (source.name, fitted(source.load(), 2_000_000))
        for source in chance.sample(other_photos(), 3)
    ]
    for edit in edits(picture, chance, company):
        file = f"edit/{name}_{edit.name}.jpg"
        edit.picture.save(folder() / file, **{"quality": 85, **edit.save})
        yield Entry(
            *(file, "edit", name, group, edit.picture.size, edit.name, edit.rect),
            *(edit.mirrored, edit.angle, (*seen, *edit.also), is_plain(edit.picture)),
        )
    for number in range(OTHER_PLACES):
        area = math.exp(chance.uniform(math.log(0.03), math.log(0.25)))
        rect = part(chance, area, shaped=chance.random() < 0.5)
        crop = Negative(cut(picture, rect), name, rect)
        yield _negative("crop", f"{name}_place{number:02}", crop, group, seen)
    if group == "photo":
        for number, frame in enumerate(panorama(name, fitted(picture, MOST_PIXELS), chance)):
            yield _negative("panorama", f"{name}_panorama{number}", frame)


def _negative(
    kind: str, name: str, negative: Negative, group: str = "photo", also: tuple[str, ...] = ()
) -> Entry:
    file = f"neg/{name}.jpg"
    negative.picture.save(folder() / file, quality=88)
    return Entry(
        *(file, kind, negative.src, group, negative.picture.size),
        rect=negative.rect,
        also=also,
        plain=is_plain(negative.picture),
    )


def is_plain(picture: Picture) -> bool:
    """Whether a picture is of one colour: less than a grey level off its mean (rms)."""
    small = picture.convert("L").resize((64, 64), Image.Resampling.BOX)
    return float(np.asarray(small, np.float32).std()) < 1


def _photos() -> Iterator[Entry]:
    for source in (*other_photos(), *skies()):
        picture = source.load(MOST_PIXELS)
        yield _negative("photo", source.name, Negative(picture, source.name, WHOLE))


def _clips() -> Iterator[Entry]:
    """Clip art of which no two names begin alike: series have one drawing in several colours."""
    taken = {series(one.name) for one in (*originals(), *logos())}
    by_series = {series(one.name): one for one in clip_art() if series(one.name) not in taken}
    free = [one for name, one in by_series.items() if name not in VARIANTS]
    for source, drawing in distinct(free, CLIP_ART, seed=1):
        negative = Negative(fitted(drawing, MOST_PIXELS), source.name)
        yield _negative("clip", source.name, negative, "graphic")


def series(name: str) -> str:
    """The beginning of the name of a piece of clip art."""
    return name.removeprefix("clip-")[:6]


def _textures() -> Iterator[Entry]:
    for source, picture in distinct(list(textures()), 200, seed=2):
        yield _negative("texture", source.name, Negative(picture, source.name))


def _documents() -> Iterator[Entry]:
    for number in range(DOCUMENTS):
        yield _negative("doc", f"document{number:02}", document(number), "graphic")


def _letters() -> Iterator[Entry]:
    for number in range(LETTERS):
        yield _negative("letter", f"letter{number:02}", letter(number), "graphic")


def _logos() -> Iterator[Entry]:
    for number, photo in enumerate(islice(other_photos(), LOGOS)):
        yield _negative("logo", f"logo{number:02}", branded(number, photo))


def _interfaces() -> Iterator[Entry]:
    for number, photo in enumerate(islice(other_photos(), LOGOS, LOGOS + INTERFACES)):
        yield _negative("ui", f"ui{number:02}", in_interface(number, photo))


def _scenes() -> Iterator[Entry]:
    for name, negative in scenes():
        yield _negative("scene", f"scene-{name}", negative)


_NEGATIVES: dict[str, Callable[[], Iterator[Entry]]] = {
    "photos": _photos,
    "clip art": _clips,
    "textures": _textures,
    "documents": _documents,
    "letters": _letters,
    "logos": _logos,
    "interfaces": _interfaces,
    "scenes": _scenes,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--originals", type=int, help="only so many of them")
    Image.MAX_IMAGE_PIXELS = None
    entries = make(parser.parse_args().originals)
    print(folder())
    for kind, count in Counter(entry.kind for entry in entries).items():
        print(f"{count:>6}  {kind}")


if __name__ == "__main__":
    main()

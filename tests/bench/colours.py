"""Whether `similar` finds copies in other colour spaces, as they are shown.

    cd tests && python -m bench.colours [--photos N]

Of every photo: a copy in each colour space, with its profile, and what that copy shows, in sRGB.
Ink and grey cannot hold all colours, so that the copy may show another picture than the photo; it
shows the same as its own picture in sRGB, which is what somebody has beside it who exported both.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from PIL import Image, ImageCms

from bench import edit_set
from bench.edit_colours import colours
from bench.edit_methods import pairs_of
from bench.peers import difctl, own_difd
from bench.table import Row, show

EDGE = 1200
QUALITY = 92


def fill(folder: Path, photos: int) -> list[str]:
    """Photos, their copies, and what these show; the names of the colour spaces."""
    spaces: dict[str, None] = {}
    entries = [one for one in edit_set.make() if one.kind == "orig" and one.group == "photo"]
    for number, entry in enumerate(entries[:photos]):
        picture = Image.open(edit_set.folder() / entry.file).convert("RGB")
        picture.thumbnail((EDGE, EDGE))
        picture.save(folder / f"{number}-photo.jpg", quality=QUALITY)
        for name, copy, told in colours(picture):
            spaces[name] = None
            copy.save(folder / f"{number}-{name}.jpg", quality=QUALITY, **told)
            profile = ImageCms.ImageCmsProfile(io.BytesIO(told["icc_profile"]))
            seen = ImageCms.profileToProfile(
                copy, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            assert seen is not None
            seen.save(folder / f"{number}-{name}-shown.jpg", quality=QUALITY)
    return list(spaces)


def measure(photos: int) -> list[Row]:
    """A line for each colour space."""
    with tempfile.TemporaryDirectory() as place, own_difd() as environment:
        folder = Path(place)
        spaces = fill(folder, photos)
        answer = subprocess.run(
            [difctl(), "search", folder, "-s", "similar", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        found = Counter[tuple[str, ...]]()
        for pair in pairs_of(json.loads(answer.stdout)):
            (one, a), (other, b) = (Path(path).stem.split("-", 1) for path in pair)
            if one == other:
                found[tuple(sorted((a, b)))] += 1
        made = len(list(folder.glob("*-photo.jpg")))
    return [
        {
            "colour space": name.removeprefix("colour_"),
            "photos": made,
            "like the photo": found[tuple(sorted((name, "photo")))] / made,
            "like what it shows, in sRGB": found[tuple(sorted((name, f"{name}-shown")))] / made,
        }
        for name in spaces
    ]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=40)
    show("Copies in other colour spaces, found by `similar`", measure(parser.parse_args().photos))


if __name__ == "__main__":
    main()

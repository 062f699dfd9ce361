"""The pictures that the set of edited copies is made of: photos, drawings and textures of Debian.

Every original shows a place of its own. Photos for bursts are in nothing else of the set.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache as remember
from pathlib import Path

import skimage.data
from PIL import Image

from bench.corpus import package

Picture = Image.Image
Image.MAX_IMAGE_PIXELS = None

MOST_PIXELS = 12_000_000
LARGE = 4_000_000
"""Smallest photo that counts as large: what Debian has above it is 4 to 19 megapixels."""


@dataclass(frozen=True)
class Source:
    """A picture by its place.

    Attributes:
        name: what the set calls it.
        package: Debian's package, or "skimage" for scikit-image's data.
        path: the end of its path there, or "FILE.rcc#3" for the fourth picture in a resource file.
    """

    name: str
    package: str
    path: str

    def load(self, most: int = MOST_PIXELS) -> Picture:
        """The picture in RGB on white, of at most so many pixels."""
        with Image.open(self.place()) as picture:
            return fitted(flat(picture), most)

    def place(self) -> Path | io.BytesIO:
        """What Pillow opens."""
        if self.package == "skimage":
            return Path(skimage.data.__file__).with_name(self.path)
        name, _, number = self.path.partition("#")
        (path,) = package(self.package).rglob(name)
        return io.BytesIO(embedded(path)[int(number)]) if number else path


def flat(picture: Picture) -> Picture:
    """Without transparency."""
    if picture.mode == "P" or "A" in picture.mode:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


def fitted(picture: Picture, most: int) -> Picture:
    """Scaled down to at most so many pixels."""
    scale = (most / (picture.width * picture.height)) ** 0.5
    return picture if scale >= 1 else scaled(picture, scale)


def scaled(picture: Picture, scale: float) -> Picture:
    """Both edges times `scale`."""
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


_BEGINNING = re.compile(rb"(?s)(?=\xff\xd8\xff|RIFF....WEBP)")


@remember
def embedded(path: Path) -> tuple[bytes, ...]:
    """The JPEG and WebP files in one of Qt's resource files, which has their length before each."""
    data = path.read_bytes()
    found = []
    for match in _BEGINNING.finditer(data):
        at = match.start()
        (length,) = struct.unpack(">I", data[at - 4 : at])
        if 2000 <= length <= len(data) - at and _is_large(data[at : at + length]):
            found.append(data[at : at + length])
    return tuple(found)


def _is_large(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.width * picture.height >= 250_000
    except OSError:
        return False


def _lomiri(name: str, end: str, version: str = "16.04") -> Source:
    return Source(name, f"lomiri-wallpapers-{version}", end)


def _plasma(name: str) -> Source:
    return Source(
        name.lower(), "plasma-workspace-wallpapers", f"{name}/contents/images/2560x1600.jpg"
    )


def _mate(name: str) -> Source:
    return Source(name.lower(), "mate-backgrounds", f"nature/{name}.jpg")


def _gcompris(name: str, file: str, number: int) -> Source:
    return Source(name, "gcompris-qt-data", f"{file}.rcc#{number}")


def _opencv(name: str) -> Source:
    return Source("cv-" + Path(name).stem.lower(), "opencv-doc", f"examples/data/{name}")


def _skimage(name: str) -> Source:
    return Source("sk-" + Path(name).stem, "skimage", name)


LARGE_PHOTOS = (
    _lomiri("trunk", "Kleiber*.jpg", "20.04"),
    _lomiri("bridge", "Bridge*.jpg"),
    _lomiri("branches", "Dragonfly*.jpg"),
    _lomiri("drum", "Wine*.jpg"),
    _lomiri("meadow", "aitzgorri*.jpg"),
    _lomiri("lamps", "free*.jpg"),
    _lomiri("dogs", "friends*.jpg"),
    _lomiri("clock", "greentock*.jpg"),
    _lomiri("brook", "life*.jpg"),
    _lomiri("peaks", "picosdeeuropa*.jpg"),
    _lomiri("dandelions", "seeding*.jpg"),
    _lomiri("sunset", "sunset*.jpg"),
    Source("moon", "stellarium-data", "moon_4k.jpg"),
    Source("elephants", "mate-backgrounds", "Elephants_5640x3172.jpg"),
    _lomiri("fig", "Picture_0B*.jpg"),
    _mate("Garden"),
    _mate("LadyBird"),
    _mate("YellowFlower"),
    _plasma("EveningGlow"),
    _plasma("FallenLeaf"),
    _plasma("Path"),
    _plasma("ColorfulCups"),
)
"""Of 4 to 12 megapixels; all but the last eight have at least six."""

SMALL_PHOTOS = (
    Source("castle", "palapeli-data", "castle-maintenon.jpg"),
    _gcompris("redpanda", "erase", 4),
    Source("nightbridge", "palapeli-data", "cincinnati-bridge.jpg"),
    _gcompris("arena", "explore_monuments", 1),
    Source("citrus", "palapeli-data", "citrus-fruits.jpg"),
    _gcompris("crab", "erase", 16),
    Source("bee", "palapeli-data", "european-honey-bee.jpg"),
    _gcompris("petra", "explore_monuments", 35),
    Source("chameleon", "palapeli-data", "panther-chameleon-female.jpg"),
    _gcompris("kingfisher", "erase", 8),
    Source("cliff", "tuxpaint-data", "templates/cliff.jpg"),
    _gcompris("orchestra", "explore_world_music", 0),
    Source("rocks", "tuxpaint-data", "templates/rocks.jpg"),
    _gcompris("rushmore", "explore_monuments", 26),
    _gcompris("gorilla", "erase", 10),
    _skimage("hubble_deep_field.jpg"),
    _gcompris("drums", "explore_world_music", 6),
    _gcompris("meerkats", "erase", 17),
)
"""Of 0.7 to 2.1 megapixels."""

BURST_PHOTOS = (
    _plasma("OneStandsOut"),
    _plasma("Grey"),
    _plasma("BytheWater"),
    _mate("TwoWings"),
    _mate("Aqua"),
    _mate("Dune"),
    *(_gcompris(f"animal{n}", "erase", n) for n in (0, 5, 13, 22, 30, 32)),
    *(_gcompris(f"place{n}", "explore_monuments", n) for n in (5, 9, 20, 23, 38, 42)),
    *(_gcompris(f"farm{n}", "explore_farm_animals", n) for n in (1, 5)),
)

CLIP_ART_PLACES = (
    *("animals", "buildings", "food", "people", "plants", "recreation", "transportation"),
    *("computer", "education", "geography", "shapes", "signs_and_symbols", "tools"),
)

_COUNTS = {
    "clickgame": 6,
    "details": 10,
    "erase": 33,
    "explore_farm_animals": 9,
    "explore_monuments": 49,
    "explore_world_animals": 15,
    "explore_world_music": 9,
}
_OTHER_WALLPAPERS = (
    *(_plasma(name) for name in ("ColdRipple", "DarkestHour", "Kite", "summer_1am", "Autumn")),
    *(_mate(name) for name in ("Blinds", "FreshFlower", "RainDrops", "Storm", "Wood")),
    *(
        Source(name.lower(), "ukui-wallpapers", f"{name}.png")
        for name in ("calla", "city", "desert", "goldfish", "rollpaper")
    ),
    *(
        Source(name.lower(), "plasma-workspace-wallpapers", f"{name}/contents/images/5120x2880.*")
        for name in ("Altai", "SafeLanding", "Shell", "Volna", "Patak", "Honeywave")
    ),
    *(Source(n, "tuxpaint-data", f"templates/{n}.jpg") for n in ("jellyfish", "sheep")),
    Source("clouds", "tuxpaint-data", "templates/sun_behind_clouds.jpg"),
)
_TEST_PICTURES = (
    *(
        _opencv(name)
        for name in (
            *("apple.jpg", "baboon.jpg", "board.jpg", "building.jpg", "butterfly.jpg"),
            *("cards.png", "chicky_512.png", "digits.png", "ela_original.jpg", "fruits.jpg"),
            *("home.jpg", "licenseplate_motion.jpg", "messi5.jpg", "orange.jpg", "smarties.png"),
            *("squirrel_cls.jpg", "starry_night.jpg", "stuff.jpg", "sudoku.png"),
        )
    ),
    *(
        _skimage(name)
        for name in (
            *("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "ihc.png"),
            *("moon.png", "page.png", "retina.jpg", "rocket.jpg", "text.png"),
        )
    ),
)


@remember
def other_photos() -> tuple[Source, ...]:
    """Photos and paintings that are no originals: negatives, and company in collages."""
    taken = {source.path for source in (*SMALL_PHOTOS, *BURST_PHOTOS)}
    books = (
        _gcompris(f"{file}-{number:02}", file, number)
        for file, count in _COUNTS.items()
        for number in range(count)
    )
    return (
        *(source for source in books if source.path not in taken),
        *_OTHER_WALLPAPERS,
        *_TEST_PICTURES,
    )


@remember
def skies() -> tuple[Source, ...]:
    """Nebulae and clusters: bright points on black."""
    found = sorted((package("stellarium-data")).rglob("nebulae/default/*.png"))
    chosen = [path for path in found if path.stat().st_size > 300_000][:50]
    return tuple(Source(f"sky-{path.stem}", "stellarium-data", path.name) for path in chosen)


@remember
def clip_art() -> tuple[Source, ...]:
    """Clip art, each drawing once: names that differ in numbers only are variants of one."""
    root = package("openclipart-png")
    found: dict[str, Path] = {}
    for place in CLIP_ART_PLACES:
        for path in sorted((root / "usr/share/openclipart/png" / place).rglob("*.png")):
            stem = re.sub(r"[\W\d_]+", "", path.stem).removesuffix("r")
            if path.is_file() and not path.is_symlink() and path.stat().st_size > 8000:
                found.setdefault(stem, path)
    return tuple(
        Source(f"clip-{stem}", "openclipart-png", str(Path(*path.parts[-3:])))
        for stem, path in found.items()
    )


_NO_GROUND = ("effect", "relief", "res", "icy", "snowy", "demonsashimi-with-wasabe")
"""Collections of effects, height maps, and edits of other textures."""


def textures() -> Iterator[Source]:
    """Tiles and grounds, of each name the first: those that differ in a number may share parts."""
    places = (
        ("propaganda-debian", "wallpapers/*.JPG"),
        ("colobot-common-textures", "colobot/textures/*.png"),
        ("extremetuxracer-data", "terrains/*.png"),
    )
    for name in ("brick", "gravel", "grass"):
        yield _skimage(f"{name}.png")
    seen = set()
    for name, pattern in places:
        for path in sorted(package(name).rglob(pattern)):
            stem = re.sub(r"[\d_-]+[a-z]?$", "", path.stem.lower())
            with Image.open(path) as picture:
                if stem in seen or stem.startswith(_NO_GROUND) or min(picture.size) < 128:
                    continue
            seen.add(stem)
            yield Source(f"tex-{path.stem.lower()}", name, str(Path(*path.parts[-3:])))
    for name in ("Bodenbelag_Stein_Schotter_5cm", "Stein_Mauerwerk_mehrfarbig"):
        yield Source(f"tex-{name.lower()}", "stellarium-data", f"{name}.png")

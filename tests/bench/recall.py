"""Whether `auto` misses anything that `exact` finds, and how close it comes to that.

    cd tests && python -m bench.recall [FOLDER ...]

Without folders: photos (Debian's wallpapers), clip art (Debian's openclipart-png, as JPEG), both
in many variants that lie around the thresholds, and $DIFD_CORPUS/variants. For every threshold:
the pairs that `exact` finds, how many of them `auto` decodes in full, and the margin: by how much
the least near of them would have had to be further apart to be missed, in grey levels (rms).
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from harness.records import InPlacePool
from msgspec.structs import replace
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from bench.corpus import cache, package, wallpapers
from bench.table import Row, show
from difd.engine import pipeline
from difd.engine.library import Library
from difd.engine.match.comparison import Comparison
from difd.engine.match.refine import near_images
from difd.pools.local import LocalPool
from difd.protocol.options import SearchOptions

THRESHOLDS = (0.0, 1.0, 5.0, 20.0, 100.0)
PHOTO_SIZES = ((900, 700), (1600, 1200), (3200, 2400), (1200, 1800))
CLIP_ART = 300
Image.MAX_IMAGE_PIXELS = None


def variants(picture: Image.Image) -> Iterator[tuple[str, Image.Image, dict[str, object]]]:
    """What becomes of a picture that is saved again, retouched, or cut a little."""
    width, height = picture.size
    for quality in (95, 85, 70, 50, 30):
        yield f"q{quality}", picture, {"quality": quality}
    yield "444", picture, {"quality": 90, "subsampling": 0}
    yield "progressive", picture, {"quality": 85, "progressive": True}
    yield "grey", picture.convert("L"), {"quality": 90}
    for percent in (101, 103, 106):
        yield f"bright{percent}", ImageEnhance.Brightness(picture).enhance(percent / 100), {}
    yield "colour", ImageEnhance.Color(picture).enhance(1.1), {}
    yield "soft", picture.filter(ImageFilter.GaussianBlur(2)), {}
    yield "sharp", picture.filter(ImageFilter.SHARPEN), {}
    for pixels in (2, 6, 15):
        cut = picture.crop((pixels, pixels, width, height)).resize((width, height))
        yield f"cut{pixels}", cut, {}
    yield "turned", picture.transpose(Image.Transpose.ROTATE_90), {"quality": 92}


def fill(name: str, pictures: Iterator[Image.Image]) -> Path:
    """A folder with the variants of some pictures; made once."""
    folder = cache() / name
    if not folder.is_dir():
        work = cache() / f"{name}.unfinished"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        for number, picture in enumerate(pictures):
            for label, variant, save in variants(picture):
                variant.save(work / f"{number:04}-{label}.jpg", **save)
        work.rename(folder)
    return folder


def photos() -> Iterator[Image.Image]:
    for number, path in enumerate(wallpapers()):
        with Image.open(path) as picture:
            size = PHOTO_SIZES[number % len(PHOTO_SIZES)]
            yield ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)


def clip_art() -> Iterator[Image.Image]:
    found = sorted(package("openclipart-png").rglob("*.png"))
    for path in found[:: max(1, len(found) // CLIP_ART)][:CLIP_ART]:
        with Image.open(path) as picture:
            drawing = picture.convert("RGBA")
        ground = Image.new("RGBA", drawing.size, "white")
        flat = Image.alpha_composite(ground, drawing).convert("RGB")
        scale = 900 / min(flat.size)
        size = (min(4000, round(flat.width * scale)), min(4000, round(flat.height * scale)))
        yield flat.resize(size, Image.Resampling.LANCZOS)


def root_mean_square(ssd: int, px: int) -> float:
    return float(np.sqrt(ssd / (3 * px * px)))


def build(folder: Path, decode: str, pool: LocalPool) -> Library:
    options = SearchOptions(paths=(os.fsencode(folder),), decode=decode, same_dim=False)
    return pipeline.build(options, pool, lambda _: None, lambda: False)


def measure(folders: Sequence[Path] = ()) -> list[Row]:
    """A line for every folder and threshold."""
    folders = folders or default_folders()
    with LocalPool() as pool:
        return [row for folder in folders for row in rows_of(folder, pool)]


def default_folders() -> list[Path]:
    folders = [fill("recall-photos", photos()), fill("recall-clip-art", clip_art())]
    if "DIFD_CORPUS" in os.environ:
        folders.append(Path(os.environ["DIFD_CORPUS"]) / "variants")
    return folders


def rows_of(folder: Path, pool: LocalPool) -> Iterator[Row]:
    exact, quick = build(folder, "exact", pool), build(folder, "auto", pool)
    px = exact.options.px_size
    records, guesses = exact.records, quick.records
    vague = np.array([not record.exact for record in guesses])
    errors = [
        root_mean_square(int(((a.tensor.astype(int) - b.tensor) ** 2).sum()), px)
        for a, b in zip(records, guesses, strict=True)
        if not b.exact
    ]
    for threshold in THRESHOLDS:
        options = replace(exact.options, similarity=threshold, mirror=True)
        comparison = Comparison(records, exact.signatures, options)
        pairs = [
            (a, b)
            for edges in comparison.edges()
            for a, b in zip(edges.a.tolist(), edges.b.tolist(), strict=True)
            if records[a].digest != records[b].digest and (vague[a] or vague[b])
        ]
        near = set(
            near_images(guesses, quick.signatures, options, InPlacePool(), lambda: None).tolist()
        )
        seen = [all(n in near or not vague[n] for n in pair) for pair in pairs]
        by_guess = Comparison(guesses, quick.signatures, options)
        slack = [
            np.sqrt(threshold)
            + guesses[a].error
            + guesses[b].error
            - root_mean_square(by_guess.ssd(a, b), px)
            for a, b in pairs
        ]
        yield {
            "folder": folder.name,
            "files": len(records),
            "reduced": int(vague.sum()),
            "largest error": max(errors, default=0.0),
            "threshold": threshold,
            "pairs": len(pairs),
            "recall": sum(seen) / len(seen) if seen else 1.0,
            "margin": float(min(slack)) if slack else None,
            "decoded in full": len(near),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    show("What auto finds of what exact finds", measure(parser.parse_args().folders))


if __name__ == "__main__":
    main()

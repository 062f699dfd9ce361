"""How well the detail check tells copies from changed pictures, and what it costs.

    cd tests && python -m bench.detail [--quick] [--speed]

Originals of each class and changed versions of them (see `detail_set`) are saved in many ways.
Printed: how many copies are found to show the same (recall), how many of those that were found the
same really are (precision), the measure of the nearest on both sides of the limit, and what was
held back. With `--speed`: processor time per pair of 12 megapixels.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bench.corpus import crops
from bench.detail_set import CHANGE_SAVINGS, PLAIN, SAVINGS, Original, Saving, originals
from bench.table import show
from difd.digests import digest_of
from difd.engine.prove.detail import DetailTask, DetailVerdict, compare_detail

UPRIGHT = (0, False)
TURNS = {None: UPRIGHT, Image.Transpose.ROTATE_90: (270, False)}
ROUNDS = 3


@dataclass(frozen=True)
class Outcome:
    """A pair and its verdict; `change` is empty for copies."""

    kind: str
    name: str
    change: str
    removal: str
    keeper: str
    verdict: DetailVerdict

    @property
    def measure(self) -> float:
        difference = self.verdict.difference
        return float("inf") if difference is None else difference


class Folder:
    """Files of pictures, and verdicts on pairs of them."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def write(self, name: str, data: bytes) -> Path:
        path = self._place / name
        path.write_bytes(data)
        return path

    def compare(
        self, removal: Path, keeper: Path, turn: tuple[int | None, bool | None] = UPRIGHT
    ) -> DetailVerdict:
        digests = [digest_of(path.read_bytes()) for path in (removal, keeper)]
        paths = [os.fsencode(path) for path in (removal, keeper)]
        return compare_detail(DetailTask(0, *paths, *turn, *digests))


def outcomes(original: Original, folder: Folder) -> Iterator[Outcome]:
    """All pairs of an original."""

    def saved(name: str, picture: Image.Image, saving: Saving) -> Path:
        return folder.write(f"{name}.{saving.suffix}", saving.bytes_of(picture))

    keeper = saved("keeper", original.picture, PLAIN)
    for saving in SAVINGS[1:]:
        copy = saved("copy", original.picture, saving)
        turn = TURNS.get(saving.turn, (None, None))
        yield _outcome(original, "", saving, PLAIN, folder.compare(copy, keeper, turn))
        if saving.scale == 1.0 and saving.turn is None:
            yield _outcome(original, "", PLAIN, saving, folder.compare(keeper, copy))
    for saving in CHANGE_SAVINGS:
        other = saved("other", original.picture, saving)
        for change, picture in original.changed.items():
            changed = saved("changed", picture, saving)
            for stays, how in ((keeper, PLAIN), (other, saving)):
                verdict = folder.compare(changed, stays)
                yield _outcome(original, change, saving, how, verdict)


def _outcome(
    original: Original, change: str, removal: Saving, keeper: Saving, verdict: DetailVerdict
) -> Outcome:
    return Outcome(original.kind, original.name, change, removal.name, keeper.name, verdict)


def report(found: list[Outcome]) -> None:
    """Print the tables."""
    kinds = list(dict.fromkeys(one.kind for one in found))
    show("by class", [_row(kind, [one for one in found if one.kind == kind]) for kind in kinds])
    show("all", [_row("all", found)])
    copies = [one for one in found if not one.change]
    savings = dict.fromkeys(
        one.removal if one.removal != PLAIN.name else f"{PLAIN.name} for {one.keeper}"
        for one in copies
    )
    rows = []
    for saving in savings:
        own = [
            one
            for one in copies
            if saving in {one.removal, f"{PLAIN.name} for {one.keeper}"}
            and (one.removal != PLAIN.name or saving.startswith(PLAIN.name))
        ]
        share = sum(one.verdict.same for one in own) / len(own)
        rows.append({"copies saved as": saving, "pairs": len(own), "recall": share})
    show("recall by how a copy is saved", rows)
    for one in sorted((o for o in found if o.change), key=lambda o: o.measure)[:12]:
        print(f"least different: {one.measure:6.2f} {_words(one)}")
    for one in (o for o in found if o.change and o.verdict.same):
        print(f"FALSE SAME {_words(one)}")
    lost = Counter((o.kind, o.removal, o.keeper) for o in copies if not o.verdict.same)
    print("copies held back:", ", ".join(f"{' '.join(k)} {n}" for k, n in lost.most_common(25)))


def _row(kind: str, found: list[Outcome]) -> dict[str, object]:
    copies = [one for one in found if not one.change]
    changed = [one for one in found if one.change]
    true, false = (sum(one.verdict.same for one in side) for side in (copies, changed))
    return {
        "class": kind,
        "copies": len(copies),
        "same": true,
        "changed": len(changed),
        "taken for same": false,
        "precision": true / max(1, true + false),
        "recall": true / max(1, len(copies)),
        "limit": found[0].verdict.limit,
        "least changed": min(one.measure for one in changed),
    }


def _words(one: Outcome) -> str:
    return f"{one.kind} {one.name}: {one.change} ({one.removal} for {one.keeper})"


def speed(folder: Folder) -> None:
    """Print the processor time of pairs of 12 megapixels, beside that of decoding them."""
    (photo,) = crops(1, (4000, 3000), seed=3)
    half = photo.resize((2000, 1500), Image.Resampling.LANCZOS)
    pairs = {
        "equal size": (photo, photo, 0),
        "turned": (photo.transpose(Image.Transpose.ROTATE_90), photo, 270),
        "half the size": (half, photo, 0),
    }
    rows = []
    for name, (one, other, rotation) in pairs.items():
        paths = []
        for number, (picture, quality) in enumerate(((one, 80), (other, 92))):
            target = io.BytesIO()
            picture.save(target, "JPEG", quality=quality)
            paths.append(folder.write(f"{number}.jpg", target.getvalue()))
        times: dict[str, list[float]] = {"decode": [], "compare": []}
        folder.compare(*paths, (rotation, False))
        for _ in range(ROUNDS):
            start = time.process_time()
            for path in paths:
                Image.open(path).load()
            times["decode"].append(time.process_time() - start)
            start = time.process_time()
            folder.compare(*paths, (rotation, False))
            times["compare"].append(time.process_time() - start)
        row = {f"{what}, ms": 1000 * min(each) for what, each in times.items()}
        rows.append({"pair": name, **row, "ratio": row["compare, ms"] / row["decode, ms"]})
    show("processor time of a pair of 12 megapixels (decode: of both, nothing else)", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="some pictures of every class")
    parser.add_argument("--speed", action="store_true", help="only the processor time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Folder(Path(place))
        if options.speed:
            speed(folder)
            return
        found = []
        for original in originals(quick=options.quick):
            found.extend(outcomes(original, folder))
            print(f"{original.kind} {original.name}: {len(found)} pairs", flush=True)
        report(found)


if __name__ == "__main__":
    main()

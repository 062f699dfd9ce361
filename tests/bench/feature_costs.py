"""What local features cost beside the decode that is made anyway, stage by stage.

    cd tests && python -m bench.feature_costs

Processor time of one thread for JPEGs of 1, 6 and 12 megapixels, made of Debian's wallpapers.
Decode and features take turns; the least of some rounds counts for each picture and stage.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PIL import Image

from bench.decode import KEPT_MEMORY, pictures
from bench.table import Row, show
from difd.engine.features import features, scales, surroundings
from difd.engine.native.chosen import loops
from difd.engine.read.grey import features_in, working_grey

SIZES = {"1 megapixel": (1152, 864), "6 megapixels": (3000, 2000), "12 megapixels": (4000, 3000)}

ROUNDS = 7

ALONE = {"OPENBLAS_NUM_THREADS": "1", **KEPT_MEMORY}
"""As in difd's workers."""

STAGES = {
    "blur": "scale space",
    "extrema": "places",
    "spread_of_directions": "directions",
    "describe": "descriptors",
    "count_repeats": "repeats",
}
"""What the loops are for; the grey picture is measured as a whole."""


class Timed:
    """The loops, and how long each was at work."""

    def __init__(self, loops: Any) -> None:
        self._loops = loops
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        loop = getattr(self._loops, name)

        def timed(*given: Any) -> Any:
            begun = time.process_time()
            result = loop(*given)
            self.seconds[STAGES[name]] += time.process_time() - begun
            return result

        return timed


def _costs(path: Path) -> dict[str, float]:
    """Seconds of every stage for a file."""
    timed: Any = Timed(loops)
    for module in (features, scales, surroundings):
        module.loops = timed
    least: dict[str, float] = {}
    for _ in range(ROUNDS):
        timed.seconds.clear()
        moments = [time.process_time()]
        with Image.open(path) as picture:
            picture.load()
        moments.append(time.process_time())
        looked = working_grey(picture)
        moments.append(time.process_time())
        features_in(looked)
        moments.append(time.process_time())
        spans = [after - before for before, after in pairwise(moments)]
        round_ = {"decode": spans[0], "features": spans[1] + spans[2], "grey": spans[1]}
        round_ |= timed.seconds
        round_["rest"] = spans[2] - sum(timed.seconds.values())
        least = {stage: min(least.get(stage, spent), spent) for stage, spent in round_.items()}
    return least


def measure() -> list[Row]:
    """A line for every size, in milliseconds a picture."""
    rows: list[Row] = []
    for name, size in SIZES.items():
        with patch.dict(os.environ, ALONE), get_context("spawn").Pool(1) as one:
            some = one.map(_costs, pictures(size))
        means = {
            stage: 1000 * sum(one[stage] for one in some) / len(some)
            for stage in ("decode", "features", "grey", *STAGES.values(), "rest")
        }
        times = means["features"] / means["decode"]
        rows.append({"photos of": name, **means, "times a decode": times})
    return rows


if __name__ == "__main__":
    show("Local features, ms a picture", measure())

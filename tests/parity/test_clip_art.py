"""Which of Debian's clip art difPy rejects, and that difd rejects none of it."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from harness.clip_art import clip_art, fetch_clip_art
from harness.difpy import difpy

import difd

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


def test_difd_reads_all_of_a_thousand_clip_arts_and_difpy_two_thirds():
    if not clip_art():
        fetch_clip_art()
    paths = [str(path) for path in random.Random(1).sample(clip_art(), 1000)]
    theirs = difpy("dif = difPy.build(paths)", paths=paths, timeout=600).names.dif.stats
    rejected = theirs["invalid_files"]
    reasons = Counter(reason[:40] for reason in rejected["logs"].values())
    ours = difd.search(difd.build(paths)).stats["invalid_files"]
    print(f"difPy rejects {rejected['count']}: {dict(reasons)}; difd {ours['count']}")
    assert rejected["count"] > 300
    assert ours == {"count": 0, "logs": {}}

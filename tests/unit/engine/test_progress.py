"""Progress is told at every stage, not too often, with an honest estimate."""

from __future__ import annotations

from itertools import pairwise

import pytest

from difclient.language.progress import time_left
from difd.engine.progress import Meter

# Seconds since a stage began, and the share of its work that was done: recorded from searches.
# fmt: off
PHOTOS_WITH_A_STALL = (
    (0.0, 0.003), (0.4, 0.035), (0.7, 0.064), (1.1, 0.098), (1.5, 0.127), (1.9, 0.155),
    (2.3, 0.193), (2.7, 0.221), (7.0, 0.24), (7.6, 0.26), (8.0, 0.267), (8.4, 0.273),
    (8.8, 0.317), (9.1, 0.331), (9.6, 0.345), (9.9, 0.359), (10.4, 0.372), (10.8, 0.393),
    (11.2, 0.412), (11.6, 0.428), (12.0, 0.445), (12.4, 0.453), (12.8, 0.469), (13.2, 0.478),
    (13.5, 0.503), (13.9, 0.521), (14.2, 0.534), (14.6, 0.551), (15.0, 0.57), (15.5, 0.592),
    (15.9, 0.606), (16.2, 0.62), (16.6, 0.638), (17.0, 0.651), (17.5, 0.665), (18.0, 0.702),
    (18.4, 0.721), (18.8, 0.741), (19.2, 0.758), (19.6, 0.781), (20.0, 0.801), (20.4, 0.823),
    (20.9, 0.844), (21.3, 0.865), (21.7, 0.876), (22.0, 0.898), (22.4, 0.916), (22.9, 0.933),
    (23.3, 0.956), (23.7, 0.976), (24.1, 0.999),
)
"""400 photos, from which the daemon was held for four seconds."""

FEW_LARGE_AMONG_MANY_SMALL = (
    (0.0, 0.0), (1.05, 0.109), (2.4, 0.155), (3.96, 0.216), (5.31, 0.276), (6.93, 0.337),
    (8.46, 0.398), (9.84, 0.459), (11.41, 0.52), (13.07, 0.581), (14.27, 0.642), (15.46, 0.704),
    (16.49, 0.963),
)
"""3,000 pictures of 160×120, and 40 of eight megapixels."""
# fmt: on


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_steady_work_is_estimated_exactly():
    clock, told = Clock(), []
    meter = Meter(told.append, clock=clock)
    meter.stage("decode", found=100)
    for decoded in range(1, 11):
        clock.now += 1
        meter.advance(decoded / 100, decoded=decoded)
    assert told[0].seconds_left is None
    assert told[-1].decoded == 10
    assert told[-1].seconds_left == pytest.approx(90)


def test_a_short_stall_does_not_make_the_estimate_jump():
    clock, told = Clock(), []
    meter = Meter(told.append, clock=clock)
    for step in range(1, 51):
        clock.now += 0.1
        meter.advance(step / 100)
    before = told[-1].seconds_left
    clock.now += 0.5
    meter.advance(0.51)
    assert told[-1].seconds_left == pytest.approx(before - 0.5)


def test_work_that_gets_slower_is_told_by_and_by():
    clock, told = Clock(), []
    meter = Meter(told.append, clock=clock)
    for second in range(1, 61):
        clock.now += 1
        meter.advance(second / 200)
    assert told[-1].seconds_left == pytest.approx(140)
    for second in range(1, 241):
        clock.now += 1
        meter.advance((60 + second / 4) / 200)
    left = [progress.seconds_left for progress in told[-240:]]
    assert max(b / a for a, b in pairwise(left)) < 1.05
    assert left[-1] == pytest.approx(80 * 4, rel=0.35)


def test_what_was_known_before_says_nothing_about_the_speed():
    clock, told = Clock(), []
    meter = Meter(told.append, clock=clock)
    meter.stage("decode", found=10_000)
    for known in range(512, 9_000, 512):
        clock.now += 0.1
        meter.advance(None, decoded=known)
    for step in range(1, 31):
        clock.now += 1
        meter.advance(step / 100)
    seconds = {progress.seconds_left for progress in told if progress.seconds_left is not None}
    assert max(seconds) == pytest.approx(99)
    assert told[-1].seconds_left == pytest.approx(70)


@pytest.mark.parametrize("slower", [1, 10, 100])
@pytest.mark.parametrize("recording", [PHOTOS_WITH_A_STALL, FEW_LARGE_AMONG_MANY_SMALL])
def test_what_is_told_of_uneven_work_is_a_clock_that_runs_down(recording, slower):
    clock, told, true = Clock(), [], []
    meter = Meter(told.append, clock=clock)
    end = recording[-1][0]
    for second, share in recording:
        clock.now = 100 + second * slower
        meter.advance(share)
        true.append((end - second) * slower)
    pairs = [(one.seconds_left, rest) for one, rest in zip(told, true, strict=True)]
    known = [(left, rest) for left, rest in pairs if left is not None]
    assert len(known) > 0.8 * len(pairs)
    for left, rest in known:
        assert rest / 2.5 < left
        assert left < 2.5 * rest or rest < end * slower / 6
    ups = [b - a for (a, _), (b, _) in pairwise(known) if b > a]
    assert sum(ups) < 0.25 * end * slower
    longer = [1 for (a, _), (b, _) in pairwise(known) if b > a and time_left(a) != time_left(b)]
    assert len(longer) <= 2, "the words go down but for what nobody could foresee"


def test_reports_in_quick_succession_are_dropped_and_the_last_state_is_kept():
    clock, told = Clock(), []
    meter = Meter(told.append, clock=clock)
    meter.stage("decode")
    for decoded in range(1000):
        clock.now += 0.001
        meter.advance(decoded / 1000, decoded=decoded)
    assert len(told) < 25
    meter.stage("match")
    assert told[-1].decoded == 999
    assert told[-1].stage == "match"


def test_an_unknown_share_has_no_estimate():
    told = []
    meter = Meter(told.append, clock=Clock())
    meter.advance(found=5)
    assert told[-1].seconds_left is None
    assert told[-1].found == 5

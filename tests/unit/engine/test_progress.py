"""Progress is told at every stage, not too often, with an honest estimate."""

from __future__ import annotations

import pytest

from difd.engine.progress import Meter


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
    assert before < told[-1].seconds_left < 2 * before


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

"""How far a search is, in words: each stage has its own, here and in the tray."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from difclient.language.progress import described, time_left
from difclient.tray.model import TrayModel
from difclient.verdict import ended_early
from difd.protocol.events import JobChanged
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions, with_similarity
from difd.protocol.results import Progress, Summary

STAGES = get_args(msgspec.structs.fields(Progress)[0].type)
FAR = Progress(found=5000, decoded=1234, compared=0.25, laid=0.4, matches=77)


@pytest.mark.parametrize(
    ("stage", "words", "short"),
    [
        ("waiting", "waiting", "5,000 images found so far"),
        ("discover", "5,000 images found", "5,000 images found so far"),
        ("decode", "1,234 of 5,000 images read", "1,234 of 5,000 images read"),
        ("match", "25% compared, 77 matches", "comparing, 25%"),
        ("lay", "40% of possible edited copies looked at", "looking for edited copies, 40%"),
        ("report", "77 matches, writing the result", "comparing, 25%"),
    ],
)
def test_every_stage_has_words(stage, words, short):
    assert stage in STAGES
    assert len(STAGES) == 6
    progress = msgspec.structs.replace(FAR, stage=stage)
    assert described(progress) == words
    options = SearchOptions(paths=(b"/p",))
    model = TrayModel()
    model.reset([], [], paused=False)
    model.take(JobChanged(1, JobInfo("a", "running", options, 1.0, progress=progress)))
    assert model.tooltip == f"difd: {short}"


@pytest.mark.parametrize(
    ("similarity", "compared", "files", "words"),
    [
        ("similar", 0.25, 1000, "1,000 of 5,000 pictures were compared."),
        ("similar", 0.25, 5000, "25% of the comparison was done."),
        ("edited", 0.25, 5000, "25% of the comparison was done."),
        (
            "edited", 1.0, 5000,
            "all pictures were compared, and 40% of possible edited copies looked at.",
        ),
    ],
)  # fmt: skip
def test_a_search_that_ended_early_says_how_far_it_came(similarity, compared, files, words):
    options = with_similarity(SearchOptions(paths=(b"/p",)), similarity)
    progress = msgspec.structs.replace(FAR, compared=compared)
    summary = Summary(files, 0, 0, 0, 0, 0, partial=True)
    job = JobInfo("a", "cancelled", options, 1.0, progress=progress, summary=summary)
    assert ended_early(job, summary) == f"Ended early: {words}"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (7, "a few seconds"),
        (9, "about 10 seconds"),
        (19.9, "about 15 seconds"),
        (20, "less than a minute"),
        (59, "less than a minute"),
        (60, "about a minute"),
        (89, "about a minute"),
        (150.1, "about 3 minutes"),
        (9 * 60, "about 9 minutes"),
        (13 * 60, "about 15 minutes"),
        (57 * 60, "about 55 minutes"),
        (59 * 60, "about an hour"),
        (2.6 * 3600, "about 3 hours"),
        (5e6, "about 1,389 hours"),
    ],
)
def test_the_time_left_is_told_in_steps(seconds, words):
    assert time_left(seconds) == words
    progress = Progress("decode", found=9, decoded=1, seconds_left=seconds)
    assert described(progress) == f"1 of 9 images read, {words} left"

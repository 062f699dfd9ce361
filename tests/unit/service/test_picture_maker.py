"""In which order pictures are looked at, and that everybody is answered."""

from __future__ import annotations

import os
import queue

import pytest
from harness.photos import small_photo

from difd.engine.show.thumbnail import ThumbnailRequest
from difd.service.hosts.engine_messages import (
    DescribePicture,
    MakeThumbnail,
    PictureDescribed,
    PictureLost,
    PictureReport,
)
from difd.service.hosts.picture_maker import PictureMaker, _Arriving
from difd.system import interpreter


def test_what_is_asked_for_later_does_not_wait_for_what_is_under_way():
    asked: queue.SimpleQueue[MakeThumbnail] = queue.SimpleQueue()
    asked.put(MakeThumbnail(1, b"/large", 120))
    arriving = _Arriving(asked)
    large, small = ThumbnailRequest(b"/large", 120), ThumbnailRequest(b"/small", 120)
    assert next(arriving) == large
    with pytest.raises(StopIteration):
        next(arriving)
    asked.put(MakeThumbnail(2, b"/small", 120))
    assert next(arriving) == small
    assert arriving.waiting == {large: [1], small: [2]}


def test_one_picture_is_made_once_for_all_who_ask():
    asked: queue.SimpleQueue[MakeThumbnail] = queue.SimpleQueue()
    for number, size in ((1, 120), (2, 120), (3, 480), (4, 120)):
        asked.put(MakeThumbnail(number, b"/one", size))
    arriving = _Arriving(asked)
    assert [request.size for request in arriving] == [120, 480]
    assert list(arriving.waiting.values()) == [[1, 2, 4], [3]]


def test_who_asks_while_no_process_can_be_started_is_told_and_who_asks_later_gets_it(
    tmp_path, monkeypatch
):
    path = os.fsencode(small_photo("coffee.png", tmp_path / "a.png"))
    answers: queue.SimpleQueue[PictureReport] = queue.SimpleQueue()
    maker = PictureMaker(answers.put)
    with monkeypatch.context() as without:
        without.setattr(interpreter, "COMMAND", (str(tmp_path / "gone"), "-P"))
        maker.ask(MakeThumbnail(1, path, 120))
        lost = answers.get(timeout=30)
    assert lost == PictureLost(1, "cannot be looked at: no worker can be started")
    maker.ask(DescribePicture(2, path))
    assert answers.get(timeout=30).number == 2


def test_a_fault_of_ours_ends_no_thread_and_who_asks_later_is_answered(tmp_path):
    path = os.fsencode(small_photo("coffee.png", tmp_path / "a.png"))
    answers: queue.SimpleQueue[PictureReport] = queue.SimpleQueue()
    faults = iter((ValueError("not understood"),))

    def send(report: PictureReport) -> None:
        for fault in faults:
            raise fault
        answers.put(report)

    maker = PictureMaker(send)
    maker.ask(MakeThumbnail(1, path, 120))
    maker.ask(DescribePicture(2, path))
    assert answers.get(timeout=60).number in {1, 2}, "the fault costs the other one its answer"
    maker.ask(DescribePicture(3, path))
    assert isinstance(answers.get(timeout=60), PictureDescribed)

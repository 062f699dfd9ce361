"""The order in which thumbnails are made: whoever asks joins what is under way."""

from __future__ import annotations

import queue

import pytest

from difd.engine.thumbnail import ThumbnailRequest
from difd.service.host_messages import MakeThumbnail
from difd.service.picture_maker import _Arriving


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

"""How far reading is: by the work that it is, of which large pictures are more than small ones."""

from __future__ import annotations

from harness.photos import small_photo
from harness.pictures import found
from harness.records import InPlacePool

from difd.engine.memory import NoMemory
from difd.engine.read.reading import Reading


def test_a_large_picture_is_more_of_the_work_than_many_small_ones(tmp_path):
    small = [small_photo("moon.png", tmp_path / f"{n}.jpg", quality=50 + n) for n in range(9)]
    large = small_photo("retina.jpg", tmp_path / "large.png", size=(1200, 1200))
    told: list[tuple[int, float | None]] = []
    reading = Reading(50, InPlacePool(), NoMemory(), lambda: None, lambda *read: told.append(read))
    records, _ = reading.run([found(path) for path in (*small, large)])
    assert len(records) == 10
    assert told[0] == (0, None)
    *_, before, last = told
    assert (before[0], last) == (9, (10, 1.0))
    assert before[1] < 0.4
    shares = [share for _, share in told[1:]]
    assert shares == sorted(shares)

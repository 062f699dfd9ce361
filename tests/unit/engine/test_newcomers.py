"""New pictures against known ones: the same groups as a search among all that asks for the new."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from harness.photos import whole_photo
from harness.pictures import found, photo, record
from harness.records import InPlacePool, groups_of, make_library, make_options, make_record, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from difd.engine.edited import related
from difd.engine.memory import NoMemory
from difd.engine.orientation import turn_image
from difd.engine.read.reading import Reading
from difd.engine.record import Record
from difd.engine.watch.gallery import Gallery
from difd.engine.watch.newcomers import search_new
from difd.engine.work import Cancelled
from difd.protocol.ignoring import Ignored, IgnoredContent, IgnoredGroup
from difd.protocol.options import SearchOptions, with_similarity
from difd.protocol.results import Member
from difd.protocol.watching import KnownImage

PX = 10


def never() -> bool:
    return False


def nothing() -> None:
    return None


def of_file(path: Path, planes, **more) -> Record:
    """A record whose file is there, as the search looks at it once more."""
    path.touch()
    status = path.stat()
    stat = {
        "device": status.st_dev,
        "inode": status.st_ino,
        "length": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
    }
    return make_record(os.fsencode(path), planes, **stat, **more)


def incremental(known, new, options, **more):
    gallery = Gallery(PX, "exact")
    gallery.add(known, nothing)
    return search_new(new, gallery, options, InPlacePool(), never, **more)


def shown(outcome) -> list:
    """Everything a result says but its statistics."""
    return list(outcome.rows())[:-1]


@st.composite
def scenes(draw):
    """Few different pictures, near each other, in many turns, sizes and kinds."""
    count = draw(st.integers(2, 14))
    images = []
    for _ in range(count):
        seed, turn = draw(st.integers(0, 3)), draw(st.integers(0, 7))
        shift = draw(st.sampled_from([0, 0, 1, 3]))
        planes = np.random.default_rng(seed).integers(0, 200, (1, PX, PX, 3), np.uint8)
        planes = turn_image(planes + np.uint8(shift), turn)
        more = {
            "size": draw(st.sampled_from([(100, 100), (100, 50), (50, 100)])),
            "digest": draw(st.sampled_from([None, b"one", b"two"])),
            "pixels": draw(st.sampled_from([None, b"p%d" % seed])),
            "frames": draw(st.sampled_from([1, 1, 1, 4])),
        }
        images.append((planes, more, draw(st.booleans())))
    options = {
        "similarity": draw(st.sampled_from([0.0, 1.0, 9.5, 3000.0])),
        "same_dim": draw(st.booleans()),
        "rotate": draw(st.booleans()),
        "mirror": draw(st.booleans()),
    }
    return images, options, draw(st.booleans())


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scenes())
def test_it_finds_what_a_search_among_all_finds(tmp_path, scene):
    images, given_options, ignore = scene
    options = make_options(**given_options, query=True, paths=(os.fsencode(tmp_path),))
    records = [
        of_file(tmp_path / f"{number:02}.png", planes, **more)
        for number, (planes, more, _) in enumerate(images)
    ]
    new = [record for record, (*_, is_new) in zip(records, images, strict=True) if is_new]
    known = [record for record in records if record not in new]
    contents = tuple(IgnoredContent(digest, b"/x") for digest in (b"one", b"two"))
    ignored = Ignored([IgnoredGroup("i", 0.0, contents)] if ignore else [])
    paths = {record.file.path for record in new}
    marked = [
        replace(record, file=replace(record.file, named=record.file.path in paths))
        for record in records
    ]
    named = tuple(sorted(paths))
    if not new:
        return
    everything = run(make_library(marked, options, named=named), options, ignored)
    found = incremental(known, new, options, ignored=ignored)
    assert shown(found.outcome) == shown(everything)
    members = {m.path for group in groups_of(everything.rows()) for m in group}
    assert set(found.duplicates) == members & paths
    assert found.outcome.summary.files == len(records)


def grey(level: int):
    return np.full((PX, PX, 3), level, np.uint8)


def test_two_known_pictures_are_no_pair(tmp_path):
    known = [of_file(tmp_path / name, grey(7)) for name in ("a.png", "b.png")]
    other = of_file(tmp_path / "c.png", grey(200))
    assert incremental(known, [other], make_options()).duplicates == ()
    same = of_file(tmp_path / "d.png", grey(7))
    found = incremental(known, [same], make_options())
    assert found.duplicates == (same.file.path,)
    assert {member.path for (group,) in [groups_of(found.outcome.rows())] for member in group} == {
        record.file.path for record in (*known, same)
    }


def test_a_known_picture_that_is_not_as_it_was_is_left_out(tmp_path):
    known = [of_file(tmp_path / name, grey(7)) for name in ("gone.png", "other.png")]
    (tmp_path / "gone.png").unlink()
    (tmp_path / "other.png").write_bytes(b"another picture")
    new = of_file(tmp_path / "new.png", grey(7))
    assert incremental(known, [new], make_options()).duplicates == ()


def test_files_of_reference_folders_stay_and_are_no_pairs(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    known = [of_file(folder / "a.png", grey(7)), of_file(tmp_path / "b.png", grey(90))]
    options = make_options(reference=(os.fsencode(folder),))
    new = [of_file(folder / "b.png", grey(7)), of_file(tmp_path / "a.png", grey(7))]
    found = incremental(known, new, options)
    (group,) = groups_of(found.outcome.rows())
    kept = {member.path: member.action for member in group}
    assert kept[new[1].file.path] != "keep"
    assert kept[known[0].file.path] == kept[new[0].file.path] == "keep"
    assert incremental(known, new[:1], options).duplicates == ()


def test_a_gallery_reads_what_it_lacks_and_lets_go_of_the_rest(tmp_path):
    for number in range(3):
        photo(40 + number, 30).save(tmp_path / f"{number}.png")
    records = {}
    gallery, pool = Gallery(50, "exact"), InPlacePool()
    for path in sorted(tmp_path.iterdir()):
        made = record(path)
        file = made.file
        records[file.path] = KnownImage(
            path=file.path,
            watch=b"/p",
            device=file.device,
            inode=file.inode,
            size=file.size,
            mtime_ns=file.mtime_ns,
            ctime_ns=file.ctime_ns,
            volume=file.device,
            digest=made.digest,
        )
    gallery.refresh(records, pool, NoMemory(), nothing)
    assert (len(gallery), pool.calls) == (3, 3)
    gallery.refresh(records, pool, NoMemory(), nothing)
    assert pool.calls == 3
    del records[min(records)]
    broken = replace(records[max(records)], path=b"/p/broken", digest=b"")
    gallery.refresh({**records, broken.path: broken}, pool, NoMemory(), nothing)
    assert (len(gallery), pool.calls) == (2, 3)


def test_it_can_be_cancelled(tmp_path):
    known = [of_file(tmp_path / "a.png", grey(7))]
    gallery = Gallery(PX, "exact")
    gallery.add(known, nothing)
    new = [of_file(tmp_path / "b.png", grey(7))]
    with pytest.raises(Cancelled):
        search_new(new, gallery, make_options(), InPlacePool(), lambda: True)


def test_a_new_edited_copy_is_found_among_known_pictures(tmp_path):
    pictures = {
        "known.png": whole_photo("astronaut.png"),
        "other.png": whole_photo("coffee.png"),
        "new.png": whole_photo("astronaut.png").crop((100, 40, 420, 340)),
    }
    for name, picture in pictures.items():
        picture.save(tmp_path / name, compress_level=1)
    asked = with_similarity(SearchOptions(paths=(os.fsencode(tmp_path),)), "edited")
    pool = InPlacePool()
    reading = Reading(50, pool, NoMemory(), nothing, lambda *_: None, shown=True, features=True)
    records, _ = reading.run([found(tmp_path / name) for name in pictures])
    known = [record for record in records if not record.file.path.endswith(b"new.png")]
    new = [record for record in records if record.file.path.endswith(b"new.png")]
    gallery = Gallery(50, "exact", shown=True, features=True)
    gallery.add(known, nothing)
    chosen, left_out = gallery.candidates(new, asked, nothing)
    assert left_out == 0
    assert [record.file.path for record in chosen] == [os.fsencode(tmp_path / "known.png")]
    made = search_new(new, gallery, asked, pool, never)
    assert made.duplicates == (os.fsencode(tmp_path / "new.png"),)
    members = [row for row in made.outcome.rows() if isinstance(row, Member)]
    assert [row.match for row in members] == [None, "edited"]
    plain = search_new(new, gallery, replace(asked, edited=False), pool, never)
    assert plain.duplicates == ()


def test_what_is_left_out_for_having_too_much_in_common_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(related, "_LAID", (1, 0))
    form = whole_photo("astronaut.png")
    names = [f"{number}.png" for number in range(4)]
    for number, name in enumerate(names):
        form.crop((number, 0, 400 + number, 400)).save(tmp_path / name, compress_level=1)
    asked = with_similarity(SearchOptions(paths=(os.fsencode(tmp_path),)), "edited")
    reading = Reading(
        50, InPlacePool(), NoMemory(), nothing, lambda _done, _left: None, shown=True, features=True
    )
    records, _ = reading.run([found(tmp_path / name) for name in names])
    gallery = Gallery(50, "exact", shown=True, features=True)
    gallery.add(records[1:], nothing)
    made = search_new(records[:1], gallery, asked, InPlacePool(), never)
    (notice,) = made.outcome.summary.notices
    assert "were not compared for edited copies" in notice
    assert made.outcome.statistics.notices == (notice,)

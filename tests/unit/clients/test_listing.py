"""What a terminal shows of a result: numbers, short names, copies under what they equal."""

from __future__ import annotations

import os
import sys

import msgspec
import pytest

from difclient.cli.listing import listing
from difclient.cli.naming import Names, names_of
from difclient.cli.totals import Tally, head, next_steps, summary
from difd.protocol.deciding import Fate
from difd.protocol.jobs import JobInfo
from difd.protocol.options import SearchOptions
from difd.protocol.results import UNSUPPORTED, Group, Invalid, Lie, Member, Summary

SHOWN = Names(b"/p", "/p", "  ")
PIPED = Names(None, "/p")
LIE = Lie(0, 0, 1, 0, mirrored=False, corners=((0, 0),) * 4, shows=0.5, shown=1)


def member(name: str, action="keep", keeper=None, match=None, **more) -> Member:
    return Member(
        1,
        b"/p/" + name.encode(),
        action,
        "kept: it is older",
        40,
        30,
        2000,
        0,
        "JPEG",
        keeper=None if keeper is None else b"/p/" + keeper.encode(),
        match=match,
        mse=None if match is None else 1.0,
        **more,
    )


# As a search gives them: the edited copies last, and the others in the order of their paths.
ROWS = [
    Group(1, None, 6, 4000, 1),
    member("look.jpg", "review", "m/stays.jpg", "similar"),
    member("m/stays.jpg"),
    member("of look.jpg", "remove", "look.jpg", "bytes"),
    member("turned.png", "remove", "m/stays.jpg", "pixels", rotation=90),
    member("z.jpg", "remove", "m/stays.jpg", "bytes"),
    member("crop.jpg", "none", "z.jpg", "edited", lie=msgspec.structs.replace(LIE)),
    Invalid(b"/p/broken.jpg", "the file is truncated"),
    Invalid(b"/p/notes.txt", UNSUPPORTED),
]
FOUND = Summary(5, 2, 1, 4, 4000, 10, edited_files=1, unread_files=1)


def job(*paths: bytes, **more) -> JobInfo:
    options = SearchOptions(paths=paths or (b"/p",), **more)
    return JobInfo("abcdef0123456789", "done", options, 1.0, 10.0, 72.4)


def lines(rows, names=SHOWN, fate=None) -> list[str]:
    made = listing(rows, names, fate or Fate())
    return ["".join(text for text, _ in segments) for segments in made]


def text(segments) -> str:
    return "".join(words for words, _ in segments)


def tallied(rows=ROWS, **more) -> Tally:
    tally = Tally(**more)
    for row in rows:
        tally.count(row)
    return tally


def test_a_copy_stands_under_the_file_that_it_equals():
    assert lines(ROWS) == [
        "Group 1  6 files, 4.0 kB to free",
        "keep  m/stays.jpg  40×30 JPEG, 2.0 kB",
        "      kept: it is older",
        "extra   z.jpg  same file content",
        "edited     crop.jpg  40×30 JPEG, edited copy",
        "extra   turned.png  40×30 JPEG, 2.0 kB, same pixels, turned 90°",
        "look    look.jpg  40×30 JPEG, 2.0 kB, similar, MSE 1.00",
        "extra     of look.jpg  same file content",
        "",
        "not read  broken.jpg  the file is truncated",
    ]


def test_what_programs_may_read_has_whole_paths_and_no_indentation():
    shown = lines(ROWS, PIPED)
    assert "extra /p/of look.jpg  same file content" in shown
    assert "not read  /p/broken.jpg  the file is truncated" in shown
    assert not any(line.startswith("extra  ") for line in shown)


def test_files_that_name_each_other_or_nobody_are_shown_once():
    rows = [
        Group(1, None, 4, 0),
        member("a", "review", "b", "similar"),
        member("b", "review", "a", "similar"),
        member("c", "review", "elsewhere", "similar"),
        member("d", "review", "d", "similar"),
    ]
    shown = lines(rows)[1:]
    assert sorted(line.split()[1] for line in shown) == ["a", "b", "c", "d"]


def test_a_long_chain_of_copies_is_no_staircase():
    chain = [member(f"{n}", "review", f"{n - 1}" if n else None, "similar") for n in range(2000)]
    shown = lines([Group(1, None, 2000, 0), *chain])[1:]
    assert len(shown) == 2000
    assert max(line.index(line.split()[1]) for line in shown) == len("look  ") + 8


def test_groups_have_a_line_between_them():
    second = [msgspec.structs.replace(row, group=2) for row in ROWS[1:3]]
    shown = lines([*ROWS[:3], Group(2, b"/p/m", 2, 0), *second])
    assert shown[shown.index("Group 2  2 files in m") - 1] == ""


def test_the_numbers_come_first():
    shown = [text(line) for line in head(job(), FOUND, tallied(), SHOWN)]
    assert shown == [
        "1 group of duplicates in /p",
        "  3 extra files, proven equal, safe to let go: 4.0 kB",
        "  1 file to look at: alike, not proven equal",
        "  1 edited copy",
        "  1 file not read, listed last",
        "5 images compared in 1 min 2 s, 1 other file left aside (no image type).",
    ]
    assert text(summary(job(), FOUND, tallied())) == (
        "1 group, 3 extra files, 1 file to look at, 1 edited copy; 4.0 kB can be freed safely. "
        "5 images compared, 1 not read. Job abcdef01."
    )
    assert [text(step) for step in next_steps(job(), FOUND, tallied())] == [
        "Look and decide: difctl review abcdef01",
        "Move the 3 extra files to the trash: difctl trash abcdef01 (asks first)",
    ]


def test_numbers_of_many_digits_stand_under_each_other():
    tally = Tally(extra=12_345, look=7)
    shown = [text(line) for line in head(job(), FOUND, tally, SHOWN)]
    assert shown[1].startswith("  12,345 extra files")
    assert shown[2].startswith("       7 files to look at")


def test_what_is_gone_or_said_to_be_no_duplicate_is_not_safe_to_let_go():
    tally = tallied(fate=Fate(gone=frozenset({b"/p/z.jpg"})))
    assert (tally.extra, tally.look, tally.gone, tally.free) == (2, 1, 1, 2000)
    tally = tallied(fate=Fate(gone=frozenset({b"/p/m/stays.jpg"})))
    assert (tally.extra, tally.gone, tally.free) == (1, 1, 0)
    tally = tallied(fate=Fate(ignored={1: "x"}))
    assert (tally.extra, tally.look, tally.free) == (0, 0, 0)
    steps = [text(step) for step in next_steps(job(), FOUND, tally)]
    assert steps == ["Look and decide: difctl review abcdef01"]


@pytest.fixture
def _terminal(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)


@pytest.mark.usefixtures("_terminal")
def test_names_are_relative_to_what_all_that_was_searched_has_in_common(tmp_path):
    place = os.fsencode(tmp_path)
    for folder in ("New", "Archive/2019"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "New/a.png").write_bytes(b"")
    given = {
        (b"New",): (b"New", b"New/x", "x"),
        (b"New/a.png",): (b"New", b"New/x", "x"),
        (b"New/a.png", b"New"): (b"New", b"New/x", "x"),
        (b"New", b"Archive/2019"): (b"", b"New/x", "New/x"),
        (b"New", b"New"): (b"New", b"Newer/x", f"{tmp_path}/Newer/x"),
        (b"New/gone",): (b"New", b"New/gone", "gone"),
    }
    for paths, (base, file, name) in given.items():
        names = names_of(job(*(os.path.join(place, path) for path in paths)))
        assert names.base == os.path.join(place, base).rstrip(b"/")
        assert names.of(os.path.join(place, file)) == name
        assert names.places == os.fsdecode(names.base)
    names = names_of(job(place + b"/New", reference=(place + b"/Archive",)))
    assert names.base == place
    names = names_of(job(place, b"/usr", b"/bin", b"/lib"))
    assert names.base is None
    assert names.places == f"{tmp_path}, /usr, /bin and 1 more"
    assert names.of(b"/usr/x") == "/usr/x"


@pytest.mark.usefixtures("_terminal")
def test_of_another_machine_nothing_is_looked_at(monkeypatch):
    monkeypatch.setenv("DIFD_HOST", "nas")
    names = names_of(job(b"/no such/photos"))
    assert names.of(b"/no such/photos/a.jpg") == "a.jpg"
    names = names_of(job(b"/no such/photos/a.jpg"))
    assert names.of(b"/no such/photos/b.jpg") == "/no such/photos/b.jpg"


def test_names_cannot_control_the_terminal():
    assert SHOWN.of(b"/p/a\x1b]0;x\x07\n\xff") == r"a\x1b]0;x\x07\n\xff"


def test_in_a_pipe_names_are_whole(tmp_path):
    assert names_of(job(os.fsencode(tmp_path))).base is None

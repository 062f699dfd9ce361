"""The configuration file: every mistake gets a sentence with its line, no comment is lost."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from difd.protocol.errors import InvalidConfiguration, InvalidOption, OwnFilesUnsafe
from difd.protocol.options import SearchOptions
from difd.protocol.settings import (
    SearchSettings,
    Settings,
    check_value,
    settings_by_name,
    value_of,
    with_settings,
)
from difd.store.cache.layout import LIMIT
from difd.store.settings_file import SIZE_MAX, change, parse, read_text, write

FILE = Path("/x/config.toml")
OWN = """\
# mine
[search]   # how I search
px_size = 60       # more precise
exclude = [
    "*.tmp",       # left-overs
    "cache/",
]

[daemon]
log_level = "debug"
"""


def test_an_empty_file_configures_what_difd_does_anyway():
    options = SearchOptions(paths=(b"/p",))
    configured = parse("", FILE)
    assert configured == (Settings(), ())
    assert with_settings(options, configured.settings.search, ()) == options
    assert configured.settings.cache.limit_bytes == LIMIT


def test_every_option_that_says_how_to_search_can_be_configured():
    about_this_search = {"paths", "query", "reference"}
    # `similarity` says it.
    about_this_search.add("edited")
    assert {*SearchOptions.__struct_fields__} - about_this_search == {
        *SearchSettings.__struct_fields__
    }


@pytest.mark.parametrize(("similarity", "overlaps"), [("edited", True), ("similar", False)])
def test_overlaps_are_told_where_edited_copies_are_looked_for(similarity, overlaps):
    text = f"[search]\noverlaps = true\nsimilarity = '{similarity}'\n"
    found = with_settings(SearchOptions(paths=(b"/p",)), parse(text, FILE).settings.search, ())
    assert (found.edited, found.overlaps) == (overlaps, overlaps)


def test_what_the_command_line_says_wins():
    configured = parse("[search]\npx_size = 80\nrotate = false\nsimilarity = 'similar'\n", FILE)
    options = SearchOptions(paths=(b"/p",), px_size=50)
    found = with_settings(options, configured.settings.search, {"px_size", "paths"})
    assert (found.px_size, found.rotate, found.similarity) == (50, False, 5.0)


@pytest.mark.parametrize("name", settings_by_name())
def test_every_default_may_be_written_down(name):
    value = msgspec.to_builtins(value_of(Settings(), name))
    if value is not None:
        assert check_value(name, value) == value_of(Settings(), name)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "\n[search]\n\ndecode = 'fats'\n",
            'line 4: search.decode is \'fats\', and must be "auto", "exact" or "fast".',
        ),
        ("[search]\npx_size = 9\n", "line 2: search.px_size is 9, and must be a whole number from"),
        ("[search]\npx_size = true\n", "line 2: search.px_size is True, and must be"),
        ("search.rotate = 1", "line 1: search.rotate is 1, and must be true or false."),
        ("search = { rotate = 1 }", "line 1: search.rotate is 1"),
        ("[search]\nsimilarity = nan", "line 2: search.similarity is nan, and must be"),
        ("[search]\nkeep = [\n  'bytes',\n  'biggest',\n]\n", "line 2: search.keep is"),
        ("[search]\nexclude = ['!']\n", "line 2: search.exclude has a pattern"),
        ("[search]\nchunksize = 99999999999999999999", "line 2: search.chunksize is"),
        ("[cache]\nlimit = '8 GiBB'", "line 2: cache.limit is '8 GiBB', and must be a size"),
        ("[cache]\nlimit = '1 MB'", "line 2: cache.limit is '1 MB', and must be a size of at"),
        ("[daemon]\nidle_minutes = -1", "line 2: daemon.idle_minutes is -1, and must be"),
        ("[search]\n#\npx_sise = 5", "line 3: There is no setting 'search.px_sise'. Did you mean"),
        (
            "[serach]\npx_size = 5",
            "line 2: There is no setting 'serach.px_size'. Did you mean",
        ),
        ("px_size = 5", "line 1: There is no setting 'px_size'."),
        ("[search]\npx_size = = 5", "it is not TOML: Invalid value (at line 2"),
        ("[search]\npx_size = 50\npx_size = 50", "it is not TOML: "),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(text, sentence):
    with pytest.raises(InvalidConfiguration) as refusal:
        parse(text, FILE)
    assert sentence in refusal.value.message
    assert refusal.value.path == b"/x/config.toml"


@given(st.text())
def test_any_text_is_settings_or_one_error(text):
    with suppress(InvalidConfiguration):
        assert isinstance(parse(text, FILE).settings, Settings)


def test_a_change_keeps_comments_and_order():
    changed = change(OWN, FILE, "search.px_size", ("70",))
    assert changed == OWN.replace("px_size = 60", "px_size = 70")
    assert change(changed, FILE, "daemon.log_level", ("info",)) == changed.replace("debug", "info")


def test_a_setting_that_was_not_there_joins_its_table():
    changed = change(OWN, FILE, "search.rotate", ("off",))
    assert parse(changed, FILE).settings.search.rotate is False
    assert parse(changed, FILE).settings.search.exclude == ("*.tmp", "cache/")
    assert "# left-overs" in changed
    assert changed.index("rotate") < changed.index("[daemon]")


def test_a_setting_goes_back_to_its_default():
    changed = change(OWN, FILE, "search.px_size", None)
    assert "px_size" not in changed
    assert "# how I search" in changed
    assert change("", FILE, "cache.limit", None).startswith("#")


@pytest.mark.parametrize(
    ("name", "words", "value"),
    [
        ("search.similarity", ("similar",), "similar"),
        ("search.similarity", ("12.5",), 12.5),
        ("search.keep", ("bytes, oldest", "in:/a"), ("bytes", "oldest", "in:/a")),
        ("search.exclude", ("a,b", "*.tmp"), ("a,b", "*.tmp")),
        ("search.exclude", (), ()),
        ("search.processes", ("3",), 3),
        ("search.mirror", ("yes",), True),
        ("actions.only", ("bytes,pixels",), ("bytes", "pixels")),
        ("cache.limit", ("100 MB",), "100 MB"),
        ("cache.limit", ("100000000",), 100_000_000),
        ("daemon.idle_minutes", ("0.5",), 0.5),
    ],
)
def test_words_become_values(name, words, value):
    for text in ("", OWN):
        assert value_of(parse(change(text, FILE, name, words), FILE).settings, name) == value


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("search.px_size", ("many",), "search.px_size is 'many', and must be a whole number"),
        ("search.px_size", (), "takes one value, not 0"),
        ("search.rotate", ("perhaps",), "search.rotate is 'perhaps', and must be true or false"),
        (
            "search.pxsize",
            ("5",),
            "There is no setting 'search.pxsize'. Did you mean search.px_size?",
        ),
        ("", ("5",), "There is no setting ''."),
        ("actions.only", ("all",), "actions.only is ['all'], and must be a list of"),
    ],
)
def test_words_that_mean_nothing_are_refused(name, words, sentence):
    with pytest.raises(InvalidOption) as refusal:
        change(OWN, FILE, name, words)
    assert sentence in refusal.value.message


@pytest.mark.parametrize("text", ["[search", "search = 3"])
def test_a_file_that_is_wrong_is_not_changed(text):
    with pytest.raises(InvalidConfiguration):
        change(text, FILE, "search.px_size", ("70",))


def test_the_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "config" / "difd" / "config.toml"
    write(path, "[search]\n")
    assert path.read_text() == "[search]\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_file_behind_a_link_is_neither_read_nor_written(tmp_path):
    real = tmp_path / "dotfiles.toml"
    real.write_text(OWN)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    with pytest.raises(OwnFilesUnsafe, match="is a link") as refused:
        read_text(link)
    assert f"cp -p {real} " in refused.value.hint
    with pytest.raises(OwnFilesUnsafe, match="is a link"):
        write(link, "[search]\n")
    assert link.is_symlink()
    assert real.read_text() == OWN


def test_a_file_that_others_can_change_is_not_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(OWN)
    path.chmod(0o666)
    with pytest.raises(OwnFilesUnsafe, match="can be changed by other users") as refused:
        read_text(path)
    assert refused.value.hint.endswith(f"chmod go-w {path}")
    path.chmod(0o600)
    assert read_text(path) == OWN


def test_what_cannot_be_written_stays_as_it_was(tmp_path):
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(OwnFilesUnsafe, match="is not a regular file"):
        write(tmp_path / "config.toml", "")
    assert os.listdir(tmp_path) == ["config.toml"]


def test_a_missing_file_is_an_empty_one(tmp_path):
    assert read_text(tmp_path / "none" / "config.toml") == ""


def test_what_is_no_file_of_text_is_refused(tmp_path):
    place = tmp_path / "config.toml"
    os.mkfifo(place)
    with pytest.raises(OwnFilesUnsafe, match="is not a regular file"):
        read_text(place)
    place.unlink()
    place.write_bytes(b"[search]\n\xff\n")
    with pytest.raises(InvalidConfiguration, match="line 2 is not UTF-8"):
        read_text(place)
    place.write_bytes(b"#" * (SIZE_MAX + 1))
    with pytest.raises(InvalidConfiguration, match="larger"):
        read_text(place)

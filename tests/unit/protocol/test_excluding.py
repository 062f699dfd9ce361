"""What is left out: values that name something are paths, all others are patterns."""

from __future__ import annotations

import pytest

from difd.protocol.errors import InvalidOption
from difd.protocol.excluding import check_exclusions, exclusions, fault_of
from difd.protocol.options import SearchOptions, check_options


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current directory, with an album that is searched and a folder that is not."""
    for name in ("album/A/Private", "album/[2024]", "outside/B"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def meant(here, value):
    (result,) = exclusions([value], [bytes(here / "album")])
    return result


@pytest.mark.parametrize(
    "value", ["./album/A", "album/A", "~/album/A", "album/../album/A", "./gone/../album/A/"]
)
def test_what_the_shell_finds_there_is_a_path(here, value):
    (here / "gone").mkdir()
    assert meant(here, value) == str(here / "album/A")


@pytest.mark.parametrize(
    "value", ["*.tmp", "cache/", "/top.jpg", "outside/B", "X/Private", "!keep"]
)
def test_everything_else_is_a_pattern(here, value):
    assert meant(here, value) == value


def test_a_plain_name_stays_a_pattern_for_it_leaves_out_more(here, monkeypatch):
    monkeypatch.chdir(here / "album")
    assert meant(here, "A") == "A"
    assert meant(here, "A/Private") == str(here / "album/A/Private")
    assert meant(here, "[2024]") == str(here / "album/[2024]")


def test_a_path_that_is_not_there_is_still_a_path_if_it_is_written_like_one(here):
    assert meant(here, "./gone") == str(here / "gone")
    assert meant(here, "~/gone") == str(here / "gone")


def test_two_dots_after_a_link_mean_what_they_mean_for_the_system(here):
    (here / "outside/link").symlink_to(here / "album/A")
    assert meant(here, "outside/link/../[2024]") == str(here / "album/[2024]")


@pytest.mark.parametrize(
    "pattern", ["", "  ", "/", "!", "[ab", "a[!]", "x\\", "[a\\]", "a[[:alpha:"]
)
def test_a_broken_pattern_is_refused(pattern):
    assert fault_of(pattern)
    with pytest.raises(InvalidOption, match="exclude has a pattern that is not understood"):
        check_options(SearchOptions(paths=(b"/p",), exclude=(pattern,)))


@pytest.mark.parametrize(
    "pattern", ["*", "[ab]", "[]a]", "[!]a]", "a\\[b", "!x", "#x", "a\\\\", "**/x/"]
)
def test_a_pattern_that_says_something_is_taken(pattern):
    check_exclusions((pattern,))


def test_a_path_that_is_there_may_have_any_name(here):
    (here / "album/[a").mkdir()
    check_exclusions((str(here / "album/[a"),))

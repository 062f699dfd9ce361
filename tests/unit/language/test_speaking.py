"""Languages: which one somebody gets, how it writes numbers, and that nobody else gets it."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from difclient.language.catalogue import _, counted, number, speaking, spoken_code
from difclient.language.choice import browser_language, desktop_language
from difclient.language.nouns import count_files
from difclient.language.numbers import duration, percent, size, when

THIN, FIXED = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("nl,fr;q=0.5,en;q=0.4", "fr"),
        ("en;q=0.4,es;q=0.5", "es"),
        ("ES-mx", "es"),
        ("*", "en"),
        ("ja", "en"),
        ("de;q=0, fr", "fr"),
        ("de;q=x", "de"),
        ("," * 5000 + "de", "en"),
    ],
)
def test_the_page_is_in_the_language_that_the_browser_likes_best(accepted, language):
    assert browser_language(accepted) == language


def test_the_desktop_is_in_its_own_language_or_the_configured_one(monkeypatch):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert desktop_language("auto") == desktop_language() == "fr"
    assert desktop_language("es") == "es"


@pytest.mark.parametrize(
    ("language", "numbers", "sizes", "shares"),
    [
        ("en", ["999", "1,234", "1,234,567"], ["1 byte", "999 bytes", "12.3 MB"], "62%"),
        ("de", ["999", "1.234", "1.234.567"], ["1 Byte", "999 Byte", "12,3 MB"], f"62{FIXED}%"),
        (
            "fr",
            ["999", f"1{THIN}234", f"1{THIN}234{THIN}567"],
            ["1 octet", "999 octets", "12,3 Mo"],
            f"62{FIXED}%",
        ),
        ("es", ["999", "1234", "1.234.567"], ["1 byte", "999 bytes", "12,3 MB"], f"62{FIXED}%"),
    ],
)
def test_numbers_are_written_as_people_write_them(language, numbers, sizes, shares):
    with speaking(language):
        assert [number(value) for value in (999, 1234, 1_234_567)] == numbers
        assert [size(count) for count in (1, 999, 12_345_678)] == sizes
        assert percent(0.62) == shares


def test_sizes_have_the_unit_that_fits():
    written = [size(count) for count in (1000, 999_999, 10**9, 10**12, 5 * 10**15)]
    assert written == ["1.0 kB", "1,000.0 kB", "1.0 GB", "1.0 TB", "5,000.0 TB"]


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "1970-01-02"), ("de", "02.01.1970"), ("fr", "02/01/1970"), ("es", "02/01/1970")],
)
def test_dates_are_written_as_people_write_them(language, day):
    noon = datetime(1970, 1, 2, 12, 30).astimezone().timestamp()
    with speaking(language):
        assert when(noon) == f"{day} 12:30"
        assert when(1e300) == _("an impossible date")
    assert duration(3725) == "1 h 2 min"


@pytest.mark.parametrize(
    ("language", "none", "one", "many"),
    [
        ("de", "0 Dateien", "1 Datei", "2 Dateien"),
        ("fr", "0 fichier", "1 fichier", "2 fichiers"),
        ("es", "0 archivos", "1 archivo", "2 archivos"),
    ],
)
def test_things_are_counted_as_the_language_counts_them(language, none, one, many):
    with speaking(language):
        assert [count_files(count) for count in (0, 1, 2)] == [none, one, many]


def test_english_is_said_where_no_language_was_named():
    assert (_("Undo"), spoken_code()) == ("Undo", "en")
    with speaking("de"):
        assert _("Undo") == "Rückgängig"
    assert _("Undo") == "Undo"


def test_two_threads_speak_two_languages_at_the_same_time():
    said = {}
    both = threading.Barrier(2)

    def say(language: str) -> None:
        with speaking(language):
            both.wait()
            said[language] = counted("%(count)s group", "%(count)s groups", 2)
            both.wait()

    threads = [threading.Thread(target=say, args=(one,)) for one in ("de", "fr")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"de": "2 Gruppen", "fr": "2 groupes"}


def test_a_language_without_its_catalogue_is_english(tmp_path, monkeypatch):
    from difclient.language import catalogue  # noqa: PLC0415

    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    catalogue.language_of.cache_clear()
    with speaking("de"):
        assert _("Undo") == "Undo"
    catalogue.language_of.cache_clear()

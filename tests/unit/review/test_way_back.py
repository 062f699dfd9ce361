"""Addresses that open a page that has ended: they name a view, and can say nothing else."""

from __future__ import annotations

import pytest

from difclient.review import way_back


@pytest.mark.parametrize(
    ("address", "view"),
    [
        ("difd:", ""),
        ("difd:/", ""),
        ("DIFD:settings", "settings"),
        ("difd:job/3f2a91bc", "job/3f2a91bc"),
        ("difd:/job/3f2a91bc/", "job/3f2a91bc"),
        ("difd://job/3f2a91bc", "job/3f2a91bc"),
        ("difd:job/3f2a91bc?key=1", None),
        ("difd:job/../settings", None),
        ("difd:--port=1", None),
        ("difd:history", None),
        ("difd:job/3f2a91bc\n", None),
        ("http://127.0.0.1/", None),
        ("last", None),
    ],
)
def test_an_address_names_a_view_or_nothing(address, view):
    assert way_back.view_of(address) == view


def test_only_a_desktop_with_our_entry_opens_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "all"))
    assert not way_back.is_open()
    table = tmp_path / "all" / "applications" / "mimeinfo.cache"
    table.parent.mkdir(parents=True)
    table.write_text("[MIME Cache]\nx-scheme-handler/mailto=mail.desktop;\n")
    assert not way_back.is_open()
    table.write_text("[MIME Cache]\nx-scheme-handler/difd=difd.desktop;\n")
    assert way_back.is_open()

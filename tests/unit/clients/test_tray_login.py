"""The entry that starts the tray at login: ours comes and goes, anybody else's stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from difclient.tray import login
from difd.protocol.errors import ActionRefused


@pytest.fixture
def entry(instance) -> Path:
    return instance.root / "config" / "autostart" / "difd-tray.desktop"


def test_it_comes_and_goes_without_a_trace(instance, entry):
    def everything() -> list[Path]:
        return sorted(instance.root.rglob("*"))

    before = everything()
    login.enable()
    assert login.is_enabled()
    assert 'difctl" tray' in entry.read_text()
    login.enable()
    login.disable()
    assert not login.is_enabled()
    assert everything() == before


@pytest.mark.parametrize("change", ["Exec=", "Hidden=true\nExec="])
def test_what_somebody_changed_stays_and_is_said(entry, change):
    login.enable()
    entry.write_text(entry.read_text().replace("Exec=", change) + "Comment[fr]=Photos\n")
    changed = entry.read_bytes()
    for switch in (login.disable, login.enable):
        with pytest.raises(ActionRefused, match="changed by somebody else") as refusal:
            switch()
        assert refusal.value.path == bytes(entry)
        assert entry.read_bytes() == changed
    assert login.is_enabled() is ("Hidden" not in change)


def test_an_entry_of_somebody_else_stays(entry):
    entry.parent.mkdir()
    entry.write_text("[Desktop Entry]\nExec=mine\n")
    with pytest.raises(ActionRefused):
        login.disable()
    assert entry.read_text() == "[Desktop Entry]\nExec=mine\n"


@pytest.mark.parametrize(
    "text",
    ["[Desktop Entry]\nX-GNOME-Autostart-enabled=false\n", "no key file", "[Other]\n", "\xff"],
)
def test_an_entry_that_starts_nothing_is_not_taken_for_one_that_does(entry, text):
    entry.parent.mkdir()
    entry.write_text(text, encoding="latin-1")
    assert not login.is_enabled()

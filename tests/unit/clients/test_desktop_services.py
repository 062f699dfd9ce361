"""What `difctl doctor` says of the desktop; a program in the place of `dbus-send` answers."""

from __future__ import annotations

import shutil

import pytest

from difclient.desktop_services import examine_desktop


@pytest.fixture
def bus(tmp_path, monkeypatch):
    """Lets the session's bus have these names, or none answer."""
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setenv("PATH", str(tmp_path))

    def answer(*names: str, code: int = 0) -> None:
        program = tmp_path / "dbus-send"
        shell = shutil.which("sh", path="/bin:/usr/bin")
        program.write_text(f"#!{shell}\necho array [ {' '.join(names)} ]\nexit {code}\n")
        program.chmod(0o755)

    return answer


def told() -> dict[str, tuple[str, str]]:
    return {finding.name: (finding.state, finding.says) for finding in examine_desktop()}


def test_without_a_screen_nothing_is_wrong(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert {state for state, _ in told().values()} == {"good"}


def test_what_is_there_is_good(bus, tmp_path):
    bus(":1.5", "org.freedesktop.Notifications", "org.kde.StatusNotifierWatcher")
    (tmp_path / "xdg-open").write_text("")
    (tmp_path / "xdg-open").chmod(0o755)
    found = told()
    assert {state for state, _ in found.values()} == {"good"}
    assert found["review page"][1] == "opens with xdg-open"
    assert found["notifications"][1] == "are shown"


def test_what_is_missing_is_doubtful_with_what_to_do(bus):
    bus(":1.5")
    found = told()
    assert found["review page"][0] == "doubtful"
    assert "--no-browser" in found["review page"][1]
    assert found["notifications"][0] == "doubtful"


@pytest.mark.parametrize("code", [0, 1])
def test_a_bus_that_does_not_answer_is_said(bus, tmp_path, code):
    bus(code=1)
    if code == 0:
        (tmp_path / "dbus-send").unlink()
    assert told()["bus"][0] == "doubtful"

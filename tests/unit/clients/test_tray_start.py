"""What the tray starts: our own program, whatever lies in the folder that it was started in."""

from __future__ import annotations

import pytest

from difclient.tray import icon
from difd.protocol.errors import UsageError


def test_no_module_comes_from_the_folder_the_tray_was_started_in(tmp_path, monkeypatch):
    planted = tmp_path / "difclient"
    planted.mkdir()
    (planted / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (planted / "__main__.py").write_text("")
    started = []
    start = icon.start_beside
    monkeypatch.setattr(icon, "start_beside", lambda command: started.append(start(command)))
    monkeypatch.chdir(tmp_path)
    icon._start("--version")
    (process,) = started
    assert process.wait(60) == 0
    assert not (tmp_path / "ran").exists()


def test_a_log_or_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="not there") as error:
        icon._open(tmp_path / "away")
    assert error.value.path == bytes(tmp_path / "away")

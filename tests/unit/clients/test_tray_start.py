"""What the tray starts: our own program, whatever lies in the folder that it was started in."""

from __future__ import annotations

import subprocess

from difclient.tray import icon


def test_no_module_comes_from_the_folder_the_tray_was_started_in(tmp_path, monkeypatch):
    planted = tmp_path / "difclient"
    planted.mkdir()
    (planted / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (planted / "__main__.py").write_text("")
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(icon.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)))
    monkeypatch.chdir(tmp_path)
    icon._start("--version")
    (process,) = started
    assert process.wait(60) == 0
    assert not (tmp_path / "ran").exists()

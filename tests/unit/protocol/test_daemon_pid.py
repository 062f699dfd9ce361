"""Whose process the lock file names, where the system does not tell what a process has open."""

from __future__ import annotations

import os

import pytest

from difd.protocol.endpoint import Endpoint, daemon_pid


@pytest.mark.parametrize("content", ["-1", "0", "", "x"])
def test_a_damaged_lock_names_nobody(tmp_path, monkeypatch, content):
    endpoint = Endpoint(runtime=tmp_path, state=tmp_path)
    endpoint.lock.write_text(content)
    monkeypatch.setattr(os.path, "isdir", lambda _path: False)
    monkeypatch.setattr(os, "kill", lambda _pid, _signal: None)
    assert daemon_pid(endpoint) is None

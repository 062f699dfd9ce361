"""The runtime directory is ours alone, or there is no daemon."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from difd.protocol.endpoint import Endpoint, prepare_directories, user_endpoint
from difd.protocol.errors import RuntimeDirectoryUnsafe
from difd.system.endpoint import is_listening


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch) -> Endpoint:
    monkeypatch.chdir(tmp_path)
    return Endpoint(runtime=tmp_path / "r" / "difd", state=tmp_path / "s")


def test_directories_are_made_for_the_owner_only(endpoint):
    prepare_directories(endpoint)
    prepare_directories(endpoint)
    assert stat.S_IMODE(endpoint.runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE(endpoint.state.stat().st_mode) == 0o700


def test_a_directory_that_others_may_enter_is_refused(endpoint):
    endpoint.runtime.mkdir(parents=True)
    endpoint.runtime.chmod(0o750)
    with pytest.raises(RuntimeDirectoryUnsafe, match="open to other users"):
        prepare_directories(endpoint)


def test_a_link_in_its_place_is_refused(endpoint, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    endpoint.runtime.parent.mkdir()
    endpoint.runtime.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RuntimeDirectoryUnsafe, match="is a link"):
        prepare_directories(endpoint)


def test_a_dangling_link_in_its_place_is_refused(endpoint, tmp_path):
    endpoint.runtime.parent.mkdir()
    endpoint.runtime.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RuntimeDirectoryUnsafe, match="is a link"):
        prepare_directories(endpoint)


def test_a_file_in_its_place_is_refused(endpoint):
    endpoint.runtime.parent.mkdir()
    endpoint.runtime.write_text("")
    with pytest.raises(RuntimeDirectoryUnsafe, match="is not a directory"):
        prepare_directories(endpoint)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_somebody_elses_directory_is_refused(endpoint):
    endpoint.runtime.mkdir(parents=True, mode=0o700)
    os.chown(endpoint.runtime, 65534, 65534)
    with pytest.raises(RuntimeDirectoryUnsafe, match="belongs to another user"):
        prepare_directories(endpoint)


def test_a_path_too_long_for_a_socket_is_refused(tmp_path):
    endpoint = Endpoint(runtime=tmp_path / ("x" * 120), state=tmp_path)
    with pytest.raises(RuntimeDirectoryUnsafe, match="longer than 103 bytes"):
        prepare_directories(endpoint)


def test_a_parent_that_cannot_be_made_is_refused_with_its_name(tmp_path):
    (tmp_path / "file").write_text("")
    endpoint = Endpoint(runtime=tmp_path / "file" / "difd", state=tmp_path)
    with pytest.raises(RuntimeDirectoryUnsafe, match="cannot be created"):
        prepare_directories(endpoint)


def test_the_xdg_variables_move_everything(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "r"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    endpoint = user_endpoint()
    assert endpoint.runtime == tmp_path / "r" / "difd"
    assert endpoint.state == tmp_path / "s" / "difd"


@pytest.mark.parametrize("value", [None, "", "relative/path"])
def test_without_a_runtime_directory_the_state_directory_serves_and_never_tmp(
    tmp_path, monkeypatch, value
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if value is None:
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    else:
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    assert user_endpoint().runtime == tmp_path / "difd" / "run"


def test_listening_is_told_from_a_stale_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("s.sock")
    assert not is_listening(path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        assert not is_listening(path)
        listener.listen()
        assert is_listening(path)
    assert path.exists()
    assert not is_listening(path)

"""Who installed difd decides which commands are told."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest

from difd.system import installed


class Told:
    """A distribution with what its installer left."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def read_text(self, name: str) -> str | None:
        assert name == "INSTALLER"
        return self._text


@pytest.mark.parametrize(
    ("told", "mark", "removing", "adding"),
    [
        ("pip\n", None, f"{sys.executable} -m pip uninstall difd", "pip install 'difd[dask]'"),
        (None, None, f"{sys.executable} -m pip uninstall difd", "pip install 'difd[dask]'"),
        ("apt\n", None, "sudo apt remove difd", "pip install 'difd[dask]', in a virtual"),
        ("uv\n", None, "uv pip uninstall --python", "uv pip install --python"),
        ("uv\n", "uv-receipt.toml", "uv tool uninstall difd", "uv tool install 'difd[dask]'"),
        ("pip\n", "pipx_metadata.json", "pipx uninstall difd", "pipx install --force 'difd[dask]'"),
    ],
)
def test_the_commands_are_those_of_the_installer(
    monkeypatch, tmp_path, told, mark, removing, adding
):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _name: Told(told))
    if mark is not None:
        (tmp_path / mark).touch()
    assert installed.removing().startswith(removing)
    assert installed.adding("dask").startswith(adding)
    assert "difd" in installed.again()

"""A desktop for each test, and where its pictures are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.menus import write_difctl

from desktop.screen import Desktop


def _pictures(config: pytest.Config) -> Path:
    return config.cache.mkdir("desktop")


@pytest.fixture
def desktop(instance, pytestconfig) -> Iterator[Desktop]:
    """A screen with a session of its own, in the directories of the instance."""
    made = Desktop(instance, _pictures(pytestconfig))
    yield made
    made.close()


@pytest.fixture
def difctl(instance) -> Path:
    """A difctl in a folder whose name wants quotes, as an installed one may be."""
    path = instance.root / "it's my (env)" / "difctl"
    path.parent.mkdir()
    write_difctl(path)
    return path


def pytest_terminal_summary(terminalreporter, config) -> None:
    """Name the folder: pictures want to be looked at."""
    count = len(list(_pictures(config).glob("*.png")))
    terminalreporter.write_line(f"{count} pictures of menus: {_pictures(config)}")

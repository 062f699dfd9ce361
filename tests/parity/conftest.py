"""What the tests beside difPy share: directories of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_directories(tmp_path_factory) -> Iterator[None]:
    """Keep what difd stores out of the user's directories; fixtures of a module need it, too."""
    place = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(place))
        for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "CONFIG_HOME", "DATA_HOME"):
            (place / name).mkdir(mode=0o700)
            patch.setenv(f"XDG_{name}", str(place / name))
        yield

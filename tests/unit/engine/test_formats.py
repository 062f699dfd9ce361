"""What is read is also looked for, and read again when what decodes it is another one."""

from __future__ import annotations

from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name
from PIL import Image

from difd.engine import formats
from difd.extensions import READ_EXTENSIONS


@pytest.fixture
def read() -> list[str]:
    """The formats that are read here, with their plugins ready."""
    return [*formats._common_formats(), *formats._other_formats()]


def test_every_format_has_an_extension_that_is_looked_for(read):
    for name in read:
        known = [ending[1:].encode() for ending, one in Image.EXTENSION.items() if one == name]
        assert not known or READ_EXTENSIONS & set(known), name


def test_whoever_decodes_is_known_by_its_version(read):
    packages = {Image.OPEN[name][0].__module__.partition(".")[0] for name in read} - {"PIL"}
    assert packages == {"pillow_heif", "pillow_jxl"}
    for package in packages:
        distributions = set(map(canonicalize_name, packages_distributions()[package]))
        assert distributions & set(formats.PLUGINS), package

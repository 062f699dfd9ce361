"""The sums behind the search for turned copies are exact."""

from __future__ import annotations

import numpy as np
import pytest

from difd.engine.read.fingerprint import channel_sums


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("kind", "largest"), [(np.uint8, 255), (np.uint16, 65535)])
@pytest.mark.parametrize("pixels", [1, 255, 256, 257, 10_000, (1 << 20) + 1])
def test_sums_of_the_largest_values_are_exact(pixels, kind, largest, channels):
    values = np.full((pixels, channels), largest, kind)
    sums = channel_sums(values)
    products = channels * (channels + 1) // 2
    assert list(sums) == [pixels * largest] * channels + [pixels * largest**2] * products


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_sums_are_those_of_integers(kind):
    values = np.random.default_rng(7).integers(0, np.iinfo(kind).max + 1, (5_001, 3), dtype=kind)
    wide = values.astype(object)
    expected = [int(wide[:, i].sum()) for i in range(3)]
    expected += [int((wide[:, i] * wide[:, j]).sum()) for i in range(3) for j in range(i, 3)]
    assert list(channel_sums(values)) == expected

"""Contents made to share a digest of version 1.0, xxh3-128, whose keys are known to everybody."""

from __future__ import annotations

import struct

import numpy as np

_BLOCK = 1024
_KEYS = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578"
    "825ad07dccff7221b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea3"
    "71644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931"
    "c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
_FREE = [3, 6, 9, 12, 15]
"""Stripes of every block that are computed; all others may be anything."""


def twin(content: bytes, wanted: bytes | None = None) -> bytes:
    """Another content of the same length with the same xxh3-128.

    Args:
        content: more than a kilobyte.
        wanted: what it should look like; five sixteenths of it do not. None: noise.
    """
    blocks = (len(content) - 1) // _BLOCK
    size = blocks * _BLOCK
    given = np.frombuffer(content[:size], "<u8").reshape(blocks, 16, 8)
    noise = np.random.default_rng(1).bytes(size)
    made = np.frombuffer((wanted or noise)[:size], "<u8").reshape(blocks, 16, 8).copy()
    keys = np.array(
        [
            [struct.unpack_from("<Q", _KEYS, (stripe + lane) * 8)[0] for lane in range(8)]
            for stripe in range(16)
        ],
        np.uint64,
    )
    others = [stripe for stripe in range(16) if stripe not in _FREE]
    sums = given.sum(1, dtype=np.uint64) - made[:, others].sum(1, dtype=np.uint64)
    products = _products(given, keys).sum(1, dtype=np.uint64)
    products -= _products(made, keys)[:, others].sum(1, dtype=np.uint64)
    # Two stripes make the upper bits of the sum of products, one the lower 31, two the plain sum.
    half, rest = products >> np.uint64(31), products & np.uint64(0x7FFFFFFF)
    one = np.minimum(half, np.uint64(0xFFFFFFFF))
    key = keys[_FREE]
    first = key[0] ^ ((one << np.uint64(32)) | np.uint64(1 << 31))
    second = key[1] ^ (((half - one) << np.uint64(32)) | np.uint64(1 << 31))
    third = key[2] ^ ((rest << np.uint64(32)) | np.uint64(1))
    left = sums - first - second - third
    fifth = (_high(key[4]) << np.uint64(32)) | _low(left - _low(key[3]))
    for stripe, value in zip(_FREE, (first, second, third, left - fifth, fifth), strict=True):
        made[:, stripe] = value
    made[-1] = given[-1]  # the last stripe may reach back
    return made.tobytes() + content[size:]


def _products(words, keys):
    mixed = words ^ keys
    return _low(mixed) * _high(mixed)


def _low(words):
    return words & np.uint64(0xFFFFFFFF)


def _high(words):
    return words >> np.uint64(32)

"""Nobody can make a file or a picture that is taken for another one."""

from __future__ import annotations

import os
import struct

import numpy as np
import pytest
import xxhash
from harness.caches import build, settle
from harness.collisions import twin
from harness.pictures import photo
from PIL import Image

from difd.digests import digest_of, is_former
from difd.store.cache.tensor_cache import TensorCache


def planes(picture: Image.Image) -> bytes:
    return np.ascontiguousarray(np.asarray(picture).transpose(0, 2, 1)).tobytes()


def with_the_former_pixel_digest(victim: Image.Image, other: Image.Image) -> Image.Image:
    """A picture that shows the other one, and that version 1.0 took for the victim."""
    width, height = victim.size
    head = struct.pack("<QQ", width, height) + b"RGB None None"
    tail = struct.pack("<Q", 1)
    original = head + planes(victim) + tail
    made = twin(original, head + planes(other) + tail)
    # The blocks with the head and with the end stay as they are.
    end = (len(made) - 2048) // 1024 * 1024
    made = original[:1024] + made[1024:end] + original[end:]
    assert xxhash.xxh3_128(made).digest() == xxhash.xxh3_128(original).digest()
    values = np.frombuffer(made, np.uint8)[len(head) : -len(tail)].reshape(height, 3, width)
    return Image.fromarray(np.ascontiguousarray(values.transpose(0, 2, 1)))


def test_contents_with_one_digest_of_version_1_have_two_digests():
    content = np.random.default_rng(7).bytes(10_000)
    other = twin(content)
    assert other != content
    assert xxhash.xxh3_128(content).digest() == xxhash.xxh3_128(other).digest()
    assert digest_of(content) != digest_of(other)
    assert not is_former(digest_of(content))
    assert is_former(xxhash.xxh3_128(content).digest())


@pytest.mark.parametrize("decode", ["exact", "auto"])
def test_noise_does_not_answer_for_a_picture_that_is_remembered(tmp_path, decode):
    folder = tmp_path / "pictures"
    folder.mkdir()
    gift = folder / "gift.png"
    photo(200, 150).save(gift, compress_level=0)
    settle(folder)
    cache = TensorCache(tmp_path / "cache" / "tensors")
    assert list(build(folder, cache, decode=decode).records) == ["gift.png"]
    gift.write_bytes(twin(gift.read_bytes()))
    again = build(folder, cache, decode=decode)
    cache.close()
    assert again.records == {}
    assert again.unreadable == ["gift.png"]


def test_a_crafted_picture_is_not_the_picture_that_it_was_made_for(tmp_path):
    victim, other = photo(200, 150).convert("RGB"), photo(200, 150).rotate(180).convert("RGB")
    victim.save(tmp_path / "victim.png")
    with_the_former_pixel_digest(victim, other).save(tmp_path / "gift.png")
    records = build(tmp_path, None).records
    assert len({record.pixel_digest for record in records.values()}) == 2


def test_a_record_tells_what_version_1_called_its_file(tmp_path):
    photo().save(tmp_path / "a.png")
    (record,) = build(tmp_path, None).records.values()
    content = (tmp_path / os.fsdecode(os.path.basename(record.file.path))).read_bytes()
    assert record.former == xxhash.xxh3_128(content).digest()

"""What version 1.0 wrote into the action journal still proves what a file holds."""

from __future__ import annotations

import os

import pytest
import xxhash
from harness.collisions import twin

from difd.actions.files.witness import compare_content, has_content, unchanged, witness_of
from difd.protocol.errors import ActionRefused
from difd.store.action_items import Witness

CONTENT = os.urandom(5000)


@pytest.fixture
def path(tmp_path) -> bytes:
    (tmp_path / "a").write_bytes(CONTENT)
    return os.fsencode(tmp_path / "a")


def as_version_1_wrote_it(path: bytes) -> Witness:
    status = os.stat(path)
    return Witness(
        path=path,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        digest=xxhash.xxh3_128(CONTENT).digest(),
    )


def test_a_file_that_is_as_it_was_is_known(path):
    seen = as_version_1_wrote_it(path)
    with unchanged(seen) as descriptor:
        compare_content(seen, descriptor)
    assert has_content(path, seen)


def test_a_changed_file_is_refused(path):
    seen = as_version_1_wrote_it(path)
    with open(path, "r+b") as stream:
        stream.write(b"edited")
    os.utime(path, ns=(seen.mtime_ns, seen.mtime_ns))
    with pytest.raises(ActionRefused), unchanged(seen) as descriptor:
        compare_content(seen, descriptor)
    assert not has_content(path, seen)


def test_what_is_seen_today_cannot_be_exchanged_for_a_twin(path):
    seen = witness_of(path)
    with open(path, "wb") as stream:
        stream.write(twin(CONTENT))
    assert not has_content(path, seen)
    assert has_content(path, as_version_1_wrote_it(path)), "of old journals, nothing else is known"

"""Whether what belongs to a picture has its equal beside the one that stays."""

from __future__ import annotations

import os

import pytest
from harness.folders import touch
from harness.witnesses import witness

from difd.actions.company.agreement import check_equal_company
from difd.protocol.errors import ActionRefused


@pytest.fixture
def sidecar(tmp_path):
    touch(tmp_path / "keep" / "b.jpg")
    return touch(tmp_path / "go" / "a.xmp", b"<edits/>")


def equals(tmp_path, sidecar) -> list[str]:
    found = check_equal_company([witness(sidecar)], os.fsencode(tmp_path / "keep" / "b.jpg"))
    return [os.path.basename(os.fsdecode(path)) for path in found]


def test_the_same_bytes_are_an_equal_whatever_their_name(tmp_path, sidecar):
    touch(tmp_path / "keep" / "b.jpg.xmp", b"<edits/>")
    assert equals(tmp_path, sidecar) == ["b.jpg.xmp"]


def test_what_the_keeper_shares_with_another_picture_that_stays_is_an_equal(tmp_path, sidecar):
    touch(tmp_path / "keep" / "b.dng")
    touch(tmp_path / "keep" / "b.xmp", b"<edits/>")
    assert equals(tmp_path, sidecar) == ["b.xmp"]


@pytest.mark.parametrize("content", [b"<other/>", b"<edits/", b""])
def test_other_bytes_are_no_equal(tmp_path, sidecar, content):
    touch(tmp_path / "keep" / "b.xmp", content)
    with pytest.raises(ActionRefused, match="would be lost"):
        equals(tmp_path, sidecar)


def test_another_name_of_the_sidecar_is_no_equal(tmp_path, sidecar):
    os.link(sidecar, tmp_path / "keep" / "b.xmp")
    with pytest.raises(ActionRefused, match="would be lost"):
        equals(tmp_path, sidecar)


def test_the_bytes_are_compared_as_they_are_now(tmp_path, sidecar):
    touch(tmp_path / "keep" / "b.xmp", b"<edits/>")
    seen = witness(sidecar)
    sidecar.write_bytes(b"<newer/>")
    with pytest.raises(ActionRefused, match="would be lost"):
        check_equal_company([seen], os.fsencode(tmp_path / "keep" / "b.jpg"))

"""The last look at a file and the one that stays: what happens while they are read counts, too."""

from __future__ import annotations

import errno
import os

import pytest
from harness.links import replace
from harness.plans import copies
from harness.witnesses import witness

from difd.actions.checks.last_look import last_look
from difd.actions.files.witness import confirm_place
from difd.protocol.errors import ActionRefused


@pytest.fixture
def pair(tmp_path):
    return copies(tmp_path, ["removal", "keeper"], b"x" * (3 << 20))


def looked_at(removal, keeper):
    """The last look, up to the change, which would look for the file's own place."""
    with last_look(removal, keeper, "trash") as look:
        look.before_the_change()
        confirm_place(removal)


def during_the_first_read(monkeypatch, happens):
    """Let something happen to the files when their first bytes have been read."""
    read, todo = os.pread, [happens]

    def pread(descriptor, length, offset):
        found = read(descriptor, length, offset)
        if todo and offset:
            todo.pop()()
        return found

    monkeypatch.setattr(os, "pread", pread)


def change(path, how):
    match how:
        case "edit":
            os.utime(path, ns=(0, 0))
        case "replace":
            path.with_suffix(".new").write_bytes(b"somebody's work")
            path.with_suffix(".new").rename(path)
        case "delete":
            path.unlink()


@pytest.mark.parametrize("how", ["edit", "replace", "delete"])
@pytest.mark.parametrize("which", [0, 1])
def test_what_changes_while_it_is_compared_is_refused(pair, monkeypatch, which, how):
    seen = [witness(path) for path in pair]
    during_the_first_read(monkeypatch, lambda: change(pair[which], how))
    with pytest.raises(ActionRefused) as refused:
        looked_at(*seen)
    assert refused.value.path == seen[which].path


@pytest.mark.parametrize("kind", ["hard", "symbolic"])
def test_a_file_that_somebody_saves_while_it_is_compared_is_not_replaced_by_a_link(
    pair, tmp_path, monkeypatch, kind
):
    removal, keeper = map(witness, pair)
    during_the_first_read(monkeypatch, lambda: change(pair[0], "replace"))
    with pytest.raises(ActionRefused):
        replace(removal, keeper, kind, os.fsencode(tmp_path / ".difd-1.part"))
    assert pair[0].read_bytes() == b"somebody's work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keeper", "removal"]


def test_a_bad_spot_on_the_disk_refuses_the_file(pair, monkeypatch):
    def pread(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    removal, keeper = map(witness, pair)
    monkeypatch.setattr(os, "pread", pread)
    for stays in (keeper, None):
        with pytest.raises(ActionRefused, match="cannot be read"):
            looked_at(removal, stays)

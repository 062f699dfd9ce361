"""Whoever trashes is killed at any moment: the picture is in its place or in the trash, whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.files import read, written
from harness.kills import killed_while_it_repeats
from harness.trash import note

from difd.actions.checks.trash_place import choose
from difd.actions.verbs.trash import settle

SETUP = """
from difd.actions.checks.trash_place import choose
from difd.actions.verbs.trash import put
from harness.trash import restore
file = witness(os.fsencode(sys.argv[2]))
"""
IN_AND_OUT = """
    place = choose(file.path)
    put(file, place, os.path.dirname(place.file) + b"/.difd-in.part")
    restore(place, file.path, file.digest, os.path.dirname(file.path) + b"/.difd-out.part")
    file = witness(file.path)
"""


def kill_often(folder: Path, seeds: range) -> None:
    """The picture is in its place or in the trash, whole; and no note is left without a file."""
    content = os.urandom(300_000)
    left = []
    for seed in seeds:
        path = written(folder, content=content)
        place = choose(path)
        killed_while_it_repeats(seed, SETUP, IN_AND_OUT, folder / "a.jpg")
        in_trash = settle(place, path)
        assert read(place.file if in_trash else path) == content
        assert not os.path.lexists(path) or read(path) == content
        assert in_trash or not os.path.lexists(place.info)
        assert not in_trash or note(place)
        left.append("trash" if in_trash else "place")
        parts = [*folder.glob(".difd-*"), *Path(os.fsdecode(place.file)).parent.glob(".difd-*")]
        for one in (path, place.file, place.info, *parts):
            if os.path.lexists(one):
                os.unlink(one)
    print({where: left.count(where) for where in left})


def test_trashing_that_is_killed_loses_nothing(folder):
    kill_often(folder, range(4))


def test_trashing_to_another_file_system_that_is_killed_loses_nothing(disk, data):
    del data
    (disk / f".Trash-{os.getuid()}").touch()
    kill_often(disk, range(4))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_trashing_that_is_killed_at_two_hundred_moments_loses_nothing(folder):
    kill_often(folder, range(200))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_trashing_elsewhere_that_is_killed_at_two_hundred_moments_loses_nothing(disk, data):
    del data
    (disk / f".Trash-{os.getuid()}").touch()
    kill_often(disk, range(200))

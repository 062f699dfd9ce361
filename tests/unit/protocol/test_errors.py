"""Errors cross the socket and stay what they were."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import difclient
import difd
from difd.protocol import errors
from difd.protocol.error_info import ErrorInfo
from difd.protocol.errors import DifdError, error_from_info


def _all(kind):
    yield kind
    for child in kind.__subclasses__():
        yield from _all(child)


@pytest.mark.parametrize(
    "kind", [kind for kind in _all(DifdError) if kind.__module__ == errors.__name__]
)
def test_every_error_is_the_same_on_the_other_side(kind):
    error = kind("It happened.", path=b"/\xff", hint="Do this.")
    info = msgspec.msgpack.decode(msgspec.msgpack.encode(error.info()), type=ErrorInfo)
    other = error_from_info(info)
    assert type(other) is kind
    assert (other.message, other.path, other.hint) == ("It happened.", b"/\xff", "Do this.")
    assert other.exit_code == kind.exit_code


def test_no_two_errors_share_a_code():
    codes = [kind.code for kind in _all(DifdError)]
    assert len(codes) == len(set(codes))


def test_an_error_of_a_newer_version_is_still_an_error():
    error = error_from_info(ErrorInfo("invented_later", "Something new."))
    assert type(error) is DifdError
    assert error.message == "Something new."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.PathNotFound, 2),
        (errors.InvalidOption, 2),
        (errors.UnknownJob, 2),
        (errors.DaemonNotRunning, 3),
        (errors.RuntimeDirectoryUnsafe, 3),
        (errors.JobFailed, 4),
        (errors.JobInterrupted, 4),
        (errors.ActionRefused, 5),
        (errors.JobCancelled, 130),
    ],
)
def test_exit_codes_are_those_of_the_contract(kind, code):
    assert kind.exit_code == code


def test_the_tree_is_drawn_complete_and_no_error_stands_outside_of_it():
    assert errors.__doc__ is not None
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    kinds = [kind.__name__ for kind in _all(DifdError) if kind.__module__ == errors.__name__]
    assert sorted(["DifdError", *drawn]) == sorted(kinds)
    bases = "|".join(kinds)
    elsewhere = [
        f"{path}: {found}"
        for package in (difd, difclient)
        for path in Path(package.__path__[0]).rglob("*.py")
        if path != Path(errors.__file__)
        for found in re.findall(
            rf"^class \w+\((?:{bases})\):", path.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert elsewhere == []

"""A command that does not exist: the one that was meant is named."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from difclient.cli.main import _GUESSES, difctl


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("serch", "search"), ("find", "search"), ("status", "daemon status"), ("help", "--help")],
)
def test_a_near_command_is_named(typed, meant):
    answer = CliRunner().invoke(difctl, [typed])
    assert answer.exit_code == 2
    assert f"There is no command '{typed}'. Did you mean `difctl {meant}`?" in answer.output


def test_nothing_is_named_where_nothing_is_near():
    answer = CliRunner().invoke(difctl, ["xyzzy"])
    assert "There is no command 'xyzzy'.\n" in answer.output


@pytest.mark.parametrize("meant", sorted(set(_GUESSES.values())))
def test_what_is_named_is_there(meant):
    assert CliRunner().invoke(difctl, [*meant.split(), "--help"]).exit_code == 0

"""Completion as somebody meets it who presses the tab key in bash, zsh or fish."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from harness.commands import answered
from harness.photos import album
from harness.terminal import Terminal

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.timeout(300)]

SHELLS = {
    "bash": (
        ("--norc", "--noprofile", "-i"),
        'eval "$(_DIFCTL_COMPLETE=bash_source difctl)"',
    ),
    "zsh": (
        ("-f", "-i"),
        'autoload -U compinit; compinit -u; eval "$(_DIFCTL_COMPLETE=zsh_source difctl)"',
    ),
    "fish": (
        ("--no-config", "-i"),
        "_DIFCTL_COMPLETE=fish_source difctl | source",
    ),
}
"""The options with which a shell reads nothing of the user's, and how completion is set up."""


_SAID = re.compile(r"\nline: (.*)\n")


@pytest.fixture(params=SHELLS)
def shell(request, instance, tmp_path):
    """A shell that completes, in a folder with another one in it."""
    program = shutil.which(request.param)
    assert program, f"{request.param} is not installed; CONTRIBUTING.md names the packages"
    options, setup = SHELLS[request.param]
    (tmp_path / "Pictures").mkdir()
    environment = instance.environment | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin:/bin",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "PS1": "> ",
    }
    terminal = Terminal(environment, program, *options, columns=200)
    terminal.type(f"cd '{tmp_path}'\r{setup}\recho 'rea''dy'\r")
    terminal.wait_for("\nready")
    yield terminal
    terminal.type("\x15exit\r")
    terminal.end()


def completed(shell: Terminal, typed: str) -> str:
    """A line once the tab key was pressed at its end."""
    before = len(_SAID.findall(shell.text))
    # To have the shell say the line, it is made the arguments of `echo`.
    shell.type(f"{typed}\t\x01echo line: \r")
    while len(said := _SAID.findall(shell.text)) == before:
        assert shell.read(), shell.text
    return said[-1].strip().rstrip("/")


def test_words_rules_jobs_and_paths_are_completed(shell, instance, tmp_path):
    job = answered(instance, "search", album(tmp_path / "album"))["job"][:8]
    for typed, line in {
        "difctl search --similarity e": "difctl search --similarity edited",
        "difctl search --similarity=e": "difctl search --similarity=edited",
        "difctl search -s sim": "difctl search -s similar",
        "difctl search --keep ol": "difctl search --keep oldest",
        "difctl search --keep oldest,not-i": "difctl search --keep oldest,not-in:",
        "difctl search --keep=oldest,sma": "difctl search --keep=oldest,smallest",
        "difctl search Pict": "difctl search Pictures",
        "difctl config set search.px": "difctl config set search.px_size",
        "difctl trash la": "difctl trash last",
        f"difctl show {job[:7]}": f"difctl show {job}",
        f"difctl review {job[:7]}": f"difctl review {job}",
    }.items():
        assert completed(shell, typed) == line

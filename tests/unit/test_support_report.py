"""What is hidden in a report that is sent: every path, wherever a line has it."""

from __future__ import annotations

import pytest

from difclient.support_report import hidden
from difd.protocol.endpoint import user_endpoint


@pytest.mark.parametrize(
    "line",
    [
        "No such file: '/home/ada/My Secret/a b.jpg'",
        'File "/home/ada/My Secret/a.py", line 3, in main',
        "search of b'/home/ada/My Secret/\\xff.jpg' failed",
        "[good] Directories, state: 3 MiB free: /home/ada/My Secret",
        "a file is damaged: bad magic. (/home/ada/My Secret/config.toml)",
        "search.keep: ('in:/home/ada/My Secret', 'oldest')",
        r"'/home/ada/My \'Secret\' pictures/a.jpg' is broken",
        "/home/ada/My Secret",
        "it is gone: /home/ada/Mum's Secret pictures/ada.jpg",
        "search.keep: (\"in:/home/ada/Mum's Secret\", 'oldest')",
        "search.exclude: ('*/ada/*', '**/Secret')",
        "search.exclude: ('Secret/', 'ada*.jpg')",
        "[good] Settings, search.exclude: ('ada',)",
        "search.exclude: (\"Ada's Secret of ada\", '!ada')",
        "search.keep: ('bytes', 'not-in:ada/Secret', \"in:Mum's Secret\")",
        "search.keep: ('name:*Secret*', 'not-name:ada*', 'folder:/home/ada/Secret>/ada')",
        "The keep rule 'folder:/home/ada/My Secret>/home/ada' had no effect",
        "can't open file:///home/ada/My%20Secret",
        r"it is gone: C:\Users\ada\My Secret\a.jpg",
        r"No such file: 'C:\\Users\\ada\\My Secret\\a b.jpg'",
        r"search of b'C:\\ada\\My Secret' failed",
        "[good] Directories, state: 3 MiB free: D:/ada/My Secret",
        r"\\nas\ada\My Secret is away",
        r"search.keep: ('in:C:\\ada\\My Secret', 'oldest')",
    ],
)
def test_paths_are_hidden_in_every_form(line):
    said = hidden(line)
    assert "ada" not in said
    assert "Secret" not in said
    assert "<path 1>" in said


def test_one_path_is_one_number_all_through():
    said = hidden("first '/a/b'\nthen '/a/c'\nagain: /a/b\n")
    assert said == "first '<path 1>'\nthen '<path 2>'\nagain: <path 1>\n"


def test_what_is_no_path_stays():
    text = "2026-11-21 10:00:00,123 INFO difd 0.1.0 serves, pid 7; 3/4 of tcp://nas:5690 and/or"
    assert hidden(text) == text


def test_keep_rules_stay():
    text = "search.keep: ('resolution', 'format:png>tiff', 'oldest')"
    assert hidden(text) == text


def test_difd_s_own_folders_are_named(instance):
    assert hidden(f"Log: {instance.endpoint.log}") == "Log: <state>/difd.log"
    assert hidden(f"ipc://{user_endpoint().socket}") == "ipc://<runtime>/difd.sock"

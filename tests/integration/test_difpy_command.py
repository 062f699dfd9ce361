"""`difctl difpy`: scripts written for difPy go on working, without difPy's defects."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness.photos import album

from difd.api.difpy import main

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


@pytest.fixture
def difpy(instance, tmp_path):
    def run(*arguments: object, answer: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "cwd").mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-m", "difclient", "difpy", *map(str, arguments)],
            cwd=tmp_path / "cwd",
            env=instance.environment,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def files(folder: Path) -> dict[str, object]:
    """The three files, by what follows the time in their names."""
    return {p.name.split("_", 2)[2]: json.loads(p.read_text()) for p in folder.iterdir()}


def test_three_files_of_valid_json_are_written_to_the_working_directory(difpy, folder, tmp_path):
    answer = difpy("-D", folder)
    assert (answer.returncode, answer.stderr) == (0, "")
    written = files(tmp_path / "cwd")
    assert set(written) == {"results.json", "stats.json", "lower_quality.txt"}
    assert written["results.json"][str(folder / "coffee copy.png")] == [
        [str(folder / "coffee.png"), 0.0]
    ]
    assert len(written["lower_quality.txt"]) == 2
    assert written["stats.json"]["total_files"] == 6


def test_without_a_directory_the_working_directory_is_searched(difpy, tmp_path):
    album(tmp_path / "cwd")
    assert difpy("-Z", tmp_path / "out").returncode == 0
    assert files(tmp_path / "out")["stats.json"]["directory"] == [str(tmp_path / "cwd")]


def test_every_option_of_difpy_is_taken(difpy, folder, tmp_path):
    answer = difpy(
        *("-D", folder, folder / "sub", "-Z", tmp_path / "a" / "b", "-r", "True", "-i", "False"),
        *("-le", "True", "-px", "60", "-s", "similar", "-ro", "False", "-dim", "False"),
        *("-p", "False", "-proc", "1", "-ch", "10"),
    )
    assert answer.returncode == 0, answer.stderr
    stats = files(tmp_path / "a" / "b")["stats.json"]
    assert stats["process"]["build"]["parameters"]["px_size"] == 60
    assert stats["process"]["search"]["parameters"] == {
        "similarity_mse": 5.0,
        "rotate": False,
        "same_dim": False,
        "processes": 1,
        "chunksize": 10,
    }


def test_runs_in_the_same_second_do_not_overwrite_each_other(difpy, folder, tmp_path):
    for _ in range(3):
        assert difpy("-D", folder / "sub", "-Z", tmp_path / "out").returncode == 0
    assert len(list((tmp_path / "out").iterdir())) == 9


def test_long_names_are_difpys(difpy, folder):
    assert (
        difpy("--directory", folder, "--same_dim", "False", "--limit_extensions", "0").returncode
        == 0
    )


def test_delete_asks_unless_told_not_to(difpy, folder):
    assert "Deletion canceled." in difpy("-D", folder, "-d", "True", answer="n\n").stdout
    assert len(list(folder.rglob("*.*"))) == 6
    assert "Deleted 2 files(s)" in difpy("-D", folder, "-d", "True", "-sd", "True").stdout
    assert len(list(folder.rglob("*.*"))) == 4


def test_move_to_moves_the_extra_copies(difpy, folder, tmp_path):
    answer = difpy("-D", folder, "-mv", tmp_path / "extra")
    assert f'Moved 2 files(s) to "{tmp_path}/extra"' in answer.stdout
    assert len(list((tmp_path / "extra").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-la", "True"], "same_dim"),
        (["-mv", "x", "-d", "True"], "not both"),
        (["-s", "nan"], "similarity"),
        (["-s", "low"], "similarity"),
        (["-px", "9"], "px_size"),
        (["-px", "many"], "-px"),
        (["-r", "perhaps"], "True or False"),
        (["-proc", "0"], "processes"),
        (["-D", "nowhere"], "nowhere"),
        (["--no-such-option"], "--no-such-option"),
        (["-Z", "/dev/null/x"], "/dev/null"),
    ],
)
@pytest.mark.usefixtures("instance")
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, monkeypatch, capsys, arguments, word):
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert word in capsys.readouterr().err
    assert not list((tmp_path / "cwd").iterdir())


def test_exit_code_and_sentence_reach_who_called_the_command(difpy, tmp_path):
    answer = difpy("-s", "nan")
    assert answer.returncode == 2
    assert "similarity" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not list((tmp_path / "cwd").iterdir())


def test_help_is_difpys_own(difpy):
    answer = difpy("-h")
    assert answer.returncode == 0
    options = "D Z r i le px s ro dim la mv d sd p proc ch".split()  # noqa: SIM905  easier to read
    for option in options:
        # Newer Pythons name the value once, after both names of the option.
        assert re.search(rf"^  -{option}[ ,]", answer.stdout, re.MULTILINE), option

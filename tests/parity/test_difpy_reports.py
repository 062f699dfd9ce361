"""Wrong reports and crashes of difPy 4.2.1, and difd beside it; the table is in
`test_difpy_defects`."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from harness.difpy import difd_search, difpy, difpy_command
from harness.folders import contents
from harness.instance import as_plain_user
from harness.photos import small_photo
from harness.pictures import photo
from PIL import Image

import difd
from difd.protocol.errors import InvalidOption

pytestmark = pytest.mark.usefixtures("instance")


def copies(folder: Path, count: int = 2, name: str = "coffee.png") -> list[Path]:
    """Files of the same bytes."""
    first = small_photo(name, folder / "0.png")
    return [first, *(shutil.copyfile(first, folder / f"{n}.png") for n in range(1, count))]


def test_defect_18_difpy_reports_the_mse_of_another_pair(tmp_path):
    photo().save(tmp_path / "0.png")
    Image.fromarray(np.asarray(photo())[::-1, ::2].repeat(2, 1)).save(tmp_path / "1 far.png")
    Image.fromarray(np.asarray(photo()) // 2 * 2).save(tmp_path / "2 near.png")
    answer = difpy(
        """
        search = difPy.search(difPy.build(folder), "similar", rotate=False)
        # What it calls for more than 5,000 images.
        found = search._find_matches_batch([(0, 1), (0, 2)])
        """,
        folder=tmp_path,
    )
    ((_, other, mse),) = answer.names.found
    assert other == 2
    assert mse > 5
    ((own, right),) = difd_search(tmp_path, similarity=5, rotate=False).result[
        str(tmp_path / "0.png")
    ]
    assert own == str(tmp_path / "2 near.png")
    assert answer.names.search.result == {str(tmp_path / "0.png"): [[own, right]]}
    assert right < 5


def test_defect_19_in_folder_among_many_images_compares_everything_in_difpy(tmp_path):
    for name in ("a", "b"):
        copies(tmp_path / name)
    answer = difpy(
        """
        dif = difPy.build(*folders, in_folder=True)
        search = difPy.search(dif)
        group = dif._id_to_group_dictionary
        # What it compares for more than 5,000 images in a folder.
        across = [
            pair for pairs in search._yield_comparison_group() for pair in pairs
            if group[pair[0]] != group[pair[1]]
        ]
        """,
        folders=[str(tmp_path / "a"), str(tmp_path / "b")],
    )
    assert answer.names.across == [[0, 2], [1, 2]]
    ours = difd_search(tmp_path / "a", tmp_path / "b", build={"in_folder": True})
    assert ours.result == {
        str(tmp_path / name): {
            str(tmp_path / name / "0.png"): [[str(tmp_path / name / "1.png"), 0.0]]
        }
        for name in ("a", "b")
    }


def test_defect_20_in_folder_is_keyed_by_the_folder_of_the_first_image_in_difpy(tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        copies(folder / "first" / "deep")
        copies(folder / "second", name="rocket.jpg")
    answer = difpy(
        "search = difPy.search(difPy.build(*folders, in_folder=True))",
        folders=list(map(str, folders)),
    )
    theirs = answer.names.search.result
    assert sorted(theirs) == [str(folder / "first" / "deep") for folder in folders]
    ours = difd_search(*folders, build={"in_folder": True}).result
    assert list(ours) == list(map(str, folders))
    assert list(ours.values()) == list(theirs.values())
    each = difd_search(*folders, build={"in_folder": "each"}).result
    assert list(each) == [
        str(folder / name) for folder in folders for name in ("first/deep", "second")
    ]


def test_defect_21_a_second_search_rewrites_the_stats_of_the_first_in_difpy(tmp_path):
    copies(tmp_path)
    theirs = difpy(
        """
        dif = difPy.build(folder)
        first = difPy.search(dif)
        second = difPy.search(dif, "similar", rotate=False)
        """,
        folder=tmp_path,
    ).names
    assert theirs.first.stats == theirs.second.stats
    dif = difd.build(tmp_path)
    first = difd.search(dif)
    before = json.dumps(first.stats)
    second = difd.search(dif, "similar", rotate=False)
    assert json.dumps(first.stats) == before
    assert second.stats["process"]["search"]["parameters"]["similarity_mse"] == 5.0


def test_defect_22_delete_without_a_match_fails_in_difpy(tmp_path, capsys):
    small_photo("coffee.png", tmp_path / "a.png")
    answer = difpy("difPy.search(difPy.build(folder)).delete(silent_del=True)", folder=tmp_path)
    assert answer.error.startswith("UnboundLocalError")
    difd_search(tmp_path).delete(silent_del=True)
    assert capsys.readouterr().out == "Deleted 0 files(s)\n"


def test_defect_23_a_file_that_vanished_aborts_the_search_in_difpy(tmp_path):
    first, second, *_ = copies(tmp_path / "a", 3)
    again = [shutil.copyfile(path, tmp_path / path.name) for path in (first, second)]
    answer = difpy(
        """
        dif = difPy.build(folder)
        (Path(folder) / "0.png").unlink()
        search = difPy.search(dif)
        """,
        folder=tmp_path / "a",
    )
    assert answer.error.startswith("FileNotFoundError")
    dif = difd.build(tmp_path, recursive=False)
    again[0].unlink()
    search = difd.search(dif)
    assert len(search.result) == 1
    search.delete(silent_del=True)
    assert again[1].exists()


def test_defect_24_lower_quality_txt_of_difpy_is_no_list(instance, tmp_path):
    paths = copies(tmp_path / "a")
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    theirs = difpy_command("-D", tmp_path / "a", "-Z", tmp_path / "theirs", cwd=tmp_path)
    assert theirs.returncode == 0
    (text,) = (tmp_path / "theirs").glob("*lower_quality.txt")
    assert text.read_text().startswith("[np.str_('")
    ours = instance.difctl("difpy", "-D", tmp_path / "a", "-Z", tmp_path / "ours")
    assert ours.returncode == 0
    (text,) = (tmp_path / "ours").glob("*lower_quality.txt")
    assert json.loads(text.read_text()) == [str(paths[1])]


def test_defect_25_the_result_depends_on_the_order_of_arrival_in_difpy(tmp_path):
    """Up to 5,000 images it is the file system's, above that of the workers (dif.py, line 341)."""
    names = [f"{number:03}.png" for number in range(60)]
    first = small_photo("coffee.png", tmp_path / "source.png")
    (tmp_path / "a").mkdir()
    random.Random(8).shuffle(names)
    for name in names:
        shutil.copyfile(first, tmp_path / "a" / name)
    answer = difpy(
        "search = difPy.search(difPy.build(folder))", folder=tmp_path / "a", in_path_order=False
    )
    ((key, matches),) = answer.names.search.result.items()
    assert [key, *(match for match, _ in matches)] == [
        str(tmp_path / "a" / name) for name in os.listdir(tmp_path / "a")
    ]
    assert [match for match, _ in matches] != sorted(match for match, _ in matches)
    ((key, matches),) = difd_search(tmp_path / "a").result.items()
    assert [key, *(match for match, _ in matches)] == [
        str(tmp_path / "a" / name) for name in sorted(names)
    ]


def test_defect_26_the_exit_code_is_always_0_in_difpy(instance, tmp_path):
    copies(tmp_path / "a")
    for name in ("1.png", "0.png"):
        (tmp_path / "moved" / name).mkdir(parents=True)
    before = contents(tmp_path / "a")
    keep_first = ["-Z", tmp_path / "out"]
    theirs = difpy_command(
        "-D", tmp_path / "a", "-mv", tmp_path / "moved", *keep_first, cwd=tmp_path
    )
    assert contents(tmp_path / "a") == before
    assert theirs.returncode == 0
    assert "Moved 1 files(s)" in theirs.stdout
    (tmp_path / "moved").chmod(0o500)
    command = [*as_plain_user(), sys.executable, "-m", "difclient", "difpy"]
    ours = subprocess.run(
        [*command, "-D", tmp_path / "a", "-mv", tmp_path / "moved", *keep_first],
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    (tmp_path / "moved").chmod(0o700)
    assert contents(tmp_path / "a") == before
    assert ours.returncode == 5
    assert "The destination cannot be written to: " in ours.stderr
    assert instance.difctl("search", "--exit-code", tmp_path / "a").returncode == 1
    (tmp_path / "a" / "1.png").unlink()
    assert instance.difctl("search", "--exit-code", tmp_path / "a").returncode == 0
    assert instance.difctl("search", "--exit-code", tmp_path / "out").returncode == 4


def on_a_terminal(command: list[str | Path], environment: dict[str, str]) -> bytes:
    """What a command writes to stderr where that is a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=slave, stdin=subprocess.DEVNULL
    ) as process:
        os.close(slave)
        written = b""
        # At the end of the last writer, Linux says EIO.
        with contextlib.suppress(OSError):
            while part := os.read(master, 4096):
                written += part
    os.close(master)
    assert process.returncode == 0, written
    return written


def test_defect_27_progress_is_shown_by_difpy_although_it_was_told_not_to(instance, tmp_path):
    copies(tmp_path / "a")
    arguments = ["-D", tmp_path / "a", "-Z", tmp_path / "out", "-p"]
    theirs = difpy_command(*arguments, "False", cwd=tmp_path)
    assert "searching files: [100%]" in theirs.stdout
    command = [sys.executable, "-m", "difclient", "difpy", *arguments]
    assert on_a_terminal([*command, "True"], instance.environment)
    assert on_a_terminal([*command, "False"], instance.environment) == b""


def test_defect_28_difpy_takes_nan_for_a_threshold(tmp_path):
    copies(tmp_path)
    answer = difpy("search = difPy.search(difPy.build(folder), 'nan')", folder=tmp_path)
    assert answer.error is None
    with pytest.raises(InvalidOption, match="similarity"):
        difd_search(tmp_path, similarity="nan")


UNGUARDED = """
    import multiprocessing, sys
    # The default of macOS and Windows, and of Python 3.14 in effect.
    multiprocessing.set_start_method("spawn", force=True)
    import {0}
    search = {0}.search({0}.build(sys.argv[1]))
    print(len(search.result), "found")
"""


def test_defect_29_difpy_needs_a_main_guard(tmp_path):
    copies(tmp_path / "a")
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(UNGUARDED.format("difPy")))
    # Its pool starts dying workers for ever, so it is ended as soon as it has said so.
    with subprocess.Popen(
        [sys.executable, script, tmp_path / "a"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert any("bootstrapping phase" in line for line in process.stderr)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
    script.write_text(textwrap.dedent(UNGUARDED.format("difd")))
    run = subprocess.run(
        [sys.executable, script, tmp_path / "a"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "1 found\n", "")

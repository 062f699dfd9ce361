"""`import difd` as a Python programmer uses it, and as difPy's manuals promise it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness.photos import album, small_photo
from PIL import Image

import difd
from difd.protocol.errors import ActionRefused, InvalidOption, PathNotFound

pytestmark = pytest.mark.usefixtures("instance")


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_build_and_search_give_difpys_shapes(folder):
    dif = difd.build(folder, show_progress=False)
    search = difd.search(dif)
    assert search.result == {
        str(folder / "coffee copy.png"): [[str(folder / "coffee.png"), 0.0]],
        str(folder / "rocket again.png"): [[str(folder / "sub" / "rocket.png"), 0.0]],
    }
    assert len(search.lower_quality) == 2
    assert search.stats["directory"] == [str(folder)]
    assert search.stats["process"]["search"]["files_searched"] == 6
    assert [len(group["files"]) for group in search.groups] == [2, 2]


def test_tensors_and_filenames_go_together_also_under_difpys_names(folder):
    dif = difd.build(folder, px_size=20)
    assert dif.tensors is dif._tensor_dictionary
    assert dif.filenames is dif._filename_dictionary
    assert sorted(dif.filenames.values()) == sorted(str(p) for p in folder.rglob("*.*"))
    number = next(n for n, name in dif.filenames.items() if name.endswith("cat.png"))
    with Image.open(folder / "cat.png") as cat:
        expected = np.asarray(cat.convert("RGB").resize((20, 20), Image.Resampling.BICUBIC))
    assert np.array_equal(dif.tensors[number], expected)


@pytest.mark.parametrize("form", ["strings", "list", "paths", "bytes"])
def test_folders_are_strings_paths_or_one_list(folder, form):
    other = folder.parent / "other"
    small_photo("coffee.png", other / "again.png")
    given = {
        "strings": (str(folder), str(other)),
        "list": ([str(folder), str(other)],),
        "paths": (folder, other),
        "bytes": (os.fsencode(folder), os.fsencode(other)),
    }[form]
    search = difd.search(difd.build(*given))
    assert len(search.result[str(folder / "coffee copy.png")]) == 2


def test_several_searches_on_one_build_do_not_influence_each_other(folder):
    dif = difd.build(folder)
    first = difd.search(dif)
    before = (first.result, dict(first.stats["process"]["search"]))
    similar = difd.search(dif, "similar", rotate=False)
    assert similar.stats["process"]["search"]["parameters"]["similarity_mse"] == 5
    assert (first.result, first.stats["process"]["search"]) == before
    assert difd.search(dif).result == first.result
    assert any(len(group["files"]) == 3 for group in similar.groups)


def test_in_folder_true_means_every_folder_of_one_and_each_of_several(folder):
    assert difd.search(difd.build(folder, in_folder=True)).result == {
        str(folder): {str(folder / "coffee copy.png"): [[str(folder / "coffee.png"), 0.0]]}
    }
    other = folder.parent / "other"
    small_photo("coffee.png", other / "again.png")
    several = difd.search(difd.build(folder, other, in_folder=True)).result
    assert list(several) == [str(folder)]
    assert len(several[str(folder)]) == 2


def test_in_folder_can_be_chosen_at_the_search(folder):
    dif = difd.build(folder)
    assert str(folder) in difd.search(dif, in_folder=True).result


def test_single_images_are_searched_together_with_the_folders(folder, tmp_path):
    image = shutil.copyfile(folder / "cat.png", tmp_path / "cat again.png")
    union = difd.search(difd.build(folder, image))
    assert len(union.groups) == 3
    query = difd.search(difd.build(folder, image, query=True))
    assert len(query.groups) == 1


@pytest.mark.parametrize("name", ["result", "lower_quality", "stats", "groups"])
def test_without_a_match_everything_is_there_and_empty(tmp_path, name):
    search = difd.search(difd.build(tmp_path))
    value = getattr(search, name)
    assert not value or name == "stats"
    search.delete(silent_del=True)
    search.move_to(tmp_path / "moved")


def test_bad_arguments_are_refused_with_their_name(folder):
    with pytest.raises(PathNotFound):
        difd.build(folder / "nowhere")
    with pytest.raises(PathNotFound):
        difd.build("")
    with pytest.raises(InvalidOption, match="px_size"):
        difd.build(folder, px_size=9)
    with pytest.raises(TypeError, match="'colour'"):
        difd.build(folder, colour=True)
    dif = difd.build(folder)
    with pytest.raises(InvalidOption, match="similarity"):
        difd.search(dif, similarity=float("nan"))
    with pytest.raises(InvalidOption, match="same_dim"):
        difd.search(dif, lazy=True)
    with pytest.raises(TypeError):
        difd.search(dif, "similar", True)  # noqa: FBT003


def test_the_option_logs_is_accepted_and_has_no_effect(folder):
    with pytest.warns(DeprecationWarning, match="logs"):
        dif = difd.build(folder, logs=True)
    with pytest.warns(DeprecationWarning, match="logs"):
        difd.search(dif, logs=False)


def test_delete_removes_the_extra_copies_and_leaves_one_of_each(folder, capsys):
    before = everything(folder)
    search = difd.search(difd.build(folder))
    search.delete(silent_del=True)
    after = everything(folder)
    assert len(before) - len(after) == 2
    assert set(after.values()) == set(before.values())
    assert capsys.readouterr().out == "Deleted 2 files(s)\n"
    search.delete(silent_del=True)
    assert capsys.readouterr().out == "Deleted 0 files(s)\n"
    assert everything(folder) == after


@pytest.mark.parametrize(("answer", "left"), [("n", 6), ("", 6), ("y", 4)])
def test_delete_asks_first(folder, monkeypatch, answer, left):
    monkeypatch.setattr("builtins.input", lambda _: answer)
    difd.search(difd.build(folder)).delete()
    assert len(everything(folder)) == left


def test_similar_images_that_hold_more_are_held_back_and_counted(folder, capsys):
    small_photo("rocket.jpg", folder / "rocket.jpg", quality=92, comment=b"The launch of 1969")
    search = difd.search(difd.build(folder), "similar")
    search.delete(silent_del=True)
    assert (folder / "rocket.jpg").exists()
    assert "Held back 1 file(s)" in capsys.readouterr().out


def test_move_to_makes_the_folder_and_overwrites_nothing(folder, tmp_path, capsys):
    target = tmp_path / "deep" / "moved"
    target.mkdir(parents=True)
    names = {"coffee.png", "coffee copy.png", "rocket.png", "rocket again.png"}
    for name in names:
        (target / name).write_text("mine")
    before = everything(folder)
    difd.search(difd.build(folder)).move_to(target)
    assert all((target / name).read_text() == "mine" for name in names)
    moved = {p.read_bytes() for p in target.iterdir() if p.read_bytes() != b"mine"}
    assert len(moved) == 2
    assert moved <= set(before.values())
    assert set(everything(folder).values()) | moved == set(before.values())
    assert capsys.readouterr().out == f'Moved 2 files(s) to "{target}"\n'


def test_a_copy_or_its_keeper_that_changed_since_is_not_touched(folder, capsys):
    search = difd.search(difd.build(folder))
    keeper = Path(search.groups[0]["keep"][0])
    keeper.write_bytes(keeper.read_bytes() + b"edited")
    extra = next(f for f in search.groups[1]["files"] if f["action"] == "remove")["path"]
    Path(extra).unlink()
    Path(extra).write_text("something else")
    before = everything(folder)
    search.delete(silent_del=True)
    assert everything(folder) == before
    out = capsys.readouterr().out
    assert out.startswith("Deleted 0 files(s)\n")
    assert "has changed since the search" in out


def test_a_keeper_that_is_gone_saves_its_copy(folder):
    search = difd.search(difd.build(folder))
    for group in search.groups:
        Path(group["keep"][0]).unlink()
    before = everything(folder)
    search.delete(silent_del=True)
    assert everything(folder) == before


def test_two_searches_that_keep_different_copies_cannot_remove_both(folder):
    one = difd.search(difd.build(folder), keep="newest")
    os.utime(folder / "coffee.png", (1, 1))
    other = difd.search(difd.build(folder), keep="oldest")
    contents = set(everything(folder).values())
    one.delete(silent_del=True)
    other.delete(silent_del=True)
    assert set(everything(folder).values()) == contents


def test_a_folder_that_cannot_be_made_is_refused(folder, tmp_path):
    (tmp_path / "file").write_text("")
    search = difd.search(difd.build(folder))
    before = everything(folder)
    with pytest.raises(ActionRefused, match="cannot be created"):
        search.move_to(tmp_path / "file" / "sub")
    assert everything(folder) == before


def test_moving_to_another_file_system_keeps_content_and_times(folder, capsys):
    shared_memory = Path("/dev/shm")  # noqa: S108  another file system, wherever it is mounted
    if shared_memory.stat().st_dev == folder.stat().st_dev:
        pytest.skip("needs /dev/shm to be a file system of its own")
    target = shared_memory / f"difd-test-{os.getpid()}"
    before = everything(folder)
    try:
        difd.search(difd.build(folder)).move_to(target)
        assert capsys.readouterr().out.startswith("Moved 2 files(s)")
        moved = list(target.iterdir())
        assert {p.read_bytes() for p in moved} <= set(before.values())
        assert {p.stat().st_mtime_ns for p in moved} <= {
            p.stat().st_mtime_ns for p in [*folder.rglob("*"), *moved]
        }
    finally:
        shutil.rmtree(target)


def test_a_script_needs_no_main_guard(folder, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, difd\n"
        "dif = difd.build(sys.argv[1], processes=2)\n"
        "print(len(difd.search(dif).groups))\n"
    )
    answer = subprocess.run(
        [sys.executable, script, folder], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "2\n", "")


def test_the_manuals_python_example_runs(folder, tmp_path):
    manual = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
    lines = re.findall(r"^    (.*)$", manual, flags=re.MULTILINE)
    code = "\n".join(lines).replace("/home/ada/Pictures", str(folder))
    code = code.replace("/home/ada/Extra", str(tmp_path / "extra"))
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.endswith(f'Moved 2 files(s) to "{tmp_path / "extra"}"\n')

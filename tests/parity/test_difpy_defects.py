"""Every defect of difPy 4.2.1 that must not come back: difPy does it wrong, difd does it right.

What difPy is shown to do is done by the real difPy, on copies of the same files. Its code for more
than 5,000 images is called directly, on a few; `test_difpy_at_scale` (long) runs it as it is.
Beside each test stands where the engine alone is tested for the same.

 #  what difPy does                                  test                       also
 1  a folder given twice: delete leaves nothing      test_defect_01_…           engine: roots
 2  follows symlinks, removes what they lead to      test_defect_02_…           engine: discover
 3  move_to overwrites, counts failures as moved     test_defect_03_… (two)     integration
 4  differences wrap in eight bits                   test_defect_04_…           engine: defect_4
 5  equal sums are taken for equal images            test_defect_05_…           engine, at scale
 6  chains: the survivor is far from the removed     test_defect_06_…           engine: defect_6
 7  transparency, frames, 16 bits do not count       test_defect_07_…           engine: defect_7
 8  quality is width + height                        test_defect_08_…           engine: defect_8
 9  removes for good, rechecks nothing               test_defect_09_… (two)     integration
10  the last of many is never compared               missed: test_defect_10_…   engine, at scale
11  one turn by 90° is never tried                   missed: test_defect_11_…   engine: defect_11
12  EXIF orientation and mirrors do not count        missed: test_defect_12_…   engine: defect_12
13  rounding hides exact turned copies               missed: test_defect_13_…   engine: defect_13
14  bmp, avif, heic, jxl are left out                missed: test_defect_14_…   engine: discover
15  palettes with byte transparency, 89 megapixels   missed: test_defect_15_…   clip art (long)
16  [folders] are empty, hidden files skipped        missed: test_defect_16_…   engine: discover
17  among many, duplicates are not turned            missed: test_defect_17_…   engine, at scale
18  the MSE of another pair is reported              reports: test_defect_18_…  engine, at scale
19  in_folder among many compares everything         reports: test_defect_19_…  engine, at scale
20  in_folder is keyed by the first image's folder   reports: test_defect_20_…  engine: defect_20
21  a second search rewrites the first one's stats   reports: test_defect_21_…  engine: defect_21
22  delete without a match fails                     reports: test_defect_22_…  integration
23  a file that vanished aborts the search           reports: test_defect_23_…  engine: confirm
24  lower_quality.txt holds np.str_(…)               reports: test_defect_24_…  engine: defect_24
25  the result depends on the order of arrival       reports: test_defect_25_…  engine: defect_25
26  the exit code is always 0                        reports: test_defect_26_…  integration
27  -p False is not passed on                        reports: test_defect_27_…  integration
28  nan is taken for a threshold                     reports: test_defect_28_…  engine: defect_28
29  a script needs a main guard                      reports: test_defect_29_…  integration
30  all tensors are pickled for every batch          cost: test_defect_30_…
31  all pairs are listed in memory                   cost: test_defect_31_…     engine: defect_31
32  no cache, no resume, no cancel                   cost: test_defect_32_…     integration

missed, reports and cost are `test_difpy_missed`, `test_difpy_reports` and `test_difpy_cost`;
engine means `tests/unit/engine`, where `test_difpy_defects` has the tests called defect.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from harness.difpy import difd_search, difpy
from harness.folders import contents, lost
from harness.photos import small_photo
from harness.pictures import photo, with_alpha
from PIL import Image

import difd

pytestmark = [pytest.mark.daemon("shared"), pytest.mark.usefixtures("instance")]


def twins(folder: Path) -> tuple[Path, Path]:
    """One folder for difPy and a copy of it for difd."""
    copy = folder.with_name(f"{folder.name} copy")
    shutil.copytree(folder, copy, symlinks=True)
    return folder, copy


def shade(value: int, path: Path) -> Path:
    """A picture of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40), (value,) * 3).save(path)
    return path


def test_all_32_have_a_test_and_the_table_names_them():
    table = re.findall(
        r"^ ?(\d+) .*?(?:(missed|reports|cost): )?test_defect_(\d\d)_", __doc__, re.MULTILINE
    )
    assert [int(number) for number, _, _ in table] == list(range(1, 33))
    for number, file, again in table:
        assert int(number) == int(again)
        source = Path(__file__).with_name(f"test_difpy_{file or 'defects'}.py").read_text()
        names = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
        assert any(name.startswith(f"test_defect_{again}_") for name in names), number


@pytest.mark.parametrize("second", ["{}/", "{}/deep"])
def test_defect_01_a_folder_given_twice_is_emptied_by_difpy(tmp_path, second):
    small_photo("coffee.png", tmp_path / "a" / "deep" / "coffee.png")
    small_photo("rocket.jpg", tmp_path / "a" / "deep" / "rocket.png")
    theirs, ours = twins(tmp_path / "a")
    before = contents(theirs)
    answer = difpy(
        """
        search = difPy.search(difPy.build(folder, again))
        search.delete(silent_del=True)
        """,
        folder=theirs,
        again=second.format(theirs),
    )
    assert len(answer.names.search.result) == 2
    assert contents(theirs) == {}
    search = difd_search(ours, second.format(ours))
    search.delete(silent_del=True)
    assert search.result == {}
    assert contents(ours) == before


def test_defect_02_difpy_removes_what_a_link_leads_to_and_keeps_the_link(tmp_path):
    small_photo("coffee.png", tmp_path / "a" / "coffee.png")
    (tmp_path / "a" / "zlink.png").symlink_to("coffee.png")
    theirs, ours = twins(tmp_path / "a")
    before = contents(theirs)
    difpy("difPy.search(difPy.build(folder)).delete(silent_del=True)", folder=theirs)
    assert os.listdir(theirs) == ["zlink.png"]
    assert contents(theirs) == {}
    search = difd_search(ours)
    search.delete(silent_del=True)
    assert search.result == {}
    assert contents(ours) == before


def test_defect_03_move_to_of_difpy_overwrites_other_pictures(tmp_path):
    for folder, name in (("one", "coffee.png"), ("two", "rocket.jpg")):
        first = small_photo(name, tmp_path / "a" / folder / "picture.png")
        shutil.copyfile(first, first.with_name("z.png"))
    small_photo("chelsea.png", tmp_path / "a" / "moved" / "picture.png")
    theirs, ours = twins(tmp_path / "a")
    before = contents(theirs)
    answer = difpy(
        """
        search = difPy.search(difPy.build(folder + "/one", folder + "/two"))
        search.move_to(folder + "/moved")
        """,
        folder=theirs,
    )
    assert "Moved 2 files(s)" in answer.stdout
    assert lost(before, contents(theirs)) == ["moved/picture.png"]
    assert os.listdir(theirs / "moved") == ["picture.png"]
    difd_search(ours / "one", ours / "two").move_to(ours / "moved")
    assert sorted(contents(ours).values()) == sorted(before.values())
    assert len(os.listdir(ours / "moved")) == 3


def test_defect_03_difpy_counts_and_forgets_what_it_could_not_move(tmp_path, capsys):
    first = small_photo("coffee.png", tmp_path / "a" / "picture.png")
    shutil.copyfile(first, first.with_name("z.png"))
    theirs, ours = twins(tmp_path / "a")
    before = contents(theirs)
    # A folder of that name stands in the way, as another file system does for its os.replace.
    for folder in (theirs, ours):
        for name in before:
            (folder / "moved" / name).mkdir(parents=True)
    answer = difpy(
        """
        search = difPy.search(difPy.build(folder))
        search.move_to(folder + "/moved")
        """,
        folder=theirs,
    )
    assert contents(theirs) == before
    assert "Moved 1 files(s)" in answer.stdout
    assert answer.names.search.lower_quality == []
    search = difd_search(ours)
    search.move_to(ours / "moved")
    assert capsys.readouterr().out == f'Moved 1 files(s) to "{ours / "moved"}"\n'
    assert [path.name for path in (ours / "moved").rglob("*.png") if path.is_file()] == [
        "z (2).png"
    ]
    assert lost(before, contents(ours)) == []


def test_defect_04_pictures_far_apart_are_duplicates_to_difpy(tmp_path):
    differences = (16, 32, 64, 128, 255)
    folders = [tmp_path / str(difference) for difference in differences]
    for folder, difference in zip(folders, differences, strict=True):
        shade(0, folder / "a.png")
        shade(difference, folder / "b.png")
    answer = difpy(
        "searches = [difPy.search(difPy.build(folder), 1) for folder in folders]",
        folders=list(map(str, folders)),
    )
    theirs = [search.result for search in answer.names.searches]
    for folder, difference, found in zip(folders, differences, theirs, strict=True):
        pair = str(folder / "a.png"), str(folder / "b.png")
        # Black is 1.0 from white.
        assert found == {pair[0]: [[pair[1], 1.0 if difference == 255 else 0.0]]}
        dif = difd.build(folder)
        assert difd.search(dif, difference**2 - 0.1).result == {}
        right = {pair[0]: [[pair[1], float(difference**2)]]}
        assert difd.search(dif, difference**2).result == right


def test_defect_05_difpy_takes_equal_sums_for_equal_images_among_many(tmp_path):
    photo().save(tmp_path / "a.png")
    Image.fromarray(np.asarray(photo())[:, :, ::-1].copy()).save(tmp_path / "other colours.png")
    answer = difpy(
        """
        search = difPy.search(difPy.build(folder))
        # What it calls for more than 5,000 images.
        found = search._find_matches_batch([(0, 1)])
        """,
        folder=tmp_path,
    )
    assert answer.names.search.result == {}
    assert answer.names.found == [[0, 1, 0]]
    assert difd_search(tmp_path, similarity=5).result == {}


def test_defect_06_difpy_keeps_of_a_chain_what_is_far_from_the_removed(tmp_path):
    for number, name in enumerate("abcd"):
        shade(100 + 2 * number, tmp_path / "a" / f"{name}.png")
    theirs, ours = twins(tmp_path / "a")
    difpy("difPy.search(difPy.build(folder), similarity=4).delete(silent_del=True)", folder=theirs)
    # Its distance from a.png is 36.
    assert os.listdir(theirs) == ["d.png"]
    search = difd_search(ours, similarity=4)
    (group,) = search.groups
    assert len(group["keep"]) == 2
    for file in group["files"]:
        assert file["path"] in group["keep"] or (
            file["keeper"] in group["keep"] and file["mse"] == 4
        )
    search.delete(silent_del=True)
    # What is left of a chain has lost nothing that is further than the threshold from what stays.
    assert set(contents(ours)) == {Path(path).name for path in group["keep"]}


def unlike_pictures(folder: Path) -> None:
    """Pairs that agree in what difPy looks at, and in nothing else."""
    folder.mkdir()
    with_alpha().save(folder / "alpha half.png")
    opaque = with_alpha()
    opaque.putalpha(255)
    opaque.save(folder / "alpha none.png")
    frames = [Image.new("RGB", (150, 100), name) for name in ("red", "green", "blue", "white")]
    frames[0].save(folder / "frames one.gif", save_all=True, append_images=frames[1:2])
    frames[0].save(folder / "frames two.gif", save_all=True, append_images=frames[1:])
    deep = np.linspace(300, 30_000, 15_000).astype(np.uint16).reshape(100, 150)
    Image.fromarray(deep).save(folder / "deep dark.png")
    Image.fromarray(deep + 30_000).save(folder / "deep light.png")


def test_defect_07_transparency_and_frames_and_depth_count(tmp_path):
    unlike_pictures(tmp_path / "a")
    theirs, ours = twins(tmp_path / "a")
    before = contents(theirs)
    difpy("difPy.search(difPy.build(folder)).delete(silent_del=True)", folder=theirs)
    assert len(lost(before, contents(theirs))) == 3
    for similarity in (0, 5):
        search = difd_search(ours, similarity=similarity)
        assert search.result == {}
        search.delete(silent_del=True)
    assert contents(ours) == before


def test_defect_08_quality_is_the_number_of_pixels_and_not_width_plus_height(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    photo(100, 100).save(folder / "square.png")
    photo(100, 100).resize((190, 20)).save(folder / "strip.png")
    theirs, ours = twins(folder)
    before = contents(theirs)
    options = {"similarity": 200, "same_dim": False}
    difpy(
        "difPy.search(difPy.build(folder), **options).delete(silent_del=True)",
        folder=theirs,
        options=options,
    )
    assert os.listdir(theirs) == ["strip.png"]
    search = difd_search(ours, **options)
    assert search.lower_quality == [str(ours / "strip.png")]
    assert search.groups[0]["keep"] == [str(ours / "square.png")]
    search.delete(silent_del=True)
    assert contents(ours) == before


def test_defect_09_difpy_deletes_a_picture_that_was_put_there_after_the_search(tmp_path, capsys):
    newcomer = small_photo("chelsea.png", tmp_path / "newcomer.png")
    first = small_photo("coffee.png", tmp_path / "a" / "a.png")
    shutil.copyfile(first, first.with_name("b.png"))
    theirs, ours = twins(tmp_path / "a")
    difpy(
        """
        search = difPy.search(difPy.build(folder))
        Path(search.lower_quality[0]).write_bytes(Path(newcomer).read_bytes())
        search.delete(silent_del=True)
        """,
        folder=theirs,
        newcomer=newcomer,
    )
    assert newcomer.read_bytes() not in contents(theirs).values()
    search = difd_search(ours)
    shutil.copyfile(newcomer, search.lower_quality[0])
    before = contents(ours)
    search.delete(silent_del=True)
    assert contents(ours) == before
    assert "has changed since the search" in capsys.readouterr().out


def test_defect_09_difpy_deletes_the_last_copy_once_the_other_is_gone(tmp_path):
    first = small_photo("coffee.png", tmp_path / "a" / "a.png")
    shutil.copyfile(first, first.with_name("b.png"))
    theirs, ours = twins(tmp_path / "a")
    difpy(
        """
        search = difPy.search(difPy.build(folder))
        (Path(folder) / "b.png").unlink()
        search.delete(silent_del=True)
        """,
        folder=theirs,
    )
    assert contents(theirs) == {}
    search = difd_search(ours)
    Path(search.groups[0]["keep"][0]).unlink()
    before = contents(ours)
    search.delete(silent_del=True)
    assert contents(ours) == before
    assert len(before) == 1

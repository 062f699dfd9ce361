"""Edited copies from the command line and Python: found, told, and taken only when accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness.commands import answered
from harness.photos import whole_photo
from harness.searches import names, searched
from PIL import Image, ImageEnhance, ImageOps

import difd

pytestmark = pytest.mark.daemon("shared")

BOX = (100, 40, 420, 340)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A picture, its copy, and what was made of it; and others."""
    made = tmp_path / "pictures"
    made.mkdir()
    picture = whole_photo("astronaut.png")
    picture.save(made / "original.png", compress_level=1)
    (made / "original again.png").write_bytes((made / "original.png").read_bytes())
    picture.crop(BOX).save(made / "crop.png")
    ImageOps.expand(picture, 40, "white").save(made / "framed.jpg", quality=90)
    ImageEnhance.Brightness(picture.crop((20, 20, 500, 400))).enhance(0.7).save(made / "dark.jpg")
    whole_photo("coffee.png").save(made / "other.jpg")
    return made


def listed(found) -> dict[str, dict]:
    return {Path(copy["path"]).name: copy for group in found["groups"] for copy in group["edited"]}


def test_edited_copies_are_told_beside_the_group_of_their_original(instance, folder):
    found = searched(instance, folder, "--similarity", "edited")
    assert found["options"]["edited"] is True
    assert found["options"]["same_dim"] is False
    assert found["options"]["mirror"] is True
    (group,) = found["groups"]
    assert names(group) == ["original again.png", "original.png"]
    copies = listed(found)
    assert set(copies) == {"crop.png", "framed.jpg", "dark.jpg"}
    crop = copies["crop.png"]
    assert (crop["match"], crop["action"]) == ("edited", "review")
    assert crop["keeper"] in {file["path"] for file in group["files"]}
    assert crop["transform"] == {
        "x": pytest.approx(100, abs=0.5),
        "y": pytest.approx(40, abs=0.5),
        "scale": pytest.approx(1, abs=0.005),
        "angle": pytest.approx(0, abs=0.2),
        "mirrored": False,
    }
    assert crop["shown"] == pytest.approx(1, abs=0.01)
    assert crop["shows"] == pytest.approx(0.366, abs=0.01)
    assert crop["changes"] == ["cropped to 37 %"]
    assert len(crop["corners"]) == 4
    assert copies["framed.jpg"]["changes"] == ["has a border"]
    assert copies["framed.jpg"]["action"] == "none"
    assert "darker" in copies["dark.jpg"]["changes"]


def test_other_searches_know_nothing_of_them(instance, folder):
    for similarity in ("duplicates", "similar"):
        found = searched(instance, folder, "--similarity", similarity, "--no-same-dim")
        assert listed(found) == {}
        assert "edited" in found["groups"][0]


def test_people_read_it_in_one_line_each(instance, folder):
    answer = instance.difctl("search", folder, "-s", "edited")
    assert answer.returncode == 0
    assert "crop.png  320×300 PNG, edited copy, cropped to 37 %" in answer.stdout
    assert "3 edited copies" in answer.stdout
    assert answer.stdout.count("edited /") == 3


def test_it_can_be_configured_and_said_otherwise(instance, folder):
    assert instance.difctl("config", "set", "search.similarity", "edited").returncode == 0
    try:
        assert len(listed(searched(instance, folder))) == 3
        assert listed(searched(instance, folder, "-s", "duplicates")) == {}
    finally:
        instance.difctl("config", "unset", "search.similarity")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-s", "edited", "--same-dim"], "same_dim must be off, and mirror on"),
        (["-s", "edited", "--no-mirror"], "same_dim must be off, and mirror on"),
        (["-s", "similar", "--overlaps"], "found among edited copies only"),
        (["--overlaps"], "found among edited copies only"),
    ],
)
def test_contradictions_are_refused_in_one_sentence(instance, folder, options, sentence):
    answer = instance.difctl("search", folder, *options)
    assert answer.returncode == 2
    assert sentence in answer.stderr
    assert answer.stdout == ""


def test_overlaps_are_told_when_they_are_asked_for(instance, tmp_path):
    picture = whole_photo("astronaut.png")
    picture.crop((0, 0, 340, 512)).save(tmp_path / "left.png")
    picture.crop((150, 0, 512, 512)).save(tmp_path / "right.png")
    assert searched(instance, tmp_path, "-s", "edited")["groups"] == []
    (copy,) = listed(searched(instance, tmp_path, "-s", "edited", "--overlaps")).values()
    assert (copy["match"], copy["action"]) == ("overlap", "none")


def planned(instance, job: str, *options: str) -> tuple[set[str], dict[str, str]]:
    """What would go, and what is held back and why."""
    plan = answered(instance, "trash", job, "--dry-run", *options)
    going = {Path(item["path"]).name for item in plan["items"]}
    return going, {Path(one["path"]).name: one["reason"] for one in plan["held_back"]}


def test_none_goes_unless_it_is_accepted_and_then_only_what_shows_nothing_else(instance, folder):
    job = searched(instance, folder, "-s", "edited")["job"]
    going, held = planned(instance, job)
    assert len(going) == 1
    assert held == {}, "nobody asked for them"
    going, held = planned(instance, job, "--accept", "edited")
    assert "crop.png" in going
    assert not {"framed.jpg", "dark.jpg"} & going
    assert "framed.jpg" in held
    assert "differs" in held["dark.jpg"]


def test_an_accepted_crop_goes_to_the_trash_and_comes_back(instance, folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    job = searched(instance, folder, "-s", "edited")["job"]
    done = answered(instance, "trash", job, "--accept", "edited", "--only", "edited", "--yes")
    assert done["done"] == 1
    assert not (folder / "crop.png").exists()
    assert (folder / "original.png").exists()
    assert (folder / "original again.png").exists()
    answered(instance, "undo", done["action"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_crop_whose_original_changed_meanwhile_stays(instance, folder):
    (folder / "original again.png").unlink()
    job = searched(instance, folder, "-s", "edited")["job"]
    whole_photo("coffee.png").resize((512, 512)).save(folder / "original.png")
    going, held = planned(instance, job, "--accept", "edited")
    assert going == set()
    assert "crop.png" in held
    assert (folder / "crop.png").exists()


def test_link_replaces_no_picture_by_another_one(instance, folder):
    job = searched(instance, folder, "-s", "edited")["job"]
    plan = answered(instance, "link", job, "--kind", "hard", "--accept", "edited", "--dry-run")
    assert "crop.png" not in {Path(item["path"]).name for item in plan["items"]}


def test_a_reference_keeps_its_edited_copies(instance, folder):
    reference = folder.parent / "reference"
    reference.mkdir()
    (folder / "crop.png").rename(reference / "crop.png")
    found = searched(instance, folder, "-s", "edited", "--reference", reference)
    crop = listed(found)["crop.png"]
    assert crop["action"] == "none"


def test_a_picture_is_searched_for_among_edited_ones(instance, folder):
    found = searched(instance, folder / "crop.png", folder, "-s", "edited")
    assert set(listed(found)) == {"crop.png"}


def test_python_finds_them_too(instance, folder):  # noqa: ARG001  its own directories
    dif = difd.build(folder, show_progress=False)
    plain = difd.search(dif, show_progress=False)
    assert [group["edited"] for group in plain.groups] == [[]]
    search = difd.search(dif, "edited", show_progress=False)
    (group,) = search.groups
    assert {Path(copy["path"]).name for copy in group["edited"]} == {
        "crop.png",
        "dark.jpg",
        "framed.jpg",
    }
    assert json.loads(json.dumps(group)) == group


def test_difpys_command_knows_none(instance, folder):
    answer = instance.difctl("difpy", "-D", folder, "-s", "edited", "-Z", folder.parent)
    assert answer.returncode == 2
    assert "difPy knows no edited copies" in answer.stderr


def test_a_page_of_a_picture_that_shows_nothing_says_so_politely(instance, tmp_path):
    for number in range(3):
        Image.new("RGB", (300 + number, 200), "white").save(tmp_path / f"{number}.png")
    found = searched(instance, tmp_path, "-s", "edited")
    assert listed(found) == {}

"""`difctl search --output-directory`: a result to keep, with pictures, that opens from disk."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from harness.exif import camera_exif
from harness.instance import wait_until
from harness.photos import album, small_photo
from PIL import Image

from difclient.client import Client
from difd.protocol.description import Description
from difd.protocol.errors import UsageError
from difd.protocol.results import Member

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


@pytest.fixture
def reported(instance, folder, tmp_path):
    """The three files of a report, by suffix."""

    def report(*arguments: object) -> dict[str, str]:
        target = tmp_path / "reports"
        answer = instance.difctl("search", folder, "--output-directory", target, *arguments)
        assert answer.returncode == 0, answer.stderr
        files = [path for path in target.iterdir() if f"Written: {path}\n" in answer.stderr]
        return {path.suffix: path.read_text(errors="surrogateescape") for path in files}

    return report


def test_the_report_is_json_csv_and_html(reported):
    files = reported()
    assert set(files) == {".json", ".csv", ".html"}
    whole = json.loads(files[".json"])
    assert len(whole["groups"]) == 2
    rows = list(csv.DictReader(files[".csv"].splitlines()))
    assert len(rows) == 4
    assert {row["path"] for row in rows} == {
        file["path"] for group in whole["groups"] for file in group["files"]
    }
    assert {row["action"] for row in rows} == {"keep", "remove"}


def test_the_page_holds_every_picture_and_loads_nothing(reported):
    page = reported()[".html"]
    pictures = re.findall(r'src="data:image/(?:jpeg|png);base64,([^"]+)"', page)
    assert len(pictures) == 4
    for data in pictures:
        with Image.open(BytesIO(b64decode(data))) as picture:
            picture.load()
            assert picture.size == (160, 120)
    assert page.count("<img ") == 4
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!data:|file://)', page)


def test_a_hostile_name_stays_text(reported, folder):
    name = "<script>alert(1)</script>\" onload='x' &amp; \n \udcff.png"
    name = name.replace("/", "∕")  # noqa: RUF001  a slash cannot be in a name
    shutil.copyfile(folder / "cat.png", os.fsencode(folder / name))
    page = reported()[".html"]
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\udcff" not in page
    assert "%FF.png" in page


def test_reports_do_not_overwrite_each_other(reported, tmp_path):
    reported()
    before = {path: path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    reported()
    after = {path: path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    assert len(after) == 6
    assert before.items() <= after.items()


@pytest.mark.daemon("own")
def test_a_folder_that_cannot_be_made_is_refused_before_the_search(instance, folder, tmp_path):
    (tmp_path / "file").write_text("")
    answer = instance.difctl("search", folder, "--output-directory", tmp_path / "file" / "x")
    assert answer.returncode == 2
    assert answer.stderr.startswith("difctl: The output directory cannot be made: ")
    wait_until(lambda: not instance.processes())


def test_a_report_without_matches_says_so(instance, tmp_path):
    small_photo("moon.png", tmp_path / "one" / "moon.png")
    target = tmp_path / "reports"
    instance.difctl("search", tmp_path / "one", "--output-directory", target)
    (page,) = target.glob("*.html")
    assert "No duplicates" in page.read_text()


def test_a_report_of_pictures_that_cannot_be_read_says_so(instance, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "moon.png").write_bytes(b"\x89PNG")
    target = tmp_path / "reports"
    done = instance.difctl("search", tmp_path / "one", "--output-directory", target)
    assert done.returncode == 4
    (page,) = target.glob("*.html")
    assert "No duplicates" not in page.read_text()
    assert "Nothing could be compared: the picture could not be read." in page.read_text()


# Thumbnails, which the report asks the daemon for, and descriptions


def members(client: Client, job: str) -> dict[str, int]:
    """The rows of a result that are files, by name."""
    return {
        os.path.basename(os.fsdecode(row.path)): number
        for number, row in enumerate(client.results(job))
        if isinstance(row, Member)
    }


def test_a_thumbnail_is_upright_and_no_larger_than_asked(instance, tmp_path):
    place = tmp_path / "turned"
    photo = small_photo("rocket.jpg", place / "a.jpg", size=(400, 300))
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(photo) as picture:
        picture.save(place / "b.jpg", exif=exif, quality=95)
        picture.save(place / "c.jpg", exif=exif, quality=95)
    instance.difctl("search", place)
    with Client() as client:
        rows = members(client, "last")
        image = client.thumbnail("last", rows["b.jpg"], 80)
        with Image.open(BytesIO(image)) as small, Image.open(photo) as original:
            assert small.size == (60, 80)
            upright = original.transpose(Image.Transpose.ROTATE_270).resize((60, 80))
            difference = np.asarray(small.convert("L"), int) - np.asarray(upright.convert("L"), int)
            assert np.abs(difference).mean() < 6


def test_thumbnails_of_all_modes_are_made(instance, corpus):
    instance.difctl("search", corpus / "variants" / "modes", "-s", "60000", "--no-same-dim")
    with Client() as client:
        rows = members(client, "last")
        assert len(rows) > 10
        for name, row in rows.items():
            image = client.thumbnail("last", row, 64)
            assert image is not None, name
            with Image.open(BytesIO(image)) as small:
                small.load()
                assert max(small.size) == 64, name


def test_a_thumbnail_of_a_file_that_is_gone_is_none(instance, folder):
    instance.difctl("search", folder)
    with Client() as client:
        rows = members(client, "last")
        (folder / "coffee.png").unlink()
        assert client.thumbnail("last", rows["coffee.png"]) is None
        assert client.thumbnail("last", rows["coffee copy.png"]) is not None


def test_only_files_of_a_result_have_thumbnails_and_descriptions(instance, folder):
    instance.difctl("search", folder)
    with Client() as client:
        for ask in (client.thumbnail, client.describe):
            for row in (0, 10_000):
                with pytest.raises(UsageError, match="is not a file"):
                    ask("last", row)
            with pytest.raises(UsageError):
                ask("nowhere", 1)


def test_what_a_file_says_about_itself_is_told(instance, tmp_path):
    place = tmp_path / "described"
    small_photo("rocket.jpg", place / "a.jpg", exif=camera_exif())
    small_photo("rocket.jpg", place / "b.jpg")
    instance.difctl("search", place)
    with Client() as client:
        rows = members(client, "last")
        told = client.describe("last", rows["a.jpg"])
        assert told.camera == "Canon EOS R5"
        assert told.taken == "2019-06-03 14:22:07.12 +02:00"
        assert client.describe("last", rows["b.jpg"]).camera is None
        (place / "b.jpg").unlink()
        assert client.describe("last", rows["b.jpg"]) == "is not there any more"
        kept = {
            os.path.basename(row.path): row.metadata
            for row in client.results("last")
            if isinstance(row, Member)
        }
        assert kept == {b"a.jpg": ("date", "place", "camera", "rating", "title"), b"b.jpg": ()}


@pytest.mark.daemon("own")
def test_descriptions_survive_the_end_of_the_engine(instance, tmp_path):
    place = tmp_path / "described"
    small_photo("rocket.jpg", place / "a.jpg", exif=camera_exif())
    shutil.copyfile(place / "a.jpg", place / "b.jpg")
    instance.difctl("search", place)
    with Client() as client:
        rows = members(client, "last")
        engine = client.status().engine_pid
        os.kill(engine, signal.SIGKILL)
        # What it owed is answered with the reason; the next question starts another one.
        wait_until(lambda: isinstance(client.describe("last", rows["a.jpg"]), Description))
        assert client.status().engine_pid != engine

"""What a user does in that Windows: a search, its result, the review page, extra copies gone."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from harness.gateway import Gateway
from harness.pictures import photo
from harness.windows_python import WindowsPython, windows_path
from harness.windows_results import said
from PIL import Image

pytestmark = [pytest.mark.timeout(900), pytest.mark.daemon("shared")]


@pytest.fixture
def library(tmp_path) -> Path:
    """Pictures with two copies, in a folder whose name is not ASCII."""
    folder = tmp_path / "Ärger & Söhne"
    (folder / "inner").mkdir(parents=True)
    whole = photo(640, 480)
    for number, corner in enumerate(((0, 0), (320, 0), (0, 240))):
        part = whole.crop((*corner, corner[0] + 320, corner[1] + 240))
        part.save(folder / f"{number}.jpg", quality=95)
    shutil.copy(folder / "0.jpg", folder / "inner" / "0 copy.jpg")
    shutil.copy(folder / "1.jpg", folder / "inner" / "1 copy.jpg")
    return folder


@contextmanager
def page_of(windows: WindowsPython, job: str) -> Iterator[Gateway]:
    """The review page of a search; a process of Windows, so it is ended by its own means."""
    words = ("-P", "-m", "difclient", "review", "--no-browser", "--idle-minutes", "5", job)
    process = windows.start(*words)
    assert process.stdout is not None
    address = process.stdout.readline().decode().strip()
    try:
        assert address.startswith("http"), process.communicate(timeout=30)
        gateway = Gateway(process, address)
        gateway.enter()
        yield gateway
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_from_a_search_to_the_page_and_the_extra_copies(windows, instance, library):
    place = windows_path(library)
    done = windows.difctl("search", "--json", place)
    assert done.code == 0, done
    here = instance.difctl("search", "--json", library)
    assert said(done.output, place) == said(here.stdout, str(library))
    assert len(json.loads(done.output)["groups"]) == 2
    job = json.loads(done.output)["job"]
    shown = windows.difctl("show", job)
    assert "2 groups" in shown.output, shown
    with page_of(windows, job) as page:
        summary = page.get(f"/view/job/{job}")
        assert summary.code == 200, summary.text
        listing = page.get(f"/view/job/{job}/all").text
        assert "<strong>2 files</strong> of" in listing
        assert "1 copy.jpg" in page.get(f"/jobs/{job}/groups/2").text
        picture = page.get(f"/jobs/{job}/pictures/1?size=120")
        assert picture.code == 200, picture.text
        assert max(Image.open(BytesIO(picture.body)).size) == 120
        # One file is decided otherwise, and the plan of the page has the other one alone.
        group = page.get(f"/jobs/{job}/groups/1").text
        rows = re.findall(r'id="go-(\d+)"', group)
        assert rows, group
        assert page.post(f"/jobs/{job}/choice", {"row": rows[-1], "go": 0}).code == 200
        assert "<strong>1 file</strong> of" in page.get(f"/view/job/{job}/all").text
        assert page.get("/view/start").code == 200
        folders = page.get(f"/folders?field=picked&path={quote(place)}")
        assert folders.code == 200, folders.text
        assert "inner" in folders.text
        assert page.get("/jobs/unknown/log").code == 404
    gone = windows.difctl("delete", "--yes", job)
    assert gone.code == 0, gone

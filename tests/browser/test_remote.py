"""The review page with the daemon of another machine: all of it but what needs its files here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from harness.folders import contents
from harness.gateway import Gateway, running_gateway
from harness.network import another_machine, free_port, introduce
from playwright.sync_api import expect

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def remote(instance, found) -> Iterator[Gateway]:
    """A gateway on a laptop, to the daemon that has searched."""
    with another_machine(instance) as laptop:
        introduce(laptop, instance, f"127.0.0.1:{free_port()}")
        with running_gateway(laptop, found, options=("--host", "nas")) as gateway:
            yield gateway
        assert not laptop.daemons(), "nothing of it was asked of the laptop's own daemon"


def test_the_whole_way_with_another_machine_s_daemon(remote, photos, page):
    before = contents(photos)
    page.goto(remote.listing)
    expect(page.locator(".top")).to_contain_text("on nas")
    expect(page.locator("#group .shot.has-picture").first).to_be_visible()
    expect(page.locator("#list .tile:not(.has-picture)")).to_have_count(0)
    page.locator(".row", has_text="IMG_2041.png").click()
    page.get_by_role("button", name="Compare coffee.jpg").click()
    expect(page.locator("figure[data-ready]:visible")).to_have_count(2)
    expect(page.get_by_role("rowheader", name="Camera")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.locator("#trash").click()
    page.locator("#execute").click()
    expect(page.get_by_role("heading", name="4 files moved to the trash")).to_be_visible()
    assert len(contents(photos)) == len(before) - 4
    page.locator("#undo").click()
    expect(page.get_by_role("heading", name="4 files brought back")).to_be_visible()
    assert contents(photos) == before
    page.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="New search").click()
    page.get_by_label("Folders", exact=True).fill(f"{photos}/Cats")
    page.get_by_role("button", name="Start the search").click()
    expect(page.get_by_role("heading", name="1 group of duplicates")).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Move 4 files to the trash")).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    expect(page.locator(".lead")).to_contain_text("on nas")


def test_what_needs_the_files_here_is_said_and_not_offered(remote, page):
    page.goto(remote.listing)
    expect(page.locator("#group .file").first).to_be_visible()
    expect(page.locator("#group")).to_contain_text("The files are on nas")
    expect(page.get_by_role("button", name=re.compile("^Open|in its folder"))).to_have_count(0)
    page.get_by_role("button", name="Other …").click()
    expect(page.get_by_role("heading", name="What becomes of the files")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Pick"))).to_have_count(0)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("link", name="New search").click()
    expect(page.get_by_text("The folders are on nas: type their whole paths")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Pick"))).to_have_count(0)
    page.get_by_label("Folders", exact=True).fill("Pictures")
    page.get_by_role("button", name="Start the search").click()
    expect(page.locator("#paths-wrong")).to_contain_text("have to be absolute")


def test_what_is_not_offered_is_refused_as_well(remote):
    remote.enter()
    assert "another machine" in remote.get("/folders?field=picked").text
    job = re.findall("go=job/([0-9a-f]+)", remote.address)[0]
    for how in ("viewer", "folder"):
        refused = remote.post(f"/jobs/{job}/show", {"row": 1, "how": how})
        assert refused.code == 400
        assert "another machine" in refused.text

"""Deciding and acting through the gateway, request by request, as the page sends them."""

from __future__ import annotations

import os
import re
import shutil

import pytest
from harness.commands import answered
from harness.folders import contents
from harness.gateway import running_gateway
from harness.instance import wait_until
from harness.photos import album, small_photo

from difclient.client import Client
from difd.protocol.results import Member

pytestmark = pytest.mark.daemon("shared")

HOSTILE = b"<img src=x onerror=alert(1)>'\"&\n\xff;$(x).png"


@pytest.fixture
def folder(tmp_path):
    made = album(tmp_path / "album")
    shutil.copyfile(made / "coffee.png", os.path.join(os.fsencode(made), HOSTILE))
    return made


@pytest.fixture
def entered(instance, folder):
    assert instance.difctl("search", folder, timeout=120).returncode == 0
    with running_gateway(instance) as gateway:
        gateway.enter()
        with Client() as client:
            gateway.job = client.job("last").id
            gateway.rows = {
                os.path.basename(row.path): number
                for number, row in enumerate(client.results("last"))
                if isinstance(row, Member)
            }
            gateway.groups = {
                os.path.basename(row.path): row.group
                for row in client.results("last")
                if isinstance(row, Member)
            }
        yield gateway


def chosen(gateway) -> int:
    """How many files go, as the page says it."""
    page = gateway.get(f"/view/job/{gateway.job}/all").text
    found = re.search(r"<strong>(\d+) files?</strong> of", page)
    return int(found[1]) if found else 0


def choose(gateway, name: bytes, go: int):
    return gateway.post(f"/jobs/{gateway.job}/choice", {"row": gateway.rows[name], "go": go})


def acted(gateway, **form: str) -> str:
    """Plan, carry out, and return the action's id."""
    answer = gateway.post(f"/jobs/{gateway.job}/plan", form)
    assert answer.code == 200, answer.text
    action = re.search(r"/actions/([0-9a-f]{32})", answer.text)[1]
    wait_until(lambda: "/execute" in gateway.get(f"/actions/{action}").text, 60)
    assert gateway.post(f"/actions/{action}/execute").code == 200
    wait_until(lambda: "data-close autofocus" in gateway.get(f"/actions/{action}").text, 60)
    return action


@pytest.mark.daemon("own")
def test_files_are_decided_trashed_and_brought_back(entered, folder):
    before = contents(folder)
    assert chosen(entered) == 3
    assert choose(entered, b"coffee copy.png", 0).code == 200
    assert chosen(entered) == 2
    action = acted(entered, verb="trash")
    assert len(contents(folder)) == len(before) - 2
    assert "Gone" in entered.get(f"/jobs/{entered.job}/groups/1").text
    assert chosen(entered) == 0
    assert entered.post(f"/actions/{action}/undo").code == 200
    wait_until(lambda: contents(folder) == before, 60)
    wait_until(lambda: "brought back" in entered.get(f"/actions/{action}").text, 60)
    assert chosen(entered) == 2, "as it was decided"
    history = entered.get("/view/history").text
    assert "Move 2 files to the trash" in history


def test_one_file_of_a_group_has_to_stay(entered, folder):
    before = contents(folder)
    group = [name for name in entered.rows if entered.groups[name] == entered.groups[b"coffee.png"]]
    answers = [choose(entered, name, 1) for name in group]
    said = [answer.headers["hx-trigger-after-swap"] for answer in answers]
    assert [("has to stay" in words) for words in said].count(True) == 1
    acted(entered, verb="delete")
    left = contents(folder)
    assert before["coffee.png"] in left.values()
    assert before["rocket again.png"] in left.values()


def test_nobody_can_name_a_path(entered, folder):
    """A row that is no file, of no job, and fields that are not asked for, move nothing."""
    before = contents(folder)
    place = str(folder / "cat.png")
    for row in ("0", "999999", "-1", "1e3", place, ""):
        form = {"row": row, "go": "1", "path": place}
        assert entered.post(f"/jobs/{entered.job}/choice", form).code == 400, row
    assert entered.post("/jobs/nowhere/choice", {"row": 1, "go": 1}).code == 404
    assert entered.post("/jobs/last/choice", {"row": 1, "go": 1}).code == 400
    form = {"verb": "delete", "removals": place, "files": place, "path": place}
    acted(entered, **form)
    assert (folder / "cat.png").exists()
    assert before["cat.png"] in contents(folder).values()
    assert entered.post("/actions/0123/execute").code == 400
    assert entered.post(f"/jobs/{entered.job}/plan", {"verb": "shred"}).code == 400


def test_a_hostile_name_stays_text_everywhere(entered):
    pages = [
        entered.get(f"/jobs/{entered.job}/rows?fresh=1"),
        *(entered.get(f"/jobs/{entered.job}/groups/{number}") for number in (1, 2)),
        entered.get(f"/jobs/{entered.job}/groups/{entered.groups[HOSTILE]}/compare"),
        entered.post(f"/jobs/{entered.job}/rules/preview", {"rule": "none"}),
    ]
    assert [answer.code for answer in pages] == [200] * 5
    text = "".join(answer.text for answer in pages)
    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "\\n\\xff;$(x).png" in text


def test_pictures_want_the_token_and_are_pictures(entered):
    address = f"/jobs/{entered.job}/pictures/{entered.rows[b'coffee.png']}"
    answer = entered.get(f"{address}?size=120")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.body.startswith(b"\xff\xd8")
    assert entered.get(f"{address}?size=99999").code == 400
    assert entered.get(f"/jobs/{entered.job}/pictures/0").code == 400, "a row that is no file"
    entered.token = None
    assert entered.get(f"{address}?size=120").code == 401


def test_files_move_under_free_names_with_their_folders(entered, folder, tmp_path):
    target = tmp_path / "extra"
    assert entered.post(f"/jobs/{entered.job}/plan", {"verb": "move"}).code == 400
    form = {"verb": "move", "destination": "relative"}
    assert entered.post(f"/jobs/{entered.job}/plan", form).code == 400
    acted(entered, verb="move", destination=str(target), keep_tree="1")
    assert len(contents(target)) == 3
    assert len(contents(folder)) == 4


def test_a_link_takes_the_place(entered, folder):
    assert entered.post(f"/jobs/{entered.job}/plan", {"verb": "link"}).code == 400
    acted(entered, verb="link", kind="hard")
    assert (folder / "coffee.png").samefile(folder / "coffee copy.png")


def test_half_of_a_raw_and_jpeg_pair_is_held_back(instance, tmp_path):
    folder = tmp_path / "photos"
    kept = small_photo("coffee.png", folder / "1.jpg")
    shutil.copyfile(kept, folder / "IMG_1.jpg")
    (folder / "IMG_1.cr2").write_bytes(b"its raw file")
    small_photo("chelsea.png", folder / "cat.png")
    shutil.copyfile(folder / "cat.png", folder / "cat copy.png")
    assert instance.difctl("search", folder, timeout=120).returncode == 0
    with running_gateway(instance) as gateway, Client() as client:
        gateway.enter()
        gateway.job = client.job("last").id
        answer = gateway.post(f"/jobs/{gateway.job}/plan", {"verb": "trash"})
        action = re.search(r"/actions/([0-9a-f]{32})", answer.text)[1]
        wait_until(lambda: "/execute" in gateway.get(f"/actions/{action}").text, 60)
        plan = gateway.get(f"/actions/{action}").text
        assert "Move 1 file to the trash?" in plan
        assert "1 file held back" in plan
        assert "IMG_1.jpg" in plan


def test_what_other_clients_did_is_seen(entered, instance, folder):
    before = contents(folder)
    assert chosen(entered) == 3
    assert instance.difctl("trash", "last", "--yes").returncode == 0
    assert chosen(entered) == 0
    assert "Gone" in entered.get(f"/jobs/{entered.job}/groups/1").text
    assert instance.difctl("undo").returncode == 0
    assert contents(folder) == before
    assert chosen(entered) == 3


def test_no_duplicates_are_remembered_and_that_is_taken_back(entered, instance):
    number = entered.groups[b"coffee.png"]
    answer = entered.post(f"/jobs/{entered.job}/groups/{number}/ignore")
    assert "They are duplicates" in answer.text
    assert chosen(entered) == 1
    assert "coffee.png" in instance.difctl("ignore", "list").stdout
    assert "Find again" in entered.get("/view/history").text
    assert "Not duplicates" in entered.post(f"/jobs/{entered.job}/groups/{number}/heed").text
    assert "Nothing is ignored" in instance.difctl("ignore", "list").stdout


def state(gateway, instance) -> tuple[object, ...]:
    """All that is known of the groups: to other clients, in the ignore list, and on the page."""
    shown = answered(instance, "show", "last")["groups"]
    ignored = re.sub(r"20\d\d-\S+ \S+|\d+ s ago", "", instance.difctl("ignore", "list").stdout)
    # What is opened anew shows what the daemon has, and what is open shows the same.
    parts = [
        gateway.get(f"/jobs/{gateway.job}/groups/{number}").text.partition('<div id="chosen"')[0]
        for number in sorted(set(gateway.groups.values()))
    ]
    gateway.get(f"/view/job/{gateway.job}/all")
    again = [
        gateway.get(f"/jobs/{gateway.job}/groups/{number}").text.partition('<div id="chosen"')[0]
        for number in sorted(set(gateway.groups.values()))
    ]
    assert parts == again
    return shown, ignored, parts


@pytest.mark.parametrize("decided", [False, True])
def test_no_duplicates_and_they_are_is_taken_back_entirely(entered, instance, decided):
    number = entered.groups[b"coffee.png"]
    group, back = f"/jobs/{entered.job}/groups/{number}", f"/jobs/{entered.job}/back"
    if decided:
        assert choose(entered, b"coffee copy.png", 0).code == 200
    states = [state(entered, instance)]
    for what in ("ignore", "heed", "ignore"):
        assert entered.post(f"{group}/{what}").code == 200
        states.append(state(entered, instance))
    assert states[0] == states[2] != states[1] == states[3]
    # Saying it again changes nothing, and is no choice.
    assert entered.post(f"{group}/ignore").code == 200
    for before in reversed(states[:-1]):
        answer = entered.post(back)
        assert "1 group as before" in answer.headers["hx-trigger-after-swap"]
        assert state(entered, instance) == before
    if decided:
        assert entered.post(back).code == 200
        assert state(entered, instance) != states[0]
    assert entered.post(back).code == 400


def test_what_another_client_took_off_the_ignore_list_hinders_no_undo(entered, instance):
    number = entered.groups[b"coffee.png"]
    before = state(entered, instance)
    assert entered.post(f"/jobs/{entered.job}/groups/{number}/ignore").code == 200
    with Client() as client:
        client.ignoring.remove([entry.id for entry in client.ignoring.groups()])
    assert entered.post(f"/jobs/{entered.job}/back").code == 200
    assert state(entered, instance) == before


def test_a_rule_shows_what_it_changes_before_it_does(entered):
    form = {"rule": "none", "scope": "all"}
    shown = entered.post(f"/jobs/{entered.job}/rules/preview", form).text
    assert "3 decisions change" in shown
    assert "coffee copy.png" in shown
    assert chosen(entered) == 3
    assert entered.post(f"/jobs/{entered.job}/rules/apply", form).code == 200
    assert chosen(entered) == 0


def test_a_file_is_opened_by_the_desktop_without_a_shell(entered, instance, tmp_path, folder):
    """The gateway runs what is called xdg-open and dbus-send, with the path as one argument."""
    seen = tmp_path / "seen"
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, code in (("xdg-open", 0), ("dbus-send", 1)):
        script = programs / name
        script.write_text(f'#!/bin/sh\nprintf "%s\\0" "${{0##*/}}" "$@" >> {seen}\nexit {code}\n')
        script.chmod(0o755)
    instance.environment["PATH"] = f"{programs}:{instance.environment['PATH']}"
    with running_gateway(instance) as gateway:
        gateway.enter()
        row = {"row": entered.rows[HOSTILE]}
        path = os.path.join(os.fsencode(folder), HOSTILE)
        address = f"/jobs/{entered.job}/show"
        assert gateway.post(address, {**row, "how": "viewer"}).code == 200
        assert seen.read_bytes().split(b"\0")[:-1] == [b"xdg-open", path]
        seen.unlink()
        assert gateway.post(address, {**row, "how": "folder"}).code == 200
        said = seen.read_bytes().split(b"\0")[:-1]
        assert said[0] == b"dbus-send"
        assert b"%3Cimg%20src%3Dx" in said[-4]
        assert said[-2:] == [b"xdg-open", os.fsencode(folder)]
        os.unlink(path)
        gone = gateway.post(address, {**row, "how": "viewer"})
        assert gone.code == 400
        assert "not there any more" in gone.text
        assert gateway.post(address, {**row, "how": "shell"}).code == 400

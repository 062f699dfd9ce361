"""Searches and the daemon while the page is open: progress, cancel, resume, a daemon that dies."""

from __future__ import annotations

import json
import os
import signal

import pytest
from harness.gateway import running_gateway
from harness.instance import wait_until
from harness.photos import album, many_photos

from difclient.client import Client
from difd.protocol.actions import ActionOptions

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def entered(instance):
    with running_gateway(instance) as gateway:
        gateway.enter()
        yield gateway


def begun(gateway, paths: str, **options: object) -> str:
    """Begin a search as the form does; its job."""
    answer = gateway.post("/searches", {"paths": paths, **options})
    assert answer.code == 200, answer.text
    return json.loads(answer.headers["hx-trigger-after-swap"])["go"].removeprefix("job/")


@pytest.mark.daemon("own")
@pytest.mark.timeout(240)
def test_a_search_shows_its_progress_is_cancelled_and_taken_up_again(entered, tmp_path):
    job = begun(
        entered, str(many_photos(tmp_path / "many", edge=1400)), recursive="1", processes="1"
    )
    view = f"/view/job/{job}"
    wait_until(lambda: "of 60 images read" in entered.get(view).text, 100)
    assert "<progress" in entered.get(view).text
    entered.post(f"/jobs/{job}/cancel")
    wait_until(lambda: "Ended early: " in entered.get(view).text, 60)
    assert entered.post(f"/jobs/{job}/resume").code == 200
    wait_until(lambda: "60 pictures compared" in entered.get(view).text, 100)
    assert "1 group of duplicates" in entered.get(view).text
    assert "Ended early" not in entered.get(view).text


def test_all_options_of_the_form_reach_the_search(entered, tmp_path):
    folder = album(tmp_path / "al; bum")
    other = album(tmp_path / "other")
    job = begun(
        entered,
        f"{other}; {other}/sub",
        picked=[str(folder).replace(";", "%3B").replace(" ", "%20")],
        similarity="mse",
        mse="7.5",
        mirror="1",
        in_folder="each",
        px_size="64",
        min_bytes="10",
        reference=str(other / "sub"),
        exclude="*.tmp\ncache/",
        text="oldest, bytes",
        processes="2",
        chunksize="",
        decode="exact",
    )
    wait_until(lambda: "compared in" in entered.get(f"/view/job/{job}").text, 100)
    log = entered.get(f"/jobs/{job}/log").text
    for words in (
        "7.5",
        "each",
        "64",
        "*.tmp, cache/",
        "oldest, bytes",
        "exact",
        "al; bum<br>",
        "other/sub<br>",
    ):
        assert words in log, words
    for name, value in {
        "mirror": "on",
        "rotate": "off",
        "processes": "<code>2</code>",
        "chunksize": "chosen",
    }.items():
        assert f"<code>{name}</code></th><td>{value}</td>" in log, name


@pytest.mark.daemon("own")
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"paths": ""}, "Say which folders"),
        ({"paths": "relative"}, "begins with / or ~"),
        ({"paths": "/nowhere/at all"}, "no such file or folder"),
        ({"picked": "relative"}, "Type the whole path of the folder"),
        ({"paths": "/", "px_size": "5"}, "px_size"),
        ({"paths": "/", "similarity": "mse", "mse": "nan"}, "similarity must be"),
        ({"paths": "/", "keep": "prettiest"}, "not a keep rule"),
        ({"paths": "/", "processes": "many"}, "processes must be a whole number"),
        ({"paths": "/", "decode": "badly"}, "An option has an impossible value"),
    ],
)
def test_what_is_not_possible_is_said_and_nothing_is_searched(entered, form, words):
    answer = entered.post("/searches", form)
    assert answer.code == 400
    assert words in answer.text
    assert "There was no search yet" in entered.get("/view/history").text


def test_what_nobody_follows_is_not_kept(instance, tmp_path):
    """A page asks how an action is; what the daemon tells by itself must not pile up."""
    assert instance.difctl("search", album(tmp_path / "album"), timeout=120).returncode == 0
    with Client() as client:
        for forget in (False, True):
            info = client.actions.plan("last", ActionOptions("trash"))
            wait_until(lambda info=info: client.actions.get(info.id).state == "planned", 60)
            client.status()
            if forget:
                client.forget_events()
            assert (client._next_event(0) is None) is forget
            client.forget_events()


@pytest.mark.daemon("own")
def test_the_page_goes_on_when_the_daemon_dies(entered, instance):
    for _ in range(3):
        for daemon in instance.daemons():
            os.kill(daemon, signal.SIGKILL)
        wait_until(lambda: entered.get("/view/history").code == 200, 90)


@pytest.mark.daemon("own")
def test_pictures_are_on_their_way_before_the_page_is_open(instance, tmp_path):
    assert instance.difctl("search", album(tmp_path / "album"), timeout=120).returncode == 0
    assert instance.difctl("daemon", "restart").returncode == 0

    assert not instance.workers()
    with running_gateway(instance, "last"):
        wait_until(instance.workers, 60)


def test_to_cancel_what_has_ended_shows_its_result(entered, instance, tmp_path):
    folder = many_photos(tmp_path / "many", edge=100)
    assert instance.difctl("search", folder, timeout=120).returncode == 0
    with Client() as client:
        job = client.job("last").id
    for verb in ("cancel", "pause"):
        answer = entered.post(f"/jobs/{job}/{verb}")
        assert answer.code in {200, 400}
        if verb == "cancel":
            assert "Safe to let go" in answer.text

"""`difctl open`: a search for somebody without a terminal, whom one client tells the result."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from harness.instance import wait_until
from harness.menus import HOSTILE_NAMES
from harness.photos import album, small_photo

from difclient.cli.open import COMPARED
from difclient.client import Client
from difclient.connection import new_id
from difd.protocol.errors import UsageError
from difd.protocol.jobs import JobInfo
from difd.protocol.options import DUPLICATES, SIMILAR, SearchOptions
from difd.protocol.replies import LeaseReply
from difd.protocol.requests import TakeLease

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


def opened(instance, *arguments) -> JobInfo:
    """The job that `difctl open` began."""
    answer = instance.difctl("open", "--json", *arguments)
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert set(document) == {"job", "state"}
    with Client(start=False) as client:
        return client.job(document["job"])


def followers(instance) -> list[str]:
    return [command for command in instance.processes().values() if "difclient.follower" in command]


def ended(job: str) -> JobInfo:
    with Client(start=False) as client:
        (*_, info) = client.follow(client.job(job).id)
    return info


def test_it_begins_the_search_that_the_entry_means(instance, folder):
    image, other = folder / "coffee.png", folder / "cat.png"
    for arguments, similarity, same_dim, query in (
        ([folder], DUPLICATES, True, False),
        (["--similar", "--", folder], SIMILAR, False, False),
        (["--copies", "--", image], SIMILAR, False, True),
        (["--compare", "--", image, other], COMPARED, False, True),
        ([folder / "sub", image], DUPLICATES, True, False),
        ([image], DUPLICATES, True, True),
    ):
        options = opened(instance, *arguments).options
        found = (options.similarity, options.same_dim, options.query)
        assert found == (similarity, same_dim, query), arguments
        given = [os.fsencode(path) for path in arguments if isinstance(path, Path)]
        assert list(options.paths) == given


def test_copies_of_one_image_are_found_in_its_folder(instance, folder):
    job = ended(opened(instance, "--copies", "--", folder / "coffee.png").id)
    assert job.summary.groups == 1


def test_settings_count_where_the_entry_says_nothing(instance, folder):
    instance.difctl("config", "set", "search.similarity", "300")
    instance.difctl("config", "set", "search.exclude", "*.tmp")
    options = opened(instance, folder).options
    assert options.similarity == DUPLICATES
    assert options.exclude == ("*.tmp",)


def test_hundreds_of_files_with_any_names(instance, tmp_path):
    place = os.fsencode(tmp_path / "many")
    os.mkdir(place)
    paths = [place + b"/%d " % number + name for number in range(40) for name in HOSTILE_NAMES]
    for path in paths:
        Path(os.fsdecode(path)).touch()
    job = opened(instance, "--compare", "--", *paths)
    assert sorted(job.options.paths) == sorted(paths)
    assert len(paths) > 600


@pytest.mark.daemon("own")
def test_it_leaves_a_follower_behind_that_ends_and_has_told_the_result(instance, folder):
    job = opened(instance, folder)
    wait_until(lambda: not followers(instance), 60)
    with Client(start=False) as client:
        assert client.job(job.id).state == "done"
        assert client.take_lease(job.id) is False


def test_one_client_only_tells_of_a_job(instance, folder):
    instance.difctl("search", folder, "--no-wait")
    ended("last")
    with Client() as one, Client() as two:
        assert [one.take_lease("last"), two.take_lease("last"), one.take_lease("last")] == [
            True,
            False,
            False,
        ]


@pytest.mark.usefixtures("instance")
def test_a_job_that_is_resumed_ends_again_and_is_told_again(tmp_path):
    with Client() as client:
        job = client.submit(SearchOptions(paths=(os.fsencode(tmp_path / "nowhere"),)))
        for _ in range(2):
            (*_, info) = client.follow(job.id)
            assert info.state == "failed"
            assert client.take_lease(job.id) is True
            assert client.take_lease(job.id) is False
            client.resume(job.id)


def test_there_is_no_lease_of_a_job_that_has_not_ended(instance, tmp_path):
    album(tmp_path / "album")
    with Client() as client:
        client.pause(paused=True)
        try:
            instance.difctl("search", tmp_path / "album", "--no-wait")
            with pytest.raises(UsageError, match="has not ended"):
                client.take_lease("last")
        finally:
            client.pause(paused=False)


@pytest.mark.daemon("own")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "No file or folder on this machine was given."),
        (["--", "/nowhere/at all"], "There is no such file or folder: /nowhere/at all"),
        (["--compare", "/"], "Give at least two images to compare."),
        (["--watch", "--", "/etc/passwd"], "This is not a folder: /etc/passwd"),
    ],
)
def test_wrong_usage_is_one_sentence_and_no_search(instance, arguments, words):
    answer = instance.difctl("open", *arguments)
    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""
    assert json.loads(instance.difctl("jobs", "--json").stdout) == []


@pytest.mark.daemon("own")
def test_folders_are_watched_from_now_on(instance, folder):
    (folder / "other").mkdir()
    answer = instance.difctl("open", "--watch", "--", folder / "sub", folder / "other")
    assert answer.returncode == 0, answer.stderr
    with Client(start=False) as client:
        watched = [watch.folder for watch in client.watching.watches()]
    assert watched == [os.fsencode(folder / "other"), os.fsencode(folder / "sub")]


@pytest.mark.daemon("own")
def test_a_daemon_that_cannot_start_is_told(instance, tmp_path):
    small_photo("coffee.png", tmp_path / "a.png")
    (instance.root / "run" / "difd").mkdir()
    (instance.root / "run" / "difd").chmod(0o777)
    answer = instance.difctl("open", "--", tmp_path)
    assert answer.returncode == 3
    assert "open to other users" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_lease_that_is_asked_for_again_stays_with_who_has_it(instance, folder):
    instance.difctl("search", folder, "--no-wait")
    ended("last")
    with Client() as client:
        request = TakeLease(id=new_id(), job="last")
        replies = [client._ask(request, LeaseReply).granted for _ in range(2)]
        assert replies == [True, True]
        assert client.take_lease("last") is False

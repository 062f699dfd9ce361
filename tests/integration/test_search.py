"""`difctl search` on real folders: what is found, and one clear sentence for every bad input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.instance import as_plain_user, wait_until
from harness.photos import album, copy_photo, small_photo
from harness.searches import names, searched

from difclient.client import Client

pytestmark = pytest.mark.daemon("shared")


@pytest.fixture
def folder(tmp_path) -> Path:
    return album(tmp_path / "album")


def refused(instance, *arguments) -> str:
    """The one sentence (and hint) that a refused search prints; the daemon is alive after it."""
    answer = instance.difctl("search", *arguments)
    assert answer.returncode == 2, answer.stdout + answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    return answer.stderr


# What is found


def test_equal_files_are_groups_with_a_keeper_and_a_reason(instance, folder):
    found = searched(instance, folder)
    assert found["state"] == "done"
    assert [names(group) for group in found["groups"]] == [
        ["coffee copy.png", "coffee.png"],
        ["rocket again.png", "rocket.png"],
    ]
    for group in found["groups"]:
        keeper, extra = sorted(group["files"], key=lambda file: file["action"])
        assert (keeper["action"], extra["action"]) == ("keep", "remove")
        assert group["keep"] == [keeper["path"]]
        assert extra["keeper"] == keeper["path"]
        assert (extra["match"], extra["mse"], extra["rotation"]) == ("bytes", 0.0, 0)
        assert extra["reason"]
        assert group["reclaimable_bytes"] == extra["bytes"] == Path(extra["path"]).stat().st_size


def test_similar_finds_the_photo_that_was_saved_again(instance, folder):
    found = searched(instance, folder, "--similarity", "similar")
    assert ["rocket again.png", "rocket.jpg", "rocket.png"] in map(names, found["groups"])


def test_the_document_has_the_shapes_of_difpy(instance, folder):
    found = searched(instance, folder)
    a, b = folder / "coffee copy.png", folder / "coffee.png"
    assert found["result"][str(a)] == [[str(b), 0.0]]
    assert set(found["lower_quality"]) <= {f["path"] for g in found["groups"] for f in g["files"]}
    assert len(found["lower_quality"]) == 2
    stats = found["stats"]
    assert stats["directory"] == [str(folder)]
    assert stats["total_files"] == 6
    assert stats["invalid_files"] == {"count": 0, "logs": {}}
    assert set(stats["process"]["build"]["parameters"]) == {
        "recursive",
        "in_folder",
        "limit_extensions",
        "px_size",
        "processes",
    }
    search = stats["process"]["search"]
    assert set(search["parameters"]) == {
        "similarity_mse",
        "rotate",
        "same_dim",
        "processes",
        "chunksize",
    }
    assert search["files_searched"] == 6
    assert search["matches_found"] == {"duplicates": 2, "similar": 0}
    assert found["options"]["px_size"] == 50
    assert found["options"]["paths"] == [str(folder)]


def test_people_read_groups_and_one_line_that_sums_up(instance, folder):
    answer = instance.difctl("search", folder)
    assert answer.returncode == 0
    assert "Group 1  2 files" in answer.stdout
    assert f"keep  {folder}/coffee" in answer.stdout
    first, second, *_, summary, look, move = answer.stdout.splitlines()
    assert first == f"2 groups of duplicates in {folder}"
    assert second.startswith("  2 extra files, proven equal, safe to let go: ")
    assert "2 groups, 2 extra files; " in summary
    assert "6 images compared" in summary
    assert "difctl review" in look
    assert "difctl trash" in move
    assert "\x1b" not in answer.stdout
    assert answer.stderr == ""


def test_exit_code_tells_scripts_whether_there_were_matches(instance, folder, tmp_path):
    assert instance.difctl("search", folder, "--exit-code").returncode == 1
    small_photo("moon.png", tmp_path / "one" / "moon.png")
    assert instance.difctl("search", tmp_path / "one", "--exit-code").returncode == 0


def test_turned_copies_are_one_group_with_rotations_on(instance, corpus):
    found = searched(instance, corpus / "variants" / "dih", "--similarity", "similar")
    turned = next(g for g in found["groups"] if "bridge-1-original.jpg" in names(g))
    assert names(turned) == [
        "bridge-1-original.jpg",
        "bridge-2-rotate-90.jpg",
        "bridge-3-rotate-180.jpg",
        "bridge-4-rotate-270.jpg",
    ]
    still = searched(
        instance, corpus / "variants" / "dih", "--similarity", "similar", "--no-rotate"
    )
    assert not any("bridge-1-original.jpg" in names(group) for group in still["groups"])


def test_hostile_images_are_read_or_reported_and_the_daemon_lives(instance, corpus):
    found = searched(instance, corpus / "hostile")
    with Client(start=False) as client:
        assert client.status().running == 0
    logs = found["stats"]["invalid_files"]["logs"]
    assert found["stats"]["invalid_files"]["count"] == len(logs)
    assert found["stats"]["process"]["search"]["files_searched"] > 300
    assert found["stats"]["total_files"] == (
        found["stats"]["process"]["search"]["files_searched"] + len(logs)
    )
    assert all(reason and "\n" not in reason for reason in logs.values())


# Paths


def test_a_folder_given_twice_and_a_folder_in_it_are_searched_once(instance, folder):
    once = searched(instance, folder)
    again = searched(instance, folder, f"{folder}/", folder / "sub", folder / ".." / folder.name)
    assert again["result"] == once["result"]
    assert again["stats"]["total_files"] == 6


def test_relative_paths_mean_the_callers_directory(instance, folder):
    answer = subprocess.run(
        [sys.executable, "-m", "difclient", "search", "--json", "."],
        cwd=folder,
        env=instance.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(answer.stdout)["groups"]) == 2


def test_one_image_alone_is_searched_for_in_its_own_folder(instance, folder):
    found = searched(instance, folder / "coffee.png")
    assert [names(group) for group in found["groups"]] == [["coffee copy.png", "coffee.png"]]


def test_images_with_folders_report_only_what_matches_the_images(instance, folder):
    image = shutil.copyfile(folder / "sub" / "rocket.png", folder.parent / "query.png")
    found = searched(instance, image, folder)
    (group,) = found["groups"]
    assert names(group) == ["query.png", "rocket again.png", "rocket.png"]


def test_several_images_are_compared_with_each_other_only(instance, folder):
    found = searched(instance, folder / "coffee.png", folder / "sub" / "rocket.png")
    assert found["groups"] == []
    found = searched(instance, folder / "coffee.png", folder / "coffee copy.png")
    assert len(found["groups"]) == 1


@pytest.mark.parametrize(
    "name",
    [
        b"with\nnewline",
        b"not \xff\xfe utf8",
        b"-leading-dash",
        b"quote ' \" and $(touch x) ;&|",
        b"[2024]*?",
        b"\x1b[31mred",
        "日本語".encode(),
    ],
)
def test_any_name_is_searched_and_survives_the_round_trip(instance, tmp_path, name):
    place = os.path.join(os.fsencode(tmp_path), name)
    os.mkdir(place)
    first = os.path.join(place, b"a " + name + b".png")
    copy_photo("color.png", Path(os.fsdecode(first)))
    second = os.path.join(place, b"b " + name + b".png")
    shutil.copyfile(first, second)
    found = searched(instance, "--", place)
    (group,) = found["groups"]
    assert sorted(os.fsencode(file["path"]) for file in group["files"]) == [first, second]
    shown = instance.difctl("search", "--", place)
    assert shown.returncode == 0
    assert "\x1b" not in shown.stdout
    assert len([line for line in shown.stdout.splitlines() if line.startswith("keep  ")]) == 1


# Bad input


@pytest.mark.daemon("own")
def test_no_path_is_wrong_usage_and_nothing_is_searched(instance):
    assert "Missing argument 'PATH...'" in refused(instance)
    wait_until(lambda: not instance.processes())


@pytest.mark.daemon("own")
def test_a_path_that_is_not_there_is_named(instance, folder):
    sentence = refused(instance, folder, folder / "nowhere")
    assert sentence == f"difctl: There is no such file or folder: {folder}/nowhere\n"
    wait_until(lambda: not instance.processes())


def test_with_json_an_error_is_a_document_on_stdout(instance, folder):
    answer = instance.difctl("search", "--json", folder / "nowhere")
    assert answer.returncode == 2
    assert json.loads(answer.stdout)["error"] == {
        "code": "path_not_found",
        "message": "There is no such file or folder.",
        "path": str(folder / "nowhere"),
        "hint": None,
    }
    assert answer.stderr == ""
    usage = instance.difctl("search", "--json")
    assert usage.returncode == 2
    assert json.loads(usage.stdout)["error"]["code"] == "usage"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--px-size", "9"], "px_size must be between 10 and 5000, not 9."),
        (["--px-size", "5001"], "px_size must be between 10 and 5000, not 5001."),
        (["--similarity", "-1"], "'duplicates', 'similar', 'edited' or a number from 0 to 65025"),
        (["--similarity", "nan"], "'duplicates', 'similar', 'edited' or a number from 0 to 65025"),
        (["--similarity", "low"], "'duplicates', 'similar', 'edited' or a number from 0 to 65025"),
        (["--processes", "0"], "processes must be at least 1, not 0."),
        (["--chunksize", "0"], "chunksize must be at least 1, not 0."),
        (["--keep", "prettiest"], "prettiest"),
        (["--in-folder", "maybe"], "'off', 'given', 'each'"),
    ],
)
def test_an_option_out_of_range_is_refused_with_its_range(instance, folder, arguments, sentence):
    assert sentence in refused(instance, folder, *arguments)


def test_an_empty_folder_is_no_search_that_found_nothing(instance, tmp_path):
    answer = instance.difctl("search", tmp_path)
    assert answer.returncode == 4
    assert answer.stdout == (
        "No images found. 0 images compared.\n"
        "Name the folder that your pictures are in; folders below it are searched, too.\n"
    )


def test_a_folder_of_text_files_has_no_images_and_says_what_it_left_aside(instance, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("the same words")
    answer = instance.difctl("search", tmp_path)
    assert answer.returncode == 4
    assert answer.stdout == (
        "No images found. 0 images compared, 3 other files left aside (no image type).\n"
        "Pictures without an image's extension? Try --no-limit-extensions\n"
    )
    document = json.loads(instance.difctl("search", "--json", tmp_path).stdout)
    assert document["stats"]["invalid_files"]["logs"] == {
        str(tmp_path / f"{number}.txt"): "Unsupported file type" for number in range(3)
    }


def test_a_broken_image_is_reported_and_the_others_are_searched(instance, folder):
    (folder / "broken.jpg").write_bytes((folder / "rocket.jpg").read_bytes()[:700])
    found = searched(instance, folder)
    assert len(found["groups"]) == 2
    assert list(found["stats"]["invalid_files"]["logs"]) == [str(folder / "broken.jpg")]
    assert "not read  " in instance.difctl("search", folder).stdout


@pytest.mark.daemon("own")
def test_an_unreadable_folder_is_refused_by_name(instance, folder):
    folder.chmod(0)
    answer = subprocess.run(
        [*as_plain_user(), sys.executable, "-m", "difclient", "search", folder],
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    folder.chmod(0o700)
    assert answer.returncode == 4, answer.stdout + answer.stderr
    assert answer.stderr.count(str(folder)) == 1
    assert "Traceback" not in answer.stderr


@pytest.mark.daemon("own")
def test_an_unreadable_subfolder_is_reported_and_the_rest_is_searched(instance, folder):
    (folder / "sub").chmod(0)
    answer = subprocess.run(
        [*as_plain_user(), sys.executable, "-m", "difclient", "search", "--json", folder],
        env=instance.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "sub").chmod(0o700)
    found = json.loads(answer.stdout)
    assert [names(group) for group in found["groups"]] == [["coffee copy.png", "coffee.png"]]
    assert list(found["stats"]["invalid_files"]["logs"]) == [str(folder / "sub")]


def test_no_wait_prints_the_job_and_show_has_its_result(instance, folder):
    answer = instance.difctl("search", "--no-wait", "--json", folder)
    begun = json.loads(answer.stdout)
    assert begun["state"] in {"queued", "running"}
    wait_until(lambda: instance.difctl("show", "last").returncode == 0)
    shown = json.loads(instance.difctl("show", begun["job"][:6], "--json").stdout)
    assert shown["job"] == begun["job"]
    assert len(shown["groups"]) == 2


@pytest.mark.daemon("own")
def test_results_are_there_after_a_restart_of_the_daemon(instance, folder):
    found = searched(instance, folder)
    instance.difctl("daemon", "restart")
    shown = instance.difctl("show", "last", "--json")
    assert json.loads(shown.stdout) == found


@pytest.mark.daemon("own")
@pytest.mark.parametrize("command", ["show", "cancel", "resume"])
def test_an_unknown_job_is_wrong_usage(instance, command):
    assert instance.difctl(command, "last").returncode == 2
    answer = instance.difctl(command, "feed")
    assert answer.returncode == 2
    assert answer.stderr == "difctl: There is no job 'feed'.\nList them with: difctl jobs\n"


@pytest.mark.daemon("own")
def test_jobs_are_listed_newest_first(instance, folder):
    searched(instance, folder)
    searched(instance, folder / "sub")
    listed = json.loads(instance.difctl("jobs", "--json").stdout)
    assert [job["options"]["paths"] for job in listed] == [[str(folder / "sub")], [str(folder)]]
    assert "2 groups of duplicates" in instance.difctl("jobs").stdout


@pytest.mark.daemon("own")
def test_fifty_searches_at_once_are_one_daemon_and_fifty_answers(instance, folder):
    with ThreadPoolExecutor(50) as threads:
        answers = list(
            threads.map(
                lambda _: instance.difctl("search", "--json", folder, timeout=110), range(50)
            )
        )
    assert [answer.returncode for answer in answers] == [0] * 50
    documents = [json.loads(answer.stdout) for answer in answers]
    assert len({document["job"] for document in documents}) == 50
    assert {json.dumps(document["result"]) for document in documents} == {
        json.dumps(documents[0]["result"])
    }
    assert len(instance.daemons()) == 1


# Cancelling, dying, taking up again

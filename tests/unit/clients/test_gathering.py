"""One of many processes goes on with what all of them were started with."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from difclient import gathering

PROGRAM = """
import json, os, sys, time
from difclient.gathering import gathered
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps(gathered(sys.argv[1:])))
"""


def started(environment, *words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def answers(processes: list[subprocess.Popen[str]]) -> list[list[str] | None]:
    """What each of them goes on with; they begin at once."""
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in processes]


def test_one_goes_on_with_the_paths_of_all(instance):
    names = [f"/a/{number} ünï\n" for number in range(8)]
    words = ("open", "--gather", "--compare", "--")
    found = answers([started(instance.environment, *words, name) for name in names])
    (all_of_it,) = [one for one in found if one is not None]
    assert all_of_it[:3] == ["open", "--compare", "--"]
    assert sorted(all_of_it[3:]) == sorted(names)
    # What comes later begins anew.
    assert answers([started(instance.environment, *words, "/b")]) == [[*all_of_it[:3], "/b"]]


def test_two_entries_are_two_searches(instance):
    one = started(instance.environment, "open", "--gather", "--", "/a")
    other = started(instance.environment, "open", "--gather", "--similar", "--", "/b")
    assert answers([one, other]) == [["open", "--", "/a"], ["open", "--similar", "--", "/b"]]


def test_what_a_killed_process_left_behind_is_no_part_of_it(instance):
    runtime = instance.endpoint.runtime
    runtime.mkdir(mode=0o700)
    old = json.dumps([time.monotonic() - 3 * gathering.LONGEST_SECONDS, ["/old"]])
    later = json.dumps([time.monotonic() + 1e6, ["/before the machine was started"]])
    (runtime / "selected-open").write_text(f"{old}\n{later}\n[1, [")
    found = answers([started(instance.environment, "open", "--gather", "--", "/new")])
    assert found == [["open", "--", "/new"]]

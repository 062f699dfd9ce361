"""Records today's messages: every request of a client, and what the daemon answers.

cd tests && python -m integration.recorded.record

writes `MAJOR.MINOR.json`, and `MAJOR.MINOR.schema.json` with what a client of this version takes
for an answer. CONTRIBUTING.md says when; a file that is there is never written again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from harness.conversation import (
    Exchange,
    Recording,
    Speaker,
    picture_folder,
    reply_of,
    write_recording,
)

from difclient.starting import ensure_daemon
from difd.protocol import codec, requests
from difd.protocol.actions import AskedAction
from difd.protocol.deciding import AskedDecision, Decide, ListDecisions
from difd.protocol.endpoint import user_endpoint
from difd.protocol.events import AnyEvent
from difd.protocol.ignoring import ForgetIgnored, IgnoreGroups, ListIgnored
from difd.protocol.options import AskedSearch
from difd.protocol.replies import AnyReply
from difd.protocol.version import PROTOCOL_MAJOR, PROTOCOL_MINOR, VERSION
from difd.protocol.watching import AddWatch, FollowWatches, ListWatches, RemoveWatches
from difd.system.stop import wait_for_end


class Recorder:
    """Asks, and remembers what was asked and answered.

    Args:
        speaker: the connection.
    """

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self.exchanges: list[Exchange] = []

    def ask(self, kind: type[requests.Request], **fields: object) -> dict[str, object]:
        """The reply to a request."""
        number = f"request-{len(self.exchanges):02}"
        _, payload = codec.encode(kind(id=number, **fields))
        exchange = Exchange(payload, self._speaker.ask(payload))
        self.exchanges.append(exchange)
        return reply_of(exchange)


def record(speaker: Speaker, folder: Path) -> list[Exchange]:
    """One of every request, in an order that makes sense; `shutdown` at the end."""
    recorder = Recorder(speaker)
    ask = recorder.ask
    place = os.fsencode(folder)
    ask(
        requests.Hello,
        protocol_major=PROTOCOL_MAJOR,
        protocol_minor=PROTOCOL_MINOR,
        application=VERSION,
    )
    ask(requests.Ping)
    ask(requests.ShowSettings)
    ask(requests.ChangeSetting, name="search.min_bytes", values=("1",))
    ask(requests.ChangeSetting, name="search.dreams", values=None)
    options = AskedSearch(paths=(place,), similarity=5.0, exclude=("*.tmp",), keep=("oldest",))
    job = ask(requests.Submit, options=options)["job"]["id"]
    ask(requests.Subscribe, job=job)
    for which in (job, None, "no such job"):
        ask(requests.Jobs, job=which)
    ask(requests.Results, job=job)
    ask(requests.Thumbnail, job=job, row=1, size=16)
    ask(requests.Thumbnail, job=job, row=1, window=(0, 0, 8, 8))
    ask(requests.Describe, job=job, row=1)
    ask(requests.FindDifferences, job=job, row=2, other=1)
    ask(requests.Cancel, job=job)
    ask(requests.PauseJob, job=job)
    ask(requests.Resume, job=job)
    ask(requests.Status)
    ask(requests.TakeLease, job=job)
    ask(requests.Pause, paused=True)
    ask(requests.Pause, paused=False)
    ask(IgnoreGroups, job=job, groups=(1,))
    entry = ask(ListIgnored)["groups"][0]["id"]
    ask(ForgetIgnored, groups=(entry,))
    result = ask(requests.Jobs, job=job)["jobs"][0]["finished"]
    going = (AskedDecision(1, (2,)),)
    ask(Decide, job=job, result=result, decisions=going)
    ask(ListDecisions, job=job)
    move = AskedAction(verb="move", destination=place + b"/aside")
    action = ask(requests.Plan, job=job, options=move)["action"]["id"]
    ask(requests.ActionRows, action=action)
    ask(requests.StopAction, action=action)
    ask(requests.Execute, action=action)
    ask(requests.Actions, action=action)
    ask(requests.Actions)
    ask(requests.Undo, action=action)
    for kind in (requests.InspectCache, requests.VerifyCache, requests.ClearCache):
        ask(kind)
    ask(requests.ApplyAccess)
    ask(AddWatch, options=AskedSearch(paths=(place,)))
    ask(ListWatches)
    ask(FollowWatches, after=0)
    ask(RemoveWatches, folders=(place,))
    ask(requests.FollowJobs)
    ask(requests.ChangeSetting, name="search.min_bytes", values=None)
    ask(requests.Shutdown, if_idle=False)
    return recorder.exchanges


def main() -> None:
    """Start a daemon of its own, talk to it, keep what was said."""
    here = Path(__file__).parent
    version = f"{PROTOCOL_MAJOR}.{PROTOCOL_MINOR}"
    with tempfile.TemporaryDirectory(prefix="difd-") as place, picture_folder() as folder:
        for name in _variables():
            os.environ[name] = place
        endpoint = user_endpoint()
        ensure_daemon(endpoint)
        with Speaker(endpoint, codec.MAGIC) as speaker:
            exchanges = record(speaker, folder)
        wait_for_end(reply_of(exchanges[-1])["pid"], 10)
        recording = Recording(codec.MAGIC, os.fsencode(folder), exchanges)
        write_recording(here / f"{version}.json", recording)
    schema = msgspec.json.schema(AnyReply | AnyEvent)
    (here / f"{version}.schema.json").write_text(json.dumps(schema, indent=1) + "\n")
    print(f"{len(exchanges)} requests of version {version} were recorded.")


def _variables() -> Iterator[str]:
    """What decides where a daemon's files are."""
    yield "HOME"
    for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "CONFIG_HOME", "DATA_HOME"):
        yield f"XDG_{name}"


if __name__ == "__main__":
    main()

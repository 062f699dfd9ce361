"""Every request has one desk that answers it: mypy cannot tell."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import get_args

import pytest

from difd.protocol.endpoint import prepare_directories, settings_path, user_endpoint
from difd.protocol.remote import user_remote_files
from difd.protocol.requests import AnyRequest
from difd.service import lifecycle
from difd.service.configuration import Configuration
from difd.service.daemon import Daemon, Stores
from difd.service.server.publisher import Publisher
from difd.service.server.remote_access import RemoteAccess
from difd.service.server.server import Server
from difd.store.action_journal import ActionJournal
from difd.store.decision_list import DecisionList
from difd.store.ignore_list import IgnoreList
from difd.store.job_journal import JobJournal
from difd.store.watch_list import WatchList


@pytest.mark.usefixtures("instance")
def test_every_request_has_one_desk(tmp_path):
    async def requests() -> list[type]:
        endpoint = user_endpoint()
        prepare_directories(endpoint)
        server = Server(lifecycle.open_door(endpoint))
        with (
            closing(JobJournal(tmp_path / "jobs")) as jobs,
            closing(ActionJournal(tmp_path / "actions")) as actions,
            closing(IgnoreList(tmp_path / "ignored")) as ignored,
            closing(WatchList(tmp_path / "watched")) as watched,
            closing(DecisionList(tmp_path / "decisions")) as decisions,
            closing(server),
        ):
            daemon = Daemon(
                Stores(jobs, actions, ignored, watched, decisions),
                Publisher(server.send),
                "",
                RemoteAccess(server, user_remote_files()),
                asyncio.Event(),
                configuration=Configuration(settings_path(), lambda _settings: None),
            )
            await daemon.close()
            return [verb.request for verb in daemon.verbs]

    answered = asyncio.run(requests())
    assert sorted(answered, key=id) == sorted(get_args(AnyRequest), key=id)

"""Connections to the daemon for a server: each in a thread of its own, so that nothing blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from difclient.client import Client
from difd.protocol.errors import DaemonUnreachable

_Answer = TypeVar("_Answer")


class Callers:
    """Threads that each have a client, connected with the first question.

    Args:
        count: how many; so many questions are asked at the same time.
        name: of the threads.
    """

    def __init__(self, count: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._local = threading.local()
        self._clients: list[Client] = []
        self._given_up = threading.Event()

    async def ask(self, question: Callable[[Client], _Answer]) -> _Answer:
        """What `question` makes of a client, without blocking the loop.

        Raises:
            DifdError: the daemon's own, or that it cannot be reached.
        """
        loop = asyncio.get_running_loop()
        # What goes wrong is said in the language of who asked.
        ask = partial(copy_context().run, self._ask, question)
        return await loop.run_in_executor(self._threads, ask)

    def close(self) -> None:
        """End the threads and their connections; what is waited for is given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._given_up.set()
        self._threads.shutdown()
        for client in self._clients:
            client.close()

    def _ask(self, question: Callable[[Client], _Answer]) -> _Answer:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Client(given_up=self._given_up)
            self._clients.append(client)
        try:
            answer = question(client)
        except DaemonUnreachable:
            # The next question finds, or starts, the daemon that comes after this one.
            self._clients.remove(client)
            self._local.client = None
            client.close()
            raise
        client.forget_events()  # a page asks again; nobody follows
        return answer

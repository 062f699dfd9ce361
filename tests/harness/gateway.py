"""A review gateway of a test's own, as a real process, and raw requests to it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode

from harness.instance import Instance


@dataclass(frozen=True)
class Answer:
    """What came back."""

    code: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Gateway:
    """A running `difctl review`."""

    process: subprocess.Popen[str]
    address: str
    token: str | None = None

    @property
    def port(self) -> int:
        return int(re.findall(r":(\d+)/", self.address)[0])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def listing(self) -> str:
        """The address of all groups of the search that it was opened for."""
        return f"{self.address}/all"

    @property
    def secret(self) -> str:
        return re.findall(r"key=([^&]+)", self.address)[0]

    def raw(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """A request with these headers and no others but `Host`, where that is not given."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": self.host, **headers}
            if body is not None:
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def exchange(self, secret: str | None = None, **headers: str) -> Answer:
        """Show the secret."""
        body = urlencode({"secret": self.secret if secret is None else secret}).encode()
        return self.raw("POST", "/exchange", {"Origin": self.origin, **headers}, body)

    def enter(self) -> None:
        """Show the secret and keep the token."""
        answer = self.exchange()
        assert answer.code == 200, answer.text
        self.token = json.loads(answer.body)["token"]

    def get(self, path: str, **headers: str) -> Answer:
        """A request as the page makes it."""
        return self.raw("GET", path, {**self._own(), **headers})

    def post(self, path: str, form: object = (), **headers: str) -> Answer:
        """A form as the page sends it."""
        body = urlencode(form, doseq=True).encode()
        return self.raw("POST", path, {**self._own(), "Origin": self.origin, **headers}, body)

    def _own(self) -> dict[str, str]:
        return {} if self.token is None else {"X-Difd-Token": self.token}


@contextmanager
def running_gateway(
    instance: Instance, *arguments: str, options: Sequence[str] = ()
) -> Iterator[Gateway]:
    """Start `difctl review`, with these options of difctl itself, and end it again."""
    with instance.start(*options, "review", "--no-browser", *arguments) as process:
        yield from _running(process)


@contextmanager
def gateway_of(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Gateway]:
    """Start a command that is a gateway, and end it again."""
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield from _running(process)


def _running(process: subprocess.Popen[str]) -> Iterator[Gateway]:
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    if not address.startswith("http"):
        process.kill()
        raise AssertionError(process.communicate()[1])
    try:
        yield Gateway(process, address)
    finally:
        process.terminate()


def is_open(address: str, port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0

"""Files for daemons on other machines: key pairs, who is let in, who is trusted, where to listen.

They lie in the configuration directory, for their owner alone. Clients and the daemon both read
them; only clients write all but the daemon's own key. A key is 40 characters of Z85. A field that
only newer versions know is refused, unlike elsewhere on disk: it may say whom not to let in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from difd.protocol.endpoint import configuration_directory
from difd.protocol.errors import InvalidOption, KeysUnusable, OwnFilesUnsafe
from difd.protocol.ownership import check_folder, make_folder, open_file
from difd.protocol.patterns import pattern

PORT: Final = 5690
"""Where a daemon listens unless told otherwise."""

_KEY: Final = pattern(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_NAME: Final = pattern(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
_File = TypeVar("_File")


class KeyPair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A CURVE key pair."""

    public: str
    secret: str


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A client that the daemon lets in."""

    name: str
    key: str


class Host(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A daemon on another machine, by the name the user gave it.

    Attributes:
        name: what `--host` takes.
        address: `HOST:PORT`.
        key: the daemon's public key; another machine in its place cannot answer.
    """

    name: str
    address: str
    key: str


class Listening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the daemon listens for other machines, `HOST:PORT`; None is nowhere."""

    address: str | None = None


class RemoteFiles(msgspec.Struct, frozen=True):
    """The files of one user.

    Attributes:
        folder: 0700.
    """

    folder: Path

    def client_key(self, make: Callable[[], tuple[bytes, bytes]]) -> KeyPair:
        """The key by which other machines know this user; made when there is none."""
        return self._own_key("client.key", make)

    def daemon_key(self, make: Callable[[], tuple[bytes, bytes]]) -> KeyPair:
        """The key by which clients know this user's daemon; made when there is none."""
        return self._own_key("daemon.key", make)

    def renew_client_key(self, make: Callable[[], tuple[bytes, bytes]]) -> KeyPair:
        """Put a new key in the place of the client's; who let the old one in must let it in."""
        pair = KeyPair(*(part.decode() for part in make()))
        self._write("client.key", pair)
        return pair

    def allowed(self) -> tuple[Allowed, ...]:
        """Who is let in.

        Raises:
            KeysUnusable: the file is open to others, damaged, or cannot be read; so of all here.
        """
        return self._read("allowed", tuple[Allowed, ...]) or ()

    def set_allowed(self, allowed: tuple[Allowed, ...]) -> None:
        """Change who is let in; the daemon is to be told."""
        self._write("allowed", allowed)

    def hosts(self) -> tuple[Host, ...]:
        """The daemons on other machines that this user trusts."""
        return self._read("hosts", tuple[Host, ...]) or ()

    def set_hosts(self, hosts: tuple[Host, ...]) -> None:
        """Change them."""
        self._write("hosts", hosts)

    def listening(self) -> str | None:
        """Where the daemon listens."""
        found = self._read("listen", Listening)
        return None if found is None else found.address

    def set_listening(self, address: str | None) -> None:
        """Change it; the daemon is to be told."""
        self._write("listen", Listening(address))

    def _own_key(self, name: str, make: Callable[[], tuple[bytes, bytes]]) -> KeyPair:
        found = self._read(name, KeyPair)
        if found is None:
            # Two may do this at once; the first one's key is everybody's.
            self._write(name, KeyPair(*(part.decode() for part in make())), replace=False)
            found = self._read(name, KeyPair)
        if found is None:
            raise KeysUnusable(
                "A key that was just written is gone.", path=os.fsencode(self.folder)
            )
        return found

    def _read(self, name: str, kind: type[_File]) -> _File | None:
        path = self.folder / name
        try:
            check_folder(self.folder)
            with os.fdopen(open_file(path, os.O_RDONLY, private=True), "rb") as file:
                return msgspec.json.decode(file.read(), type=kind)
        except FileNotFoundError:
            return None
        except OwnFilesUnsafe as error:
            raise KeysUnusable(error.message, path=error.path, hint=error.hint) from None
        except OSError as error:
            raise KeysUnusable(
                f"A file with keys cannot be read: {error.strerror}.", path=os.fsencode(path)
            ) from error
        except msgspec.DecodeError as error:
            raise KeysUnusable(
                f"A file with keys is damaged: {error}.", path=os.fsencode(path)
            ) from error

    def _write(self, name: str, content: object, *, replace: bool = True) -> None:
        """Write the file whole or not at all."""
        import tempfile  # noqa: PLC0415  with all it brings, only for who writes

        try:
            make_folder(self.folder)
            descriptor, draft = tempfile.mkstemp(dir=self.folder)  # 0600
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                if replace:
                    os.replace(draft, self.folder / name)
                else:
                    with suppress(FileExistsError):
                        os.link(draft, self.folder / name)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(draft)
        except OwnFilesUnsafe as error:
            raise KeysUnusable(error.message, path=error.path, hint=error.hint) from None
        except OSError as error:
            raise KeysUnusable(
                f"A file with keys cannot be written: {error.strerror}.",
                path=os.fsencode(self.folder / name),
            ) from error


def user_remote_files() -> RemoteFiles:
    """The files of the user who asks, from XDG_CONFIG_HOME."""
    return RemoteFiles(configuration_directory() / "remote")


def check_key(key: str) -> str:
    """The key, if it has the form of one.

    Raises:
        InvalidOption: it has not.
    """
    if not _KEY.fullmatch(key):
        raise InvalidOption(
            "This is not a key: a key has 40 characters, and may need quotes in the shell.",
            hint="The other machine prints its key with: difctl keys show",
        )
    return key


def check_name(name: str) -> str:
    """The name of a machine, if it can be one.

    Raises:
        InvalidOption: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise InvalidOption("A name consists of letters, digits, dots, dashes and underscores.")
    return name


def parse_address(given: str) -> tuple[str, int]:
    """Host and port of `HOST`, `HOST:PORT` or `[IPV6]:PORT`.

    Raises:
        InvalidOption: it is none of these.
    """
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:/\[\]]+))(?::([0-9]{1,5}))?", given)
    port = int(match[3] or PORT) if match else 0
    if match is None or not 0 < port < 1 << 16:
        raise InvalidOption(
            f"An address is HOST, HOST:PORT or [IPV6]:PORT; this one is not: {given!r}."
        )
    return match[1] or match[2], port


def format_address(host: str, port: int) -> str:
    """`HOST:PORT`, or `[IPV6]:PORT`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

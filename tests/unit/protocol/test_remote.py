"""Addresses, names and key files: what is none of these is refused, and nothing is lost."""

from __future__ import annotations

import stat

import pytest

from difd.protocol.errors import InvalidOption, KeysUnusable
from difd.protocol.remote import (
    PORT,
    Allowed,
    RemoteFiles,
    check_key,
    check_name,
    format_address,
    parse_address,
)

PAIR = (b"a" * 40, b"b" * 40)
OTHER = (b"c" * 40, b"d" * 40)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("nas", ("nas", PORT)),
        ("nas.local:1234", ("nas.local", 1234)),
        ("192.168.1.5:65535", ("192.168.1.5", 65535)),
        ("[fe80::1]:7", ("fe80::1", 7)),
        ("[::]", ("::", PORT)),
    ],
)
def test_an_address_is_a_host_and_perhaps_a_port(given, meant):
    assert parse_address(given) == meant
    assert parse_address(format_address(*meant)) == meant


@pytest.mark.parametrize(
    "given", ["", ":1", "nas:", "nas:0", "nas:65536", "tcp://nas:1", "a b", "::1", "nas:1\n", "[x"]
)
def test_what_is_no_address_is_refused(given):
    with pytest.raises(InvalidOption):
        parse_address(given)


@pytest.mark.parametrize("key", ["", "a" * 39, "a" * 41, "a" * 39 + "\n", "a" * 39 + '"'])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(InvalidOption):
        check_key(key)


@pytest.mark.parametrize("name", ["", "-rf", "a/b", "a b", "a\n", "é", "a" * 64])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InvalidOption):
        check_name(name)


def test_a_key_is_made_once_and_kept(tmp_path):
    files = RemoteFiles(tmp_path / "remote")
    assert files.client_key(lambda: PAIR) == files.client_key(lambda: OTHER)
    assert files.daemon_key(lambda: OTHER).public == "c" * 40
    assert files.renew_client_key(lambda: OTHER) == files.client_key(lambda: PAIR)


def test_files_are_their_owners_alone(tmp_path):
    files = RemoteFiles(tmp_path / "remote")
    files.client_key(lambda: PAIR)
    files.set_allowed((Allowed("a", "k"),))
    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in files.folder.iterdir()] == [0o600] * 2


@pytest.mark.parametrize("harm", ["open", "link", "nonsense"])
def test_a_list_that_cannot_be_relied_on_lets_nobody_in(tmp_path, harm):
    files = RemoteFiles(tmp_path / "remote")
    files.set_allowed((Allowed("a", "k"),))
    file = files.folder / "allowed"
    match harm:
        case "open":
            file.chmod(0o640)
        case "link":
            file.rename(tmp_path / "elsewhere")
            file.symlink_to(tmp_path / "elsewhere")
        case _:
            file.write_text("[{]")
    with pytest.raises(KeysUnusable):
        files.allowed()

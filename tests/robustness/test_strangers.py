"""Another user of the machine reaches nothing: three layers, and each holds alone."""

from __future__ import annotations

import os

import pytest
from harness.strangers import NOBODY, knock, open_directory

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as somebody else")


def test_the_mode_of_the_directory_alone_keeps_strangers_out(instance):
    instance.difctl("daemon", "start")
    open_directory(instance.endpoint.runtime.parent)
    instance.endpoint.socket.chmod(0o666)
    assert knock(instance.endpoint, NOBODY) == "no permission"
    assert knock(instance.endpoint, os.getuid()) == "Pong"


def test_the_mode_of_the_socket_alone_keeps_strangers_out(instance):
    instance.difctl("daemon", "start")
    open_directory(instance.endpoint.runtime)
    assert knock(instance.endpoint, NOBODY) == "no permission"
    assert knock(instance.endpoint, os.getuid()) == "Pong"


def test_the_uid_alone_keeps_strangers_out(instance):
    instance.difctl("daemon", "start")
    open_directory(instance.endpoint.runtime)
    instance.endpoint.socket.chmod(0o666)
    assert knock(instance.endpoint, NOBODY) == "denied"
    assert knock(instance.endpoint, os.getuid()) == "Pong"
    assert instance.endpoint.log.read_text().count("refused a connection from localhost:") == 1

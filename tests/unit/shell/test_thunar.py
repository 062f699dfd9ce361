"""Thunar's custom actions: ours among the user's and the system's, and out again."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from harness.menus import surroundings

from difshell.linux.thunar import Thunar
from difshell.menu import ENTRIES
from difshell.plugin import IntegrationRefused

USERS = """<?xml version="1.0" encoding="UTF-8"?>
<!-- mine -->
<actions>
<action>
\t<icon>x</icon>
\t<name>Rösten &amp; mehr</name>
\t<unique-id>1700000000000000-1</unique-id>
\t<command>echo &quot;%f&quot;</command>
\t<description>a &lt;b&gt;</description>
\t<patterns>*</patterns>
\t<directories/>
</action>
</actions>
"""
SYSTEMS = USERS.replace("Rösten", "System").replace("<!-- mine -->", "<!-- system -->")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A user's folders, beside a system with an action of its own."""
    system = tmp_path / "xdg" / "Thunar" / "uca.xml"
    system.parent.mkdir(parents=True)
    system.write_text(SYSTEMS)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    return surroundings(tmp_path)


@pytest.fixture
def file(place):
    return place.config / "Thunar" / "uca.xml"


def identifiers(file) -> list[str]:
    return [action.findtext("unique-id") for action in ET.parse(file).getroot()]  # noqa: S314


def test_the_system_s_actions_stay_and_the_file_goes_with_ours(place, file):
    thunar = Thunar(place)
    thunar.install()
    assert identifiers(file)[0] == "1700000000000000-1"
    rules = sum(len(entry.rules()) for entry in ENTRIES)
    assert len(identifiers(file)) == 1 + rules
    assert thunar.status() == "installed"
    thunar.uninstall()
    assert list(place.home.iterdir()) == []


def test_a_user_s_file_is_given_back_byte_for_byte_with_its_mode(place, file):
    file.parent.mkdir(parents=True)
    file.write_text(USERS)
    file.chmod(0o600)
    thunar = Thunar(place)
    thunar.install()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith(USERS.removesuffix("</actions>\n"))
    thunar.uninstall()
    assert file.read_text() == USERS
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_the_user_adds_later_stays(place, file):
    thunar = Thunar(place)
    thunar.install()
    added = "<action><name>new</name><unique-id>7-7</unique-id><command>x</command></action>\n"
    file.write_text(file.read_text().replace("</actions>", added + "</actions>"))
    thunar.install()
    assert thunar.status() == "installed"
    thunar.uninstall()
    assert identifiers(file) == ["1700000000000000-1", "7-7"]


def test_a_second_installation_writes_nothing(place, file):
    Thunar(place).install()
    inode = file.stat().st_ino
    Thunar(place).install()
    assert file.stat().st_ino == inode


def test_a_moved_difctl_is_noticed_and_brought_up_to_date(place, file, tmp_path):
    Thunar(place).install()
    moved = Thunar(surroundings(tmp_path, command="/opt/difctl"))
    assert moved.status() == "outdated"
    moved.install()
    assert "/usr/bin/difctl" not in file.read_text()
    assert len(set(identifiers(file))) == len(identifiers(file))


def test_a_file_without_actions_is_filled(place, file):
    file.parent.mkdir(parents=True)
    file.write_text('<?xml version="1.0" encoding="UTF-8"?>\n<actions/>\n')
    thunar = Thunar(place)
    thunar.install()
    assert thunar.status() == "installed"
    thunar.uninstall()
    assert identifiers(file) == []


@pytest.mark.parametrize("text", ["", "<actions>", "<other/>", "<actions></actions><!--", "\xff"])
def test_a_broken_file_is_left_alone(place, file, text):
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode("latin-1"))
    thunar = Thunar(place)
    with pytest.raises(IntegrationRefused):
        thunar.install()
    assert file.read_bytes() == text.encode("latin-1")

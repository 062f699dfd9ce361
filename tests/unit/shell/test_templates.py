"""Every template with every hostile name: the names arrive as they are, and nothing else runs."""

from __future__ import annotations

import configparser
import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from harness.menus import HOSTILE_NAMES, recorded, recorder, surroundings

from difshell.linux.application import Application
from difshell.linux.command_line import command_line
from difshell.linux.dolphin import Dolphin
from difshell.linux.nemo import Nemo
from difshell.linux.pcmanfm import PCManFM
from difshell.linux.python_extension import Caja, Nautilus
from difshell.linux.scripts import Scripts
from difshell.linux.thunar import Thunar
from difshell.macos.finder import Finder, shell_line
from difshell.menu import ENTRIES, LANGUAGES, Selection, user_language
from difshell.plugin import IntegrationRefused

KEY_FILES = (Nemo, PCManFM, Dolphin)


@pytest.fixture
def command(tmp_path):
    """A command that writes down what it was given."""
    return recorder(tmp_path)


@pytest.fixture
def place(tmp_path, command, monkeypatch):
    """Surroundings whose entries run that command; nothing may be made in the working folder."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    yield surroundings(tmp_path, command=str(command))
    assert os.listdir(tmp_path / "here") == []


def key_file(content) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read_string(content.text)
    return parser


def lines(kind, place) -> list[str]:
    """The command line of every key file of a file manager."""
    found = []
    for content in kind(place).files().values():
        parser = key_file(content)
        found += [parser[section]["Exec"] for section in parser if "Exec" in parser[section]]
    return found


@pytest.mark.parametrize("kind", KEY_FILES)
def test_every_line_names_the_command_whole_and_ends_with_the_files(kind, place, command):
    found = lines(kind, place)
    assert len(found) >= len(ENTRIES)
    for line in found:
        program, *arguments = shlex.split(line)
        assert program == str(command)
        assert arguments[0] == "open"
        assert arguments[-2:] in (["--", "%F"], ["--", "%P"])
        assert '%F"' not in line
        assert "'%F" not in line


def test_the_application_entry_opens_the_review_page_and_has_an_icon(place, command, monkeypatch):
    monkeypatch.delenv("XDG_CURRENT_DESKTOP", raising=False)
    plugin = Application(place)
    assert plugin.detect() is None
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    assert plugin.detect() == "GNOME"
    plugin.install()
    assert plugin.status() == "installed"
    written = place.data / "applications" / "difd.desktop"
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read_string(written.read_text())
    entry = parser["Desktop Entry"]
    assert {entry["Name"], entry["Name[de]"]} == {
        "Find duplicate pictures", "Doppelte Bilder finden",
    }  # fmt: skip
    assert [f"Name[{name}]" in entry for name in LANGUAGES[1:]] == [True] * 3
    *words, address = shlex.split(entry["Exec"])
    assert address == "%u"
    subprocess.run(words, check=True)
    assert recorded(command) == [b"review"]
    assert entry["MimeType"] == "x-scheme-handler/difd;"
    icon = place.data / "icons" / "hicolor" / "scalable" / "apps" / f"{entry['Icon']}.svg"
    assert ET.parse(icon).getroot().tag.endswith("svg")  # noqa: S314
    plugin.uninstall()
    assert not written.exists()
    assert not icon.exists()


def test_thunar_s_lines_are_the_same(place, command):
    Thunar(place).install()
    root = ET.parse(place.config / "Thunar" / "uca.xml").getroot()  # noqa: S314
    ours = [action for action in root if (action.findtext("unique-id") or "").startswith("difd-")]
    assert len(ours) == sum(len(entry.rules()) for entry in ENTRIES)
    for action in ours:
        assert shlex.split(action.findtext("command"))[0] == str(command)
        assert action.findtext("command").endswith(" -- %F")


@pytest.mark.parametrize("kind", KEY_FILES)
def test_labels_are_in_every_language(kind, place):
    for content in kind(place).files().values():
        names = {key for section in key_file(content).values() for key in section}
        assert {"Name", "Name[de]", "Name[fr]", "Name[es]"} <= names


def test_a_command_that_no_line_can_name_is_refused(tmp_path):
    for odd in ('/a"b/difctl', "/a$b/difctl", "/a`b/difctl", "/100%/difctl", "/a\nb", "/a\\b"):
        place = surroundings(tmp_path, command=odd)
        for entry in ENTRIES:
            with pytest.raises(IntegrationRefused, match="No menu of a file manager can run"):
                command_line(place.command, entry)


@pytest.mark.parametrize("host", ["nautilus", "nemo", "caja"])
def test_a_script_passes_any_name(place, command, host):
    assert shutil.which(host), f"{host} is not installed; CONTRIBUTING.md names the packages"
    Scripts(place).install()
    base = place.config if host == "caja" else place.data
    script = base / host / "scripts" / "Find duplicate images"
    paths = [b"/some folder/" + name for name in HOSTILE_NAMES]
    addresses = "".join(f"file://{quote(path)}\n" for path in paths)
    variables = {f"{host.upper()}_SCRIPT_SELECTED_URIS": addresses}
    subprocess.run([script, "not this"], env={**os.environ, **variables}, check=True)
    assert recorded(command) == [b"open", b"--", *paths]


def test_a_script_on_the_background_means_the_folder(place, command):
    Scripts(place).install()
    script = place.data / "nemo" / "scripts" / "Find duplicate images"
    variables = {"NEMO_SCRIPT_CURRENT_URI": "file:///some%20folder"}
    subprocess.run([script], env={**os.environ, **variables}, check=True)
    assert recorded(command) == [b"open", b"--", b"/some folder"]


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_finder_s_shell_line_passes_any_name(place, command, shell, entry):
    paths = [b"/" + name for name in HOSTILE_NAMES]
    line = shell_line(place, entry)
    subprocess.run([shell, "-c", line, "-", *paths], check=True)
    given = [os.fsencode(argument) for argument in entry.arguments]
    assert recorded(command) == [*given, *paths]


def test_finder_s_bundles_are_property_lists(place):
    files = {
        str(path): plistlib.loads(file.text.encode())
        for path, file in Finder(place).files().items()
    }
    assert len(files) == 2 * len(ENTRIES)
    for path, content in files.items():
        label = path.split("/")[-3].removesuffix(".workflow")
        if path.endswith("Info.plist"):
            (service,) = content["NSServices"]
            assert service["NSMenuItem"]["default"] == label
            assert service["NSMessage"] == "runWorkflowAsService"
            assert set(service["NSSendFileTypes"]) <= {"public.folder", "public.image"}
            assert service["NSSendFileTypes"]
        else:
            assert content["workflowMetaData"]["workflowTypeIdentifier"] == (
                "com.apple.Automator.servicesMenu"
            )
            (step,) = content["actions"]
            parameters = step["action"]["ActionParameters"]
            assert parameters["inputMethod"] == 1
            assert parameters["COMMAND_STRING"].endswith(' -- "$@"\n')


def test_finder_s_bundles_are_installed_and_removed(place):
    finder = Finder(place)
    finder.install()
    assert finder.status() == "installed"
    assert len(list((place.home / "Library" / "Services").iterdir())) == len(ENTRIES)
    finder.uninstall()
    assert list(place.home.iterdir()) == []


EXTENSION = """
import sys
paths = sys.argv[2:]
sys.argv[2:] = []  # GTK reads them, and wants UTF-8
from importlib.machinery import SourceFileLoader
from gi.repository import GLib

class File:
    def __init__(self, path, kind): self.path, self.kind = path, kind
    def is_directory(self): return self.kind == "inode/directory"
    def get_mime_type(self): return self.kind
    def get_location(self): return self
    def get_path(self): return self.path

extension = SourceFileLoader("difd_menu", sys.argv[1]).load_module()
menu = extension.DifdMenu()

def labels(files):
    return [item.get_property("label") for item in menu.get_file_items(files)]

folder, image, text = "inode/directory", "image/png", "text/plain"
selections = [folder], [folder] * 2, [image], [image] * 2, [folder, image], [text], [folder, text]
for kinds in selections:
    print(labels([File("/x", kind) for kind in kinds]))
print([item.get_property("label") for item in menu.get_background_items(File("/x", folder))])
print(labels([File(None, folder)]))
for item in menu.get_file_items([File(path, folder) for path in paths]):
    if item.get_property("label") == "Find duplicate images":
        item.emit("activate")
loop = GLib.MainLoop()
GLib.timeout_add(1500, loop.quit)
loop.run()
"""


@pytest.mark.parametrize("kind", [Nautilus, Caja])
def test_the_extension_offers_what_fits_and_passes_any_name(place, command, kind):
    """In Debian's Python, which can import a file manager's own classes."""
    kind(place).install()
    (file,) = (place.data / f"{kind.name}-python" / "extensions").iterdir()
    paths = [b"/" + name for name in HOSTILE_NAMES]
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-W", "ignore", "-c", EXTENSION, file, *paths],
        env={**os.environ, "LANG": "C.UTF-8", "DISPLAY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = [eval(line) for line in done.stdout.splitlines()]  # noqa: S307  our own lists
    expected = [
        [entry.label("en") for entry in ENTRIES if selection in entry.selections]
        for selection in (
            Selection.FOLDER,
            Selection.FOLDERS,
            Selection.IMAGE,
            Selection.IMAGES,
            Selection.MIXED,
            None,
            None,
            Selection.BACKGROUND,
            None,
        )
    ]
    assert shown == expected
    assert recorded(command) == [b"open", b"--", *paths]


def test_every_label_is_in_every_language_and_unlike_the_others():
    for language in LANGUAGES:
        labels = [entry.labels[language] for entry in ENTRIES]
        assert len(set(labels)) == len(labels)
        assert all(label.isprintable() and "/" not in label for label in labels)


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "nl:fr"}, "fr"),
        ({"LANG": "ja_JP.UTF-8"}, "en"),
        ({"LANG": "es_ES", "LC_ALL": "C"}, "es"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_desktop_s(variables, language):
    assert user_language(variables) == language


def test_menus_import_nothing_of_ours_but_what_they_ask_of_the_system():
    words = "import sys, difshell.plugin, difshell.linux.thunar, difshell.linux.scripts"
    check = "print(*(name for name in sys.modules if name.split('.')[0] in ('difd', 'difclient')))"
    done = subprocess.run(
        [sys.executable, "-c", f"{words}; {check}"], capture_output=True, text=True, check=True
    )
    names = set(done.stdout.split()) - {"difd", "difd.system"}
    assert all(name.startswith("difd.system.") for name in names), names

"""What was written for a file manager, so that an upgrade replaces it and removal leaves no trace.

One record holds it for all plugins, because they share folders. It is written first: after a crash
it may know of files that are not there, never the reverse. Nothing is written through a link, and
nothing that somebody else wrote or changed is replaced or removed.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from difd.system import files, locks, owners
from difshell.plugin import IntegrationRefused, State
from difshell.surroundings import Surroundings

_DIGESTS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Content:
    """What a file shall be.

    Attributes:
        text: in UTF-8.
        executable: whether it has the right to be run.
    """

    text: str
    executable: bool = False


@dataclass(slots=True)
class _Record:
    folders: list[str] = field(default_factory=list)
    files: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    merged: dict[str, dict[str, str | None]] = field(default_factory=dict)


class Footprint:
    """The files of one plugin.

    Args:
        name: of the plugin.
        surroundings: its folders; links below `home`, `data` and `config` are refused.
    """

    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self._name = name
        self._record = surroundings.records / "written.json"
        self._roots = (surroundings.home, surroundings.data, surroundings.config)

    def state(self, files: Mapping[Path, Content]) -> State:
        """How the files are, beside how they shall be."""
        written = self._read().files.get(self._name, {})
        found = {path: _read_plain(path) for path in {*files, *map(Path, written)}}
        if any(
            now is not None and not self._is_ours(path, now, files.get(path), written)
            for path, now in found.items()
        ):
            return "changed"
        if all(now is None for now in found.values()):
            return "absent"
        right = all(_is_as(path, found[path], content) for path, content in files.items())
        return "installed" if right and found.keys() == files.keys() else "outdated"

    def write(self, files: Mapping[Path, Content]) -> None:
        """Have exactly these files: write them, and remove what was written before and is not one.

        Raises:
            IntegrationRefused: a link or somebody else's file is in the way; nothing was changed.
            OSError: a file cannot be written; `remove` still knows all that was.
        """
        with self._changing() as record:
            written = record.files.setdefault(self._name, {})
            self._refuse_changed(files, written)
            for path in files:
                self._refuse_links(path.parent)
            for path, content in files.items():
                digests = [*written.get(str(path), ()), _digest(content.text.encode())]
                written[str(path)] = list(dict.fromkeys(digests))[-_DIGESTS_KEPT:]
                self._prepare(path.parent, record)
            self._save(record)
            for path, content in files.items():
                if not _is_as(path, _read_plain(path), content):
                    self._replace(path, content.text.encode(), executable=content.executable)
            for path in [Path(name) for name in written if Path(name) not in files]:
                self._unlink(path)
                del written[str(path)]

    def merge(self, path: Path, text: str, origin: str | None) -> None:
        """Replace a file that is the user's, too, with one that has our part in it.

        Args:
            path: the file.
            text: what shall be in it.
            origin: what would be in it without our part, if there is no such file yet.
        """
        with self._changing() as record:
            self._refuse_links(path.parent)
            merged = record.merged.setdefault(self._name, {})
            if origin is not None:
                merged[str(path)] = _digest(origin.encode())
            else:
                merged.setdefault(str(path), None)
            self._prepare(path.parent, record)
            self._save(record)
            self._replace(path, text.encode(), executable=False)

    def part(self, path: Path, rest: str | None) -> None:
        """Take our part out of such a file; the file, too, if it is there because of us alone.

        Args:
            path: the file.
            rest: what is in it without our part; None if there is nothing of ours.
        """
        with self._changing() as record:
            origin = record.merged.pop(self._name, {}).get(str(path))
            if rest is None:
                return
            if origin == _digest(rest.encode()):
                self._unlink(path)
            else:
                self._replace(path, rest.encode(), executable=False)

    def remove(self, *by_products: str) -> None:
        """Remove what was written, and the folders that were made and are empty.

        Args:
            by_products: patterns, relative to each file's folder, of what others made from it.

        Raises:
            IntegrationRefused: somebody changed a file; nothing was removed.
        """
        with self._changing() as record:
            written = record.files.get(self._name, {})
            self._refuse_changed({}, written)
            for path in map(Path, written):
                self._unlink(path)
                for pattern in by_products:
                    for made in sorted(path.parent.glob(pattern)):
                        made.unlink()
                        with suppress(OSError):
                            made.parent.rmdir()
            record.files.pop(self._name, None)

    # Files

    def _refuse_changed(
        self, files: Mapping[Path, Content], written: Mapping[str, list[str]]
    ) -> None:
        for path in {*files, *map(Path, written)}:
            now = _read_plain(path)
            if now is not None and not self._is_ours(path, now, files.get(path), written):
                raise IntegrationRefused(
                    "This file was not written by difd, or was changed since, and was left alone.",
                    path=path,
                    hint="Move it away if you do not need it, then try again.",
                )

    def _is_ours(
        self, path: Path, now: bytes, content: Content | None, written: Mapping[str, list[str]]
    ) -> bool:
        as_wanted = content is not None and content.text.encode() == now
        return as_wanted or _digest(now) in written.get(str(path), ())

    def _replace(self, path: Path, content: bytes, *, executable: bool) -> None:
        with self._folder(path.parent) as folder:
            mode = None
            with suppress(FileNotFoundError):
                mode = stat.S_IMODE(files.status(path.name, folder).st_mode)
            temporary = f".difd-{secrets.token_hex(8)}.tmp"
            rights = 0o777 if executable else 0o666
            file = files.open_plain(temporary, files.NEW, rights, folder=folder)
            try:
                with os.fdopen(file, "wb") as stream:
                    if mode is not None:
                        files.set_mode(stream.fileno(), mode | (0o100 if executable else 0))
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
                files.replace(temporary, path.name, folder)
            except BaseException:
                files.unlink(temporary, folder)
                raise

    def _unlink(self, path: Path) -> None:
        with suppress(FileNotFoundError), self._folder(path.parent) as folder:
            files.unlink(path.name, folder)

    # Folders

    def _refuse_links(self, folder: Path) -> None:
        """See that no link is on the way to a folder, before anything is made behind it."""
        places = (folder, *folder.parents)
        with self._folder(next(filter(os.path.lexists, places)), own=False):
            pass

    def _prepare(self, folder: Path, record: _Record) -> None:
        """Make a folder, and remember which of those on the way to it were not there."""
        missing = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
        for place in reversed(missing):
            record.folders.append(str(place))
        self._save(record)
        for place in reversed(missing):
            place.mkdir(exist_ok=True)
        with self._folder(folder):
            pass  # refuses what must not be written to

    @contextmanager
    def _folder(self, path: Path, *, own: bool = True) -> Iterator[int]:
        """The folder, open; no link is followed below the user's own folders.

        Args:
            path: of the folder.
            own: it must be the user's.
        """
        root = max(
            (root for root in self._roots if path.is_relative_to(root)),
            key=lambda root: len(root.parts),
            default=path,
        )
        folder = files.open_folder(root, follow=True)
        try:
            for part in path.relative_to(root).parts:
                inner = _open_plain(part, folder, path)
                os.close(folder)
                folder = inner
            if own and not owners.is_mine(os.fstat(folder), os.fsencode(path)):
                raise IntegrationRefused(
                    "This folder belongs to another user.",
                    path=path,
                    hint="Run difctl as that user.",
                )
            yield folder
        finally:
            os.close(folder)

    # The record

    @contextmanager
    def _changing(self) -> Iterator[_Record]:
        """The record, for one process at a time; afterwards it is saved, or gone if it is empty."""
        folder = self._record.parent
        missing = [str(place) for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = files.open_folder(folder)
        try:
            locks.wait(lock)
            record = self._read()
            record.folders += reversed(missing)
            try:
                yield record
            finally:
                self._settle(record)
        finally:
            os.close(lock)

    def _settle(self, record: _Record) -> None:
        for part in (record.files, record.merged):
            for name in [name for name, places in part.items() if not places]:
                del part[name]
        if not record.files and not record.merged:
            self._record.unlink(missing_ok=True)
        for name in sorted(record.folders, key=len, reverse=True):
            with suppress(OSError):
                os.rmdir(name)
                record.folders.remove(name)
        if record.files or record.merged:
            self._save(record)

    def _read(self) -> _Record:
        for place in (self._record.parent.parent, self._record.parent, self._record):
            _refuse_others(place)
        text = _read_plain(self._record)
        if text is None:
            return _Record()
        try:
            return _Record(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise IntegrationRefused(
                f"The record of what was written is damaged: {error}.",
                path=self._record,
                hint="Remove it, and the files that difd put into menus.",
            ) from error

    def _save(self, record: _Record) -> None:
        document = {
            "folders": record.folders,
            "files": record.files,
            "merged": record.merged,
        }
        temporary = self._record.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)
        try:
            with temporary.open("x", encoding="utf-8") as stream:
                json.dump(document, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self._record)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _refuse_others(path: Path) -> None:
    """See that nobody else can have written our record; it says what may be removed."""
    try:
        status = os.lstat(path)
    except OSError:
        return
    if not owners.is_mine(status, os.fsencode(path)) or owners.everybody_may_write(status):
        raise IntegrationRefused(
            "The record of what was written belongs to another user, or others can change it.",
            path=path,
            hint="See what is wrong with it: difctl doctor",
        )


def read_text(path: Path) -> str | None:
    """A file of the user's that is about to be merged with ours; None if there is none.

    Raises:
        IntegrationRefused: it is a link, not a file, or not UTF-8.
    """
    found = _read_plain(path)
    try:
        return None if found is None else found.decode()
    except UnicodeDecodeError as error:
        raise IntegrationRefused("This file is not in UTF-8.", path=path) from error


def _read_plain(path: Path) -> bytes | None:
    """The content of a file, None if there is none; a link is refused, not followed."""
    try:
        file = files.open_plain(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        if os.path.islink(path):
            raise _link(path) from error
        raise
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise IntegrationRefused("This is not a file.", path=path)
        return stream.read()


def _open_plain(name: str, folder: int, path: Path) -> int:
    try:
        return files.open_folder(name, folder=folder)
    except NotADirectoryError as error:
        raise _link(path) from error


def _link(path: Path) -> IntegrationRefused:
    return IntegrationRefused(
        "There is a link where a file or folder is needed; it was not followed.",
        path=path,
        hint="Replace it with what it points to.",
    )


def _is_as(path: Path, now: bytes | None, content: Content) -> bool:
    if now != content.text.encode():
        return False
    return not content.executable or os.access(path, os.X_OK)


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()

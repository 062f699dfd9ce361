"""What the disk says about a file that is to go: is it there, may it go, what goes with it.

Everything here only looks. Folders are asked once, however many of their files are in a plan.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Final

from difd.actions.checks import protection, trash_place
from difd.actions.checks.apart import no_proof
from difd.actions.company.agreement import check_equal_company
from difd.actions.company.belongings import belongings, company_of, strangers
from difd.actions.company.siblings import Siblings
from difd.actions.files import naming
from difd.actions.files.attributes import lost_attributes
from difd.actions.files.incoming import IncomingLinks, leaves_name
from difd.actions.files.witness import witness_of
from difd.actions.plan.choice import LOSES, REFERENCE, Choice
from difd.protocol.actions import PAIR, ActionOptions
from difd.protocol.errors import ActionRefused
from difd.protocol.results import Member
from difd.store.action_items import Witness
from difd.system import paths
from difd.system.mounts import kind_at

ALREADY_THERE: Final = "It is in the destination already."
OTHER_FILE_SYSTEM: Final = "A hard link cannot reach the file that stays: another file system."
UNREADABLE: Final = "Its sidecar or movie cannot be read."
TOO_LARGE: Final = "Its sidecar or movie is too large to be one."
"""Reasons for which a file is held back."""

OTHER_RIGHTS: Final = (
    "as a link it has the owner and the permissions of the file that stays, which differ"
)
"""What to know of a hard link."""

_BELONGING_MAX: Final = 256 << 20
"""Bytes of a sidecar or a movie of seconds; a file with holes could be read for days."""


class Stays(Exception):
    """A file is held back; `reason` is one sentence that fits all files held back for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Surroundings:
    """The disk around the files of one plan.

    Args:
        options: what is to be done.
        roots: the folders that were searched.
        references: the reference folders among them.
        incoming: the symbolic links that difd made.

    Raises:
        ActionRefused: the destination is not a folder, or cannot be written.
    """

    def __init__(
        self,
        options: ActionOptions,
        roots: Sequence[bytes],
        references: Sequence[bytes],
        incoming: IncomingLinks,
    ) -> None:
        self.options = options
        self._incoming = incoming
        self._roots = roots
        self._references = [os.path.join(os.path.realpath(one), b"") for one in references]
        self._siblings = Siblings()
        # A choice of many files is not a wish for every consequence; a file named alone is.
        self._named = frozenset(options.files)
        self._statuses: dict[bytes, os.stat_result | None] = {}
        self._destination: os.stat_result | None = None
        self._inside_search = False
        if options.destination is not None:
            self._destination = _usable(options.destination)
            self._inside_search = any(paths.holds(root, options.destination) for root in roots)

    def status(self, path: bytes) -> os.stat_result | None:
        """The file's status, without following a link; None if it is not there."""
        if path not in self._statuses:
            self._statuses[path] = None
            with suppress(OSError):
                self._statuses[path] = os.lstat(path)
        return self._statuses[path]

    def check_way(
        self, path: bytes, own: os.stat_result, keeper: os.stat_result, kept: bytes
    ) -> None:
        """Make sure that the file can go where it is to, as far as looking tells.

        Args:
            path: of the file.
            own: its status.
            keeper: the status of the one that stays.
            kept: the path of that one.

        Raises:
            Stays: it cannot.
        """
        options = self.options
        if self._is_reference(os.path.dirname(path)):
            raise Stays(REFERENCE)
        if options.verb == "move" and os.path.dirname(path) == options.destination:
            raise Stays(ALREADY_THERE)
        if options.verb == "move":
            try:
                self.folder_for(path)
            except ActionRefused as refusal:
                raise Stays(refusal.message) from refusal
        if options.kind == "hard" and own.st_dev != keeper.st_dev:
            raise Stays(OTHER_FILE_SYSTEM)
        if reason := no_proof(options.verb, kind_at(path), kind_at(kept)):
            raise Stays(reason)
        look = trash_place.is_possible if options.verb == "trash" else protection.obstacle
        if reason := look(path):
            raise Stays(reason)

    def check_links(self, member: Member) -> None:
        """Make sure that no symbolic link would lead nowhere when a file went.

        Raises:
            Stays: one would.
        """
        if leaves_name(self.options) and (
            reason := self._incoming.objection(member.path, member.links)
        ):
            raise Stays(reason)

    def check_attributes(self, path: bytes, kept: bytes) -> None:
        """Make sure that no tags, comments or ratings of a desktop are deleted with a file.

        In the trash and elsewhere they go with it, and what becomes a link gets them back by undo.

        Raises:
            Stays: the file that stays lacks some, and nobody said that they may be lost.
        """
        options = self.options
        spares = options.removals is None and "loss" not in options.accept
        if options.verb == "delete" and spares and lost_attributes(path, kept):
            raise Stays(LOSES)

    def _is_reference(self, folder: bytes) -> bool:
        """Whether a folder lies in a reference folder by now, perhaps by way of a link."""
        if not self._references:
            return False
        real = os.path.join(os.path.realpath(folder), b"")
        return any(real.startswith(reference) for reference in self._references)

    def company(self, one: Choice, going: AbstractSet[bytes]) -> tuple[Witness, ...]:
        """What goes with a file, if `going` are all files that go.

        Raises:
            Stays: the file must not go without its partner, or without what cannot go with it.
        """
        path, keeper = one.member.path, one.keeper.path
        if self.options.verb == "link":
            # The link takes the file's place, and nothing beside it changes.
            return ()
        found = belongings(path, self._siblings, going)
        splits = found.partner is not None and found.partner not in going
        if splits and not self.options.split_pairs and path not in self._named:
            raise Stays(PAIR)
        for file in found.files:
            if reason := self._incoming.objection(file):
                raise Stays(reason)
        files = tuple(map(self._witness, found.files))
        if self.options.verb == "delete":
            try:
                check_equal_company(files, keeper, self._siblings)
            except ActionRefused as refusal:
                raise Stays(refusal.message) from refusal
        return files

    def left_behind(self, path: bytes, going: AbstractSet[bytes]) -> bytes | None:
        """The other half of a file's RAW and JPEG pair, if it stays and the file goes."""
        if self.options.verb == "link":
            return None
        partner = belongings(path, self._siblings).partner
        return None if partner in going else partner

    def folder_for(self, path: bytes) -> bytes | None:
        """The folder that a file is moved to; None if it is not moved."""
        destination = self.options.destination
        if destination is None or not self.options.keep_tree:
            return destination
        return naming.kept_tree(path, self._roots, destination)

    def _witness(self, path: bytes) -> Witness:
        """A file as it is now, with its digest.

        Raises:
            Stays: it cannot be read, or is too large to be read now.
        """
        try:
            if os.lstat(path).st_size > _BELONGING_MAX:
                raise Stays(TOO_LARGE)
            return witness_of(path)
        except OSError as error:
            raise Stays(UNREADABLE) from error

    def frees(self, status: os.stat_result) -> int:
        """The bytes that become free at once where the file was; none in the trash."""
        to = self._destination
        stays_there = self.options.verb == "trash" or (
            to is not None and to.st_dev == status.st_dev
        )
        return 0 if stays_there or status.st_nlink > 1 else status.st_size

    def frees_of(self, file: Witness) -> int:
        """The same for a file that goes with another."""
        status = self.status(file.path)
        return 0 if status is None else self.frees(status)

    def warnings(
        self,
        one: Choice,
        own: os.stat_result,
        left: bytes | None,
        files: Sequence[bytes],
        going: AbstractSet[bytes],
    ) -> Iterator[str]:
        """What to know before a file goes.

        Args:
            one: the file, and the one that stays in its place.
            own: its status.
            left: what it leaves behind of its pair.
            files: what goes with it.
            going: all files that go.
        """
        path, keeper = one.member.path, one.keeper.path
        if self._destination is not None:
            if self._destination.st_dev != own.st_dev:
                yield "the destination is on another file system: it is copied, checked, removed"
            if self._inside_search:
                yield "the destination lies in a searched folder: the next search finds it there"
        if left is not None:
            yield f"it is half of a RAW and JPEG pair, and {_shown(left)} stays"
        if files and not company_of(keeper, self._siblings):
            yield "what goes with it has no equal beside the file that stays"
        if self.options.verb != "link" and (names := strangers(path, self._siblings, going)):
            # With the folders of programs in which some are.
            told = ", ".join(name.decode(errors="replace") for name in names)
            yield f"{told} beside it {'stays' if len(names) == 1 else 'stay'}"
        if self.options.kind != "reflink" and (lost := lost_attributes(path, keeper)):
            yield f"the file that stays lacks its extended attributes {', '.join(lost)}"
        if self.options.kind == "hard" and self._rights(keeper) != self._rights(path):
            yield OTHER_RIGHTS

    def _rights(self, path: bytes) -> tuple[int, ...]:
        """Whose a file is, and who may do what with it; nothing if it is not there."""
        status = self.status(path)
        return () if status is None else (status.st_mode, status.st_uid, status.st_gid)


def _shown(path: bytes) -> str:
    return os.path.basename(path).decode(errors="replace")


def _usable(destination: bytes) -> os.stat_result:
    """The status of the folder, or of the nearest one above it that is there."""
    folder = destination
    while True:
        try:
            status = os.stat(folder)
        except FileNotFoundError:
            folder = os.path.dirname(folder)
            continue
        except OSError as error:
            raise ActionRefused(
                f"The destination cannot be created: {error.strerror}.", path=destination
            ) from error
        if not stat.S_ISDIR(status.st_mode):
            raise ActionRefused("The destination is not a folder.", path=folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ActionRefused("The destination cannot be written to.", path=folder)
        return status

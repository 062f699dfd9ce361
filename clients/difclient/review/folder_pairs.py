"""Two folders that hold the same pictures: found in a result, and decided in one go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, takewhile
from typing import Final

import msgspec

from difclient.language.catalogue import _
from difclient.review.form import whole_number
from difclient.review.result import File, FoundGroup, Groups
from difclient.review.rules import Change, in_favour_of
from difd.protocol.errors import UsageError
from difd.protocol.results import PROOF
from difd.system import paths

LEAST_GROUPS: Final = 2
"""Groups that two folders share, at least, to be told: for one it is decided by hand."""

FOLDERS_MAX: Final = 40
"""Folders of one group whose pairs are counted: one picture in more of them says little of two."""


class FolderPair(msgspec.Struct):
    """Two folders, and what both hold.

    Attributes:
        one, other: the folders.
        groups: those with a file in each of them that is proven equal.
        stays: of the groups, in how many the search keeps the file in `one`, and in `other`.
        reason: why, in the words of the first of them, as a clause.
    """

    one: bytes
    other: bytes
    groups: list[FoundGroup]
    stays: tuple[int, int]
    reason: str

    @property
    def proposed(self) -> bytes | None:
        """The folder whose files the search keeps; None if it keeps as many in either."""
        ours, theirs = self.stays
        if ours == theirs:
            return None
        return self.one if ours > theirs else self.other

    @property
    def names(self) -> tuple[bytes, bytes]:
        """The folders as one tells them apart: without the folders above that both are in."""
        ours, theirs = paths.parts(self.one), paths.parts(self.other)
        same = sum(
            1 for _ in takewhile(lambda two: two[0] == two[1], zip(ours, theirs, strict=False))
        )
        # Of one that lies in the other, its own name is left.
        same = min(same, len(ours) - 1, len(theirs) - 1)
        return paths.SLASH.join(ours[same:]), paths.SLASH.join(theirs[same:])

    @property
    def rows(self) -> tuple[int, int]:
        """A file in either, by its row: what requests name the two folders by."""
        here = {file.folder: file.row for file in self.groups[0].files if not file.gone}
        return here[self.one], here[self.other]

    @property
    def size(self) -> int:
        """The bytes that they take in the folder where they take less."""
        sizes = {self.one: 0, self.other: 0}
        for file in (file for group in self.groups for file in group.files):
            if file.folder in sizes and not file.gone:
                sizes[file.folder] += file.member.size
        return min(sizes.values())

    @property
    def shown(self) -> list[File]:
        """A file of each of two groups, to be looked at."""
        return [group.files[0] for group in self.groups[:2]]

    def name_of(self, folder: bytes) -> bytes:
        """One of the two folders, as one tells them apart."""
        return self.names[0 if folder == self.one else 1]

    def other_than(self, folder: bytes) -> bytes:
        """The other one of the two folders."""
        return self.other if folder == self.one else self.one


def folder_pairs(groups: Iterable[FoundGroup]) -> list[FolderPair]:
    """The pairs of folders that share pictures, those first that share most."""
    shared: defaultdict[tuple[bytes, bytes], list[FoundGroup]] = defaultdict(list)
    for group in groups:
        if group.ignored is None:
            for pair in {pair for files in _equals(group) for pair in _pairs(files)}:
                shared[pair].append(group)
    pairs = [
        FolderPair(one, other, some, *_proposal(some, one, other))
        for (one, other), some in shared.items()
        if len(some) >= LEAST_GROUPS
    ]
    return sorted(pairs, key=lambda pair: (-len(pair.groups), pair.one, pair.other))


def pair_of(result: Groups, text: str) -> FolderPair:
    """The pair of folders in which two files are, given by their rows and a dot between them.

    Raises:
        UsageError: they share nothing.
    """
    one, dot, other = text.partition(".")
    if not dot:
        raise UsageError("A pair of folders is named by two files.")
    return pair_of_files(result, whole_number(one, "one"), whole_number(other, "other"))


def pair_of_files(result: Groups, one: int, other: int) -> FolderPair:
    """The pair of folders in which two files are, given by their rows.

    Raises:
        UsageError: they share nothing.
    """
    folders = {result.file(one).folder, result.file(other).folder}
    found = (pair for pair in folder_pairs(result.groups) if {pair.one, pair.other} == folders)
    pair = next(found, None)
    if pair is None:
        raise UsageError(_("These two folders share no pictures any more."))
    return pair


def keep_in(pair: FolderPair, kept: bytes) -> list[Change]:
    """What changes if the pictures that two folders share stay in one of them.

    A file goes only if one that is proven equal to it and lacks nothing stays in that folder.
    """
    gone = pair.other_than(kept)
    return [change for group in pair.groups for change in _changes(group, kept, gone)]


def _changes(group: FoundGroup, kept: bytes, gone: bytes) -> Iterator[Change]:
    for files in _equals(group):
        stays = next((file for file in files if file.folder == kept), None)
        others = [file for file in files if file.folder == gone and file.fixed is None]
        if stays is None or not others:
            continue
        going = in_favour_of(stays, others, group.files)
        if going and stays.goes:
            yield Change(stays, goes=False)
        for file in others:
            if file.goes != (file.row in going):
                yield Change(file, file.row in going)


def _equals(group: FoundGroup) -> list[list[File]]:
    """The files of a group that are there, those together that are proven equal."""
    first: dict[bytes, bytes] = {}
    found: defaultdict[bytes, list[File]] = defaultdict(list)
    for file in group.files:
        member = file.member
        proven = member.match in PROOF and member.keeper in first
        first[member.path] = first[member.keeper] if proven and member.keeper else member.path
        if not file.gone:
            found[first[member.path]].append(file)
    return list(found.values())


def _pairs(files: Iterable[File]) -> Iterator[tuple[bytes, bytes]]:
    return combinations(sorted({file.folder for file in files})[:FOLDERS_MAX], 2)


def _proposal(
    groups: Iterable[FoundGroup], one: bytes, other: bytes
) -> tuple[tuple[int, int], str]:
    stays = {one: 0, other: 0}
    reasons: dict[bytes, str] = {}
    for file in (file for group in groups for file in group.files):
        if file.folder in stays and file.member.action == "keep" and not file.gone:
            stays[file.folder] += 1
            reasons.setdefault(file.folder, file.member.reason)
    first = one if stays[one] >= stays[other] else other
    return (stays[one], stays[other]), reasons.get(first, "").removeprefix("kept: ")

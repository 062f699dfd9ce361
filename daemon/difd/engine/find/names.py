"""Files that were found, by identity: all names of one file are one `Found`."""

from __future__ import annotations

import os
from collections.abc import Iterable

from msgspec.structs import replace

from difd.engine.record import Found
from difd.protocol.rights import Rights

Identity = tuple[int, int]
"""Device and inode."""


class Names:
    """Collects the names of files and the symbolic links that lead to them.

    Rights are asked anew by each of these: a user who mends them searches again.
    """

    def __init__(self) -> None:
        self._rights = Rights()
        self._found: dict[Identity, Found] = {}
        self._devices: dict[int, int] = {}
        self._links: list[tuple[bytes, Identity]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self,
        path: bytes,
        status: os.stat_result,
        *,
        given: int,
        reference: bool,
        named: bool = False,
        passing: str = "",
    ) -> None:
        """Take a name of a regular file; the arguments are as in `Found`."""
        # Of a million files, numbers that are the same object take a tenth of the memory less.
        device, inode = self._devices.setdefault(status.st_dev, status.st_dev), status.st_ino
        written, changed = status.st_mtime_ns, status.st_ctime_ns
        found = Found(
            path=path,
            device=device,
            inode=inode,
            size=status.st_size,
            mtime_ns=written,
            ctime_ns=written if changed == written else changed,
            given=given,
            named=named,
            reference=reference,
            fixed=self._rights.obstacle(path, status) or "",
            passing=passing,
        )
        identity = (device, inode)
        known = self._found.get(identity)
        self._found[identity] = found if known is None else _merged(known, found)

    def add_link(self, path: bytes, identity: Identity) -> None:
        """Take a symbolic link to a regular file, which may or may not be in the search."""
        self._links.append((path, identity))

    def settle(self) -> tuple[list[Found], list[bytes]]:
        """The files in the byte order of their paths, and the links that lead to none of them.

        A link never becomes a file's `path`: it is opened without following links.
        """
        outside = []
        for path, identity in self._links:
            known = self._found.get(identity)
            if known is None:
                outside.append(path)
            else:
                # The link would lead nowhere, so that file stays and an equal one may go.
                fixed = known.fixed or led_to((path,))
                self._found[identity] = replace(_with_names(known, {path}), fixed=fixed)
        return sorted(self._found.values(), key=lambda found: found.path), outside


def led_to(names: Iterable[bytes]) -> str:
    """The sentence that a symbolic link leads to a file, if one of its names is one; else empty."""
    link = next(filter(os.path.islink, names), None)
    # Names that are not UTF-8 must not make the sentence unsendable.
    name = "" if link is None else os.path.basename(link).decode(errors="replace")
    return f"The symbolic link {name} leads to it." if name else ""


def _merged(one: Found, other: Found) -> Found:
    """Two names of a file as one; what protects it under any name protects it."""
    # A name outside of bins and snapshots is the one that stays.
    first, second = sorted((one, other), key=lambda found: (bool(found.passing), found.path))
    joined = replace(
        first,
        named=one.named or other.named,
        reference=one.reference or other.reference,
    )
    return _with_names(joined, {second.path, *second.links})


def _with_names(found: Found, names: set[bytes]) -> Found:
    links = {*found.links, *names} - {found.path}
    return replace(found, links=tuple(sorted(links)))

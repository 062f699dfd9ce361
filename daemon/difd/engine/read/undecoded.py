"""Pictures that no decoder reads, of which copies are found all the same: by their bytes.

Camera raw and JPEG XL without their decoders, sources of painting programs, what is broken or too
large. Only those of which another has the same size are read, to be digested.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Final

import numpy as np

from difd.engine.formats import extension_of
from difd.engine.read.decode import read
from difd.engine.record import Digested, Found, ReadRequest, Record, Unreadable
from difd.engine.work import WorkPool, answers
from difd.extensions import READ_EXTENSIONS, UNREAD_EXTENSIONS
from difd.system import paths

_PX: Final = 1
_NOTHING: Final = np.zeros((1, _PX, _PX, 3), np.uint8)


def undecoded_copies(
    files: Iterable[Found],
    unreadable: Iterable[Unreadable],
    pool: WorkPool,
    check: Callable[[], None],
) -> tuple[Record, ...]:
    """Pictures without a decoder that have the bytes of another one, in path order.

    Args:
        files: all that were found, those that nothing decodes among them.
        unreadable: what could not be read, with the digest where that is known.
        pool: where the others are digested.
        check: called all the time; may raise to stop.

    Returns:
        Records without width, height and pixels, whose `digest` at least two of them share.
    """
    known = {entry.path: entry.digest for entry in unreadable}
    sizes: defaultdict[int, list[Found]] = defaultdict(list)
    for file in files:
        # Empty files are no copies of each other. Without the limit on extensions, documents and
        # movies come here, too; only a picture is looked for.
        if file.path in known and file.size and (file.named or _is_picture(file.path)):
            sizes[file.size].append(file)
    alike = [file for same in sizes.values() if len(same) > 1 for file in same]
    digests = {file.path: known[file.path] for file in alike if known[file.path]}
    digests |= _digested([file for file in alike if file.path not in digests], pool, check)
    contents: defaultdict[bytes, list[Found]] = defaultdict(list)
    for file in alike:
        if file.path in digests:
            contents[digests[file.path]].append(file)
    copies = [
        _record(file, digest) for digest, same in contents.items() if len(same) > 1 for file in same
    ]
    return tuple(sorted(copies, key=lambda record: paths.slashed(record.file.path)))


def _is_picture(path: bytes) -> bool:
    extension = extension_of(path)
    return extension in READ_EXTENSIONS or extension in UNREAD_EXTENSIONS


def _digested(
    files: Sequence[Found], pool: WorkPool, check: Callable[[], None]
) -> dict[bytes, bytes]:
    requests = (ReadRequest(file, _PX, decode=False) for file in files)
    found: dict[bytes, bytes] = {}
    with closing(answers(pool, read, requests, check)) as stream:
        for request, answer in stream:
            if isinstance(answer, Digested):
                found[request.file.path] = answer.digest
    return found


def _record(file: Found, digest: bytes) -> Record:
    return Record(
        file=file,
        width=0,
        height=0,
        format=extension_of(file.path).decode("ascii", "replace").upper() or "unknown",
        orientation=1,
        frames=1,
        digest=digest,
        pixel_digest=digest,
        sums_digest=b"",
        value_range=None,
        metadata=(),
        planes=_NOTHING,
    )

"""What discovery and decoding hand down the pipeline: `Found` files, `Record`s, and why not.

Plain frozen data: it crosses process boundaries between the workers and the engine host. Structs,
because a search makes several for every file: each takes a tenth of the time of a dataclass, and
the garbage collector, which could find no cycle in them, does not walk over them. Elsewhere, too:
the class of a dataclass takes half a millisecond to make, that of a struct a fiftieth of it. They
are not `kw_only`, of which pickle makes larger messages; name the fields nevertheless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


DecodeMode = Literal["exact", "fast"]

Colours = Literal["usual", "stored", "shown"]
"""What planes are of: a picture in sRGB; another one, as its file has it; that brought to sRGB."""


class Found(msgspec.Struct, frozen=True, gc=False):
    """A file to read, as discovery saw it.

    Attributes:
        path: absolute, as bytes; of several names the first in byte order.
        device, inode, size, mtime_ns, ctime_ns: from `stat`.
        links: the other names of the same file (hard links, symbolic links), sorted.
        given: index of the given folder it belongs to (the deepest that holds it), -1 for an
            image that was given by name outside all given folders.
        named: the image itself was given by name.
        reference: it lies in a reference folder and always stays.
        fixed: why it cannot be taken from its place, a sentence: its folder or the file does not
            let us, or a symbolic link of the search leads to it; empty if it can.
        passing: what kind of place it lies in where files do not stay ("a recycle bin"); empty if
            it lies elsewhere.
    """

    path: bytes
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    links: tuple[bytes, ...] = ()
    given: int = 0
    named: bool = False
    reference: bool = False
    fixed: str = ""
    passing: str = ""

    @property
    def writable(self) -> bool:
        """Whether we could take it from its place."""
        return not self.fixed


class ReadRequest(msgspec.Struct, frozen=True, gc=False):
    """A file to read.

    Attributes:
        file: as discovery saw it.
        px_size: edge of the tensor, in pixels.
        known: digests of contents whose records are known; such a file is not decoded.
        decode: false asks for the digest only.
        asked_ns: when the file was asked for, before it was opened; nanoseconds since 1970.
        mode: in full, or ("fast") no more of a JPEG than its tensor, of large ones from a reduced
            size.
        shown: its planes are to be in sRGB, whatever its colour profile is.
        features: its features are wanted, too.
    """

    file: Found
    px_size: int
    known: tuple[bytes, ...] = ()
    decode: bool = True
    asked_ns: int = 0
    mode: DecodeMode = "exact"
    shown: bool = False
    features: bool = False

    @property
    def weight(self) -> int:
        """Bytes to read."""
        return self.file.size


class Record(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What an image becomes.

    Attributes:
        file: the file it was read from.
        width, height: in pixels, as displayed (EXIF orientation applied).
        format: Pillow's name of the format, such as "JPEG".
        orientation: the EXIF orientation left after loading, 1 to 8.
        frames: number of frames that count (GIF, APNG, WebP, AVIF, multi-page TIFF), else 1.
        digest: of the file's bytes (see `digests`).
        pixel_digest: of all decoded pixels as displayed, in native mode and depth, with
            dimensions, frames and colour profile: equal digests mean the same picture.
        sums_digest: of the orientation-free sums, with mode, sorted dimensions, frames
            and profile: equal for a picture and its turned and mirrored copies.
        value_range: smallest and largest value of a mode without a fixed range, else None.
        metadata: which of "date", "place", "camera", "rating", "title" the file carries.
        planes: (k, px, px, 3) uint8; plane 0 is the tensor. k = 1: an opaque still. k = 2: a
            still on white and on black. k = 3: first, middle and last frame, opaque. k = 6:
            first on white, first on black, middle on white, … of an animation.
        value: what the file holds beside its pixels, packed by `difd.engine.read.value`.
        damage: what is wrong with the file, though it could be decoded; empty if nothing is.
        taken: when the picture was taken, `YYYY-MM-DD HH:MM:SS`; empty if the file does not tell.
        former: what version 1.0 called the file's bytes.
        exact: all of this is known; if not, it is a first look: the digests but `digest` are
            shared with equal files only.
        error: how far the tensor of a first look may be from the exact one, root mean square, in
            grey levels; 0 if it is exact.
        described: metadata, value, damage and taken are known; otherwise they are empty.
        tally: of stills in L or RGB whose pixels were all seen, what costs little and is equal for
            equal pictures, turned and mirrored ones included (see `fingerprint.tally_of`).
        colours: what the planes are of.
        features: see `features.Features.packed`; None where nobody asked for them.
    """

    file: Found
    width: int
    height: int
    format: str
    orientation: int
    frames: int
    digest: bytes
    pixel_digest: bytes
    sums_digest: bytes
    value_range: tuple[float, float] | None
    metadata: tuple[str, ...]
    planes: NDArray[np.uint8]
    exact: bool = True
    error: float = 0.0
    described: bool = True
    tally: bytes = b""
    value: bytes = b""
    damage: str = ""
    taken: str = ""
    former: bytes = b""
    colours: Colours = "usual"
    features: bytes | None = None

    @property
    def weight(self) -> int:
        """Bytes to read, if the file is read again."""
        return self.file.size

    @property
    def tensor(self) -> NDArray[np.uint8]:
        """The tensor, (px, px, 3) uint8: the first frame, transparent parts on white."""
        first: NDArray[np.uint8] = self.planes[0]
        return first


def formers(records: Iterable[Record]) -> dict[bytes, bytes]:
    """The digests of contents by what version 1.0 called them."""
    return {record.former: record.digest for record in records if record.former}


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A file that was found and could not be read.

    Attributes:
        path: of the file.
        reason: one short phrase for people.
        digest: of its bytes if they are to blame, so that no other try can do better;
            empty after a crash, a lack of time, memory or permission, or a fault of the disk.
    """

    path: bytes
    reason: str
    digest: bytes = b""


class Digested(msgspec.Struct, frozen=True, gc=False):
    """A file that was read and not decoded, with the digest of its bytes."""

    digest: bytes

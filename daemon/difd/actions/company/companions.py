"""Which files programs and cameras write beside a picture, and how they name them.

One table, a row for each kind. A name alone decides; where a name proves too little, the row says
what else is asked (`belongings`).
"""

from __future__ import annotations

import os
import re
from typing import Final

import msgspec

from difd import apple_double
from difd.actions.company.takeout import edited_names, takeout_names
from difd.actions.files.naming import folded
from difd.extensions import RAW_EXTENSIONS, READ_EXTENSIONS, UNREAD_EXTENSIONS

RAW: Final = frozenset(b"." + extension for extension in RAW_EXTENSIONS)
"""A camera writes one of these beside its JPEG or HEIC."""

MOVIES: Final = frozenset(
    b".3g2 .3gp .asf .avi .divx .flv .insv .lrv .m2t .m2ts .m2v .m4v .mkv .mov .mp .mp4 .mpe .mpeg "
    b".mpg .mts .mxf .ogm .ogv .qt .rm .rmvb .tod .ts .vob .webm .wmv".split()
)

PICTURES: Final = frozenset(
    b"." + extension for extension in READ_EXTENSIONS | UNREAD_EXTENSIONS
) | frozenset(b".cs1 .insp .jng .jps .kc2 .mng .pns .psdt .qtk .raw .sti".split())
"""Extensions of pictures, whether or not they can be decoded: a sidecar may be theirs."""


_WORLD: Final = b".tfw .tifw .tiffw .jgw .jpgw .jpegw .pgw .pngw .bpw .gfw .wld".split()


class Kind(msgspec.Struct, frozen=True):
    """A kind of file that belongs to pictures.

    Attributes:
        suffix: its extension, in lower case.
        why: who writes it, and what would be lost.
        whole: it has the picture's whole name before the extension: `IMG_1.JPG.xmp`.
        stem: it has the picture's name without extension: `IMG_1.xmp`.
        versions: also `IMG_1_01.JPG.xmp`, for the second version of IMG_1.JPG.
        adjusted: also `IMG_O1234.AAE`, for IMG_1234.
        memo: only beside the numbered pictures of cameras, see `is_counted`.
    """

    suffix: bytes
    why: str
    whole: bool = True
    stem: bool = True
    versions: bool = False
    adjusted: bool = False
    memo: bool = False


KINDS: Final = {
    kind.suffix: kind
    for kind in (
        Kind(b".xmp", "Adobe (stem), darktable, digiKam (whole): edits, keywords", versions=True),
        Kind(b".aae", "Apple Photos: edits", adjusted=True),
        Kind(b".pp3", "RawTherapee: edits"),
        Kind(b".arp", "ART: edits"),
        Kind(b".dop", "DxO PhotoLab: edits"),
        Kind(b".acr", "Adobe Camera Raw: masks, beside the XMP"),
        Kind(b".on1", "ON1 Photo RAW: edits"),
        Kind(b".cos", "Capture One: edits"),
        Kind(b".nksc", "Nikon NX Studio: edits"),
        Kind(b".vrd", "Canon Digital Photo Professional: recipes"),
        Kind(b".dr4", "Canon Digital Photo Professional 4: recipes"),
        Kind(b".rrdata", "RapidRAW: edits"),
        Kind(b".ufraw", "UFRaw: edits"),
        Kind(b".exv", "Exiv2: metadata"),
        Kind(b".mie", "ExifTool: metadata"),
        Kind(b".photo-edit", "Photomator: edits"),
        Kind(b".data-zps", "Zoner Photo Studio: edits"),
        Kind(b".cfg", "vkdt: edits", stem=False),
        Kind(b".yml", "PhotoPrism: title, keywords, people", memo=True),
        *(
            Kind(suffix, "maps: where the picture lies in the world", whole=False)
            for suffix in _WORLD
        ),
        Kind(b".points", "QGIS: points by which a map was placed"),
        Kind(b".ovr", "GDAL: overviews of a map", stem=False),
        Kind(b".xml", "GDAL: place and statistics of a map, as IMG_1.tif.aux.xml", stem=False),
        Kind(b".thm", "cameras: small picture with metadata of a RAW file or movie", whole=False),
        Kind(b".wav", "cameras: voice memo", whole=False, memo=True),
        Kind(b".json", "Google Takeout: date, place, people, text", stem=False),
    )
}
"""By extension. Takeout's names have rules of their own, see `takeout`."""

APPLE_DOUBLE: Final = Kind(b"", "macOS on drives of others: tags, comments, colours", stem=False)
"""It has `._` before the whole name."""

PROGRAM_FOLDERS: Final = (
    (b".comments", "gThumb"),
    (b".metadata", "Geeqie"),
    (b".picasaoriginals", "Picasa: the pictures as they were before they were edited"),
    (b"NKSC_PARAM", "Nikon"),
    (b"SILKYPIX_DS", "SILKYPIX"),
    (b"CaptureOne/Settings", "Capture One"),
)
"""Folders in which programs keep what they know of the pictures beside them, by their names."""

_ADJUSTED: Final = re.compile(rb"\A(img_)o(\d+)\Z")
"""iPhones call it IMG_O1234.AAE when the picture IMG_1234 was adjusted while it was taken."""

_VERSION: Final = re.compile(rb"\A(.+)_\d{2,3}(\.[^.]+)\Z", re.DOTALL)
"""darktable writes the number of a version, from 01, before the picture's extension."""

_SECOND: Final = {b".pp3": b".out", b".xml": b".aux"}
"""What stands before an extension: RawTherapee keeps what it made IMG_1.jpg with in
IMG_1.jpg.out.pp3."""

_COUNTED: Final = re.compile(rb"\A([a-z_][a-z0-9_]{0,3}\d+|\d{8}_\d{6,9})\Z")
"""Cameras give four characters and a number, phones the date and the time."""


def kind_of(name: bytes) -> Kind | None:
    """What kind of companion a file is by its name; None if it is none."""
    return APPLE_DOUBLE if apple_double.has_name(name) else KINDS.get(suffix_of(name))


def is_medium(name: bytes) -> bool:
    """Whether a file is, by its name, a picture or a movie; or may be, for want of an extension."""
    suffix = suffix_of(name)
    return suffix in PICTURES or suffix in MOVIES or not suffix


def is_counted(stem: bytes) -> bool:
    """Whether a name is one that cameras and phones give: IMG_1234, P1010001, 20240131_120000."""
    return _COUNTED.match(stem.lower()) is not None


def owner_names(name: bytes) -> list[tuple[bytes, ...]]:
    """The names that a companion gives its pictures, folded, the likelier first.

    Each answer holds names that count together; the next counts only if no picture has one of
    these. A picture has a name if that is its whole name, or its name without extension.

    Args:
        name: of a file.

    Returns:
        Nothing if the file is no companion.
    """
    if apple_double.has_name(name):
        return [(folded(name.removeprefix(apple_double.PREFIX)),)]
    stem, suffix = os.path.splitext(folded(name))
    kind = KINDS.get(suffix)
    if kind is None:
        return []
    if suffix == b".json":
        return [(whole, *edited_names(whole)) for whole in takeout_names(stem)]
    second = _SECOND.get(suffix)
    if second and stem.endswith(second):
        stem = stem.removesuffix(second)
    elif suffix == b".xml":
        return []
    names: list[tuple[bytes, ...]] = [(stem,)]
    if kind.adjusted and (found := _ADJUSTED.match(stem)):
        names = [(stem, found[1] + found[2])]
    if kind.versions and (found := _VERSION.match(stem)):
        names.append((found[1] + found[2],))
    return names


def suffix_of(name: bytes) -> bytes:
    """The extension of a name, with its dot, in lower case."""
    return os.path.splitext(name)[1].lower()


def stem_of(name: bytes) -> bytes:
    """A name without its extension, folded."""
    return os.path.splitext(folded(name))[0]

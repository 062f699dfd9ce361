"""Walks XMP packets property by property; whatever prefix a program gave to a namespace.

Expat is used without namespaces, since packets with undeclared prefixes are common, and without
document types, so that no entity can grow.
"""

from __future__ import annotations

import binascii
import re
from collections import defaultdict
from typing import Final
from xml.parsers import expat

from difd.engine.read.value.holdings import Holdings, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.thumbnail import is_thumbnail
from difd.engine.read.value.worthless import XMP_PROPERTIES, is_camera_caption, is_encoder_comment
from difd.protocol.patterns import pattern

_PREFIXES: Final = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
    "http://ns.adobe.com/xap/1.0/g/img/": "xmpGImg",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://ns.google.com/photos/1.0/depthmap/": "GDepth",
    "http://ns.google.com/photos/1.0/image/": "GImage",
    "http://ns.google.com/photos/1.0/audio/": "GAudio",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://ns.microsoft.com/photo/1.2/": "MP",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "adobe:ns:meta/": "x",
}
"""The usual prefix of each namespace."""

_WATCHED: Final = frozenset(name.partition(":")[0] for name in XMP_PROPERTIES)
_FOREIGN: Final = "*"
"""What ends a prefix of these that stands for a namespace which is not its own."""

_EACH: Final = {
    **dict.fromkeys(
        ("dc:subject", "lr:hierarchicalSubject", "MicrosoftPhoto:LastKeywordXMP"), Kind.KEYWORD
    ),
    **dict.fromkeys(("digiKam:TagsList", "MicrosoftPhoto:LastKeywordIPTC"), Kind.KEYWORD),
    **dict.fromkeys(("mediapro:CatalogSets", "acdsee:categories"), Kind.KEYWORD),
    "Iptc4xmpExt:PersonInImage": Kind.PERSON,
    "dc:description": Kind.CAPTION,
    "tiff:ImageDescription": Kind.CAPTION,
    **dict.fromkeys(("dc:title", "photoshop:Headline", "acdsee:caption"), Kind.TITLE),
    "exif:UserComment": Kind.COMMENT,
    **dict.fromkeys(("dc:creator", "dc:rights", "photoshop:Credit", "tiff:Artist"), Kind.AUTHOR),
    **dict.fromkeys(("photoshop:Source", "tiff:Copyright", "photoshop:CaptionWriter"), Kind.AUTHOR),
    **dict.fromkeys(("tiff:Make", "tiff:Model"), Kind.CAMERA),
}
"""Properties whose every text is a thing of its own."""

_WHOLE: Final = (
    (r"(mwg-rs|MP|MPReg|MPRI):.*|Iptc4xmpExt:PersonInImageWDetails", Kind.PERSON),
    (r"(xmp|MicrosoftPhoto|acdsee):Rating|xmp:Label|digiKam:(Color|Pick)Label", Kind.RATING),
    (r"exif:GPS.*|photoshop:(City|State|Country)|Iptc4xmp(Core|Ext):.*Location.*", Kind.PLACE),
    (r"GDepth:.*|(GDepth|Device):.*[Dd]epth.*", Kind.DEPTH),
    (r"GImage:Data", Kind.PICTURE),
    (r"GAudio:Data", Kind.SOUND),
    (r"(crs|crd|crss|darktable|RawTherapee|lr|nine|capture\w*|DxO\w*):.*", Kind.EDITS),
    (r"xmpMM:.*|stEvt:.*|photoshop:(History|DocumentAncestors|TextLayers)", Kind.EDITS),
    (
        r"(exif|exifEX|aux|tiff|GCamera|Container|Item|hdrgm|HDRGainMap|apple-fi|xmp):.*",
        Kind.TECHNICAL,
    ),
    (r"GImage:.*|GAudio:.*|xmpDM:.*|GPano:.*|xmpRights:.*|MicrosoftPhoto:.*", Kind.TECHNICAL),
)
_WHOLE_KINDS: Final = tuple((pattern(text), kind) for text, kind in _WHOLE)
"""Properties that count as one thing, by the first pattern that fits."""

_BIG_WHOLE: Final = frozenset({Kind.DEPTH, Kind.PICTURE, Kind.SOUND})

_DATES: Final = {
    "exif:DateTimeOriginal": 2,
    "photoshop:DateCreated": 3,
    "xmp:CreateDate": 6,
    "exif:DateTimeDigitized": 4,
}
_MOMENTS: Final = {
    "exif:DateTimeOriginal": (0x9291, 0x9011),
    "photoshop:DateCreated": (0x9291, 0x9011),
    "exif:DateTimeDigitized": (0x9292, 0x9012),
}
"""EXIF's tags of what XMP writes in the same text: parts of a second, and the time zone."""

_MOMENT: Final = pattern(r"[^T]*T[\d:]+(?:\.(\d+))?([-+]\d\d:\d\d|Z)?")

_HIDDEN: Final = pattern(r"xmlns(:.*)?|xml:.*|rdf:(about|parseType|resource)|x:xmptk")
_INSTRUCTIONS: Final = frozenset({"xpacket", "adobe-xap-filters"})
_NAME_MAX: Final = 200
"""Characters of such names; longer ones are texts."""

_THUMBNAILS: Final = frozenset({"xmp:Thumbnails", "xmpGImg:image", "xap:Thumbnails"})
_ELEMENTS_MAX: Final = 200_000
_DEPTH_MAX: Final = 1000
"""Real packets are some ten elements deep; each text is kept with its path."""

_NOTHING: Final = frozenset({"", "0"})
"""No rating; -1 means that somebody rejected the picture."""


class _Reader:
    """Collects the texts of each property, with their path below it."""

    def __init__(self) -> None:
        self.texts: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _ELEMENTS_MAX or len(self._path) >= _DEPTH_MAX:
            raise ValueError("too many elements, or too deep")
        for key, uri in attributes.items():
            if key.startswith("xmlns:"):
                self._names[key[6:]] = _prefix(key[6:], uri)
        self._add(self._path, "".join(self._text))
        self._path.append(self._usual(name))
        self._text = []
        for key, text in attributes.items():
            usual = self._usual(key)
            if not _HIDDEN.fullmatch(usual) or len(text) > _NAME_MAX:
                self._add([*self._path, usual], text)
            elif usual == "rdf:resource":
                self._add(self._path, text)

    def end(self, _name: str) -> None:
        self._add(self._path, "".join(self._text))
        self._text = []
        self._path.pop()

    def comment(self, text: str) -> None:
        self._add(["xml:comment"], text)

    def instruction(self, name: str, text: str) -> None:
        if name not in _INSTRUCTIONS or len(text) > _NAME_MAX:
            self._add(["xml:instruction"], f"{name} {text}")

    def characters(self, text: str) -> None:
        self._text.append(text)

    def _add(self, path: list[str], text: str) -> None:
        text = " ".join(text.split())
        if not text:
            return  # most elements hold others; a packet may be 20,000 deep
        # The frame of a packet: x:xmpmeta, rdf:RDF, rdf:Description.
        inside = [name for name in path if name not in {"x:xmpmeta", "x:xapmeta", "rdf:RDF"}]
        if inside[:1] == ["rdf:Description"]:
            inside = inside[1:]
        if not inside:
            self.texts["xml:text"].append(("", text))  # between properties, where none belongs
        else:
            rest = [one for one in inside[1:] if one not in {"rdf:Bag", "rdf:Seq", "rdf:Alt"}]
            self.texts[inside[0]].append(("/".join(rest), text))

    def _usual(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        return f"{self._names.get(prefix, prefix)}:{local}" if colon else name


def _prefix(own: str, uri: str) -> str:
    """The usual prefix of a namespace, else its own; one that means something else is marked."""
    usual = _PREFIXES.get(uri) or _PREFIXES.get(uri + "/")
    return usual or (own + _FOREIGN if own in _WATCHED else own)


def walk_xmp(content: bytes, holdings: Holdings) -> bool:
    """Walk a packet; false never: what is no XML raises.

    Raises:
        ExpatError: it is damaged.
        ValueError: it is more than a packet is.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.CommentHandler = reader.comment
    parser.ProcessingInstructionHandler = reader.instruction
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(content.strip(b"\0 \r\n\t"), True)  # noqa: FBT003  the last piece
    for name, texts in reader.texts.items():
        _take(name, texts, holdings)
    _take_place(reader.texts, holdings)
    return True


def _refuse(*_arguments: object) -> None:
    raise ValueError("a document type")


def _take(name: str, texts: list[tuple[str, str]], holdings: Holdings) -> None:
    if name in _THUMBNAILS:
        _take_thumbnails(name, texts, holdings)
    if name in XMP_PROPERTIES or name in {"exif:GPSLatitude", "exif:GPSLongitude"}:
        return
    name = name.replace(_FOREIGN, "")
    if name in _DATES:
        for _, text in texts:
            holdings.date(_DATES[name], text)
            _take_moment(name, text, holdings)
        return
    if name in _EACH:
        for _, text in texts:
            kind = _EACH[name]
            # Half of all captions are the names of cameras.
            if not (is_camera_caption(text) or is_encoder_comment(text)):
                holdings.add_text(kind, text)
        return
    kind = next((kind for test, kind in _WHOLE_KINDS if test.fullmatch(name)), Kind.OTHER)
    if kind is Kind.RATING and {text for _, text in texts} <= _NOTHING:
        return
    content = "\n".join(sorted(f"{path}={text}" for path, text in texts)).encode(errors="replace")
    note = size_words(len(content)) if kind in _BIG_WHOLE else name
    if kind is Kind.RATING and name == "xmp:Rating":
        holdings.add(kind, "", texts[0][1].encode(errors="replace"))
    else:
        holdings.add(kind, name, content, note)


def _take_moment(name: str, text: str, holdings: Holdings) -> None:
    """What a date tells beyond its second, as EXIF does it in tags of their own."""
    found = _MOMENT.fullmatch(text)
    for tag, part in zip(_MOMENTS.get(name, ()), found.groups() if found else (), strict=False):
        if part:
            holdings.add(Kind.TECHNICAL, f"{tag}", part.replace("Z", "+00:00").encode())


def _take_thumbnails(name: str, texts: list[tuple[str, str]], holdings: Holdings) -> None:
    """Small pictures, in base64; what is large, or no picture, is value."""
    for path, text in texts:
        if not (path or name).endswith("image"):
            continue
        try:
            content = binascii.a2b_base64(text)
        except ValueError:
            content = text.encode(errors="replace")
        if not is_thumbnail(content):
            holdings.add(Kind.PICTURE, name, content, size_words(len(content)))


def _take_place(texts: dict[str, list[tuple[str, str]]], holdings: Holdings) -> None:
    """Where it was taken, as EXIF tells it: XMP writes 48,1.0333N."""
    values = []
    for name in ("exif:GPSLatitude", "exif:GPSLongitude"):
        found = re.fullmatch(
            r"(\d{1,3}),([\d.]{1,20})(?:,([\d.]{1,20}))?([NSEW])", texts.get(name, [("", "")])[0][1]
        )
        if found is None:
            for one in ("exif:GPSLatitude", "exif:GPSLongitude"):
                for _, text in texts.get(one, []):
                    holdings.add(Kind.PLACE, one, text.encode(errors="replace"))
            return
        degrees = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
        values.append(-degrees if found[4] in "SW" else degrees)
    holdings.add(Kind.PLACE, "", f"{values[0]:.5f} {values[1]:.5f}".encode())

"""Walks PNG files: every chunk with its checksum, the stream of pixels, what follows the end."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from difd.engine.read.value import nested
from difd.engine.read.value.data import Data
from difd.engine.read.value.exif import note_aspect, take_text
from difd.engine.read.value.holdings import Holdings, decoded, size_words
from difd.engine.read.value.kinds import Kind
from difd.engine.read.value.tail import add_tail
from difd.engine.read.value.worthless import PNG_CHUNKS, PNG_TEXTS
from difd.protocol.patterns import pattern

_SIGNATURE: Final = 8
_CHUNKS_MAX: Final = 100_000
_TEXT_MAX: Final = 64 << 20
"""Bytes that a compressed text may have when unpacked."""

_STEP: Final = 1 << 20
_PILLOW_STEP: Final = 1 << 16
_LAST_STEP: Final = 128
"""Bytes in which the end of a stream and its checksum have room, and hardly a row."""

_KINDS: Final = {
    "title": Kind.TITLE,
    "description": Kind.CAPTION,
    "caption": Kind.CAPTION,
    "comment": Kind.COMMENT,
    "author": Kind.AUTHOR,
    "copyright": Kind.AUTHOR,
    "artist": Kind.AUTHOR,
}
_PROFILE: Final = pattern(r"raw profile type (exif|app1|xmp|iptc|8bim|icc|icm)")
_SUM: Final = pattern(rb"[0-9a-fA-F]{32,128}")
"""ImageMagick's signature of the pixels."""

_DATES: Final = frozenset({"creation time", "create-date", "exif:datetimeoriginal"})
_DATE_RANK: Final = 7
_TECHNICAL: Final = pattern(r"(exif|thumb|png|jpeg|tiff|gif|icc|xmp|iptc|photoshop|dc|aux)::?.*")

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_LENGTH_MAX: Final = 64
_LENGTHS: Final = {b"PLTE": 768, b"tRNS": 256, b"hIST": 512, b"iCCP": 1 << 32}
"""Bytes that chunks may have which say nothing of value; most have up to 32."""

_SRGB_GAMMA: Final = 45455
_SRGB_CHROMA: Final = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_NEAR: Final = 200
_CICP_SRGB: Final = b"\x01\x0d\x00\x01"


class _Walk:
    """One walk."""

    def __init__(self, data: Data, holdings: Holdings) -> None:
        self._data, self._holdings = data, holdings
        self._chunks: dict[bytes, bytes] = {}
        self._stream = zlib.decompressobj()
        self._made, self._room, self._wanted = 0, 0, 0
        self._animated = False
        self._shown, self._controls = 0, 0
        self._in_frame, self._astray = False, False
        self._hidden: list[tuple[int, int]] = []
        self._parts: list[tuple[int, int]] = []

    def run(self) -> None:
        at = _SIGNATURE
        for _ in range(_CHUNKS_MAX):
            head = self._data.read(at, 8)
            if len(head) < 8:  # noqa: PLR2004  length and name
                self._holdings.blame("its end (IEND) is missing")
                break
            length, name = struct.unpack(">I4s", head)
            if at + 12 + length > self._data.size:
                self._holdings.blame("its last part is cut off")
                break
            if not name.isalpha():
                self._holdings.blame("one of its parts has no name")
                break
            self._take(name, at + 8, length)
            at += 12 + length
            if name == b"IEND":
                break
        self._end()
        add_tail(self._data, at, self._holdings)

    def _take(self, name: bytes, at: int, length: int) -> None:
        checksum = zlib.crc32(name)
        content = b""
        for piece in self._data.pieces(at, at + length):
            checksum = zlib.crc32(piece, checksum)
            if name != b"IDAT" and (name not in PNG_CHUNKS or length < _STEP):
                content += piece
        if checksum != int.from_bytes(self._data.read(at + length, 4), "big"):
            self._holdings.blame(
                f"the checksum of one of its parts ({name.decode('ascii')}) is wrong"
            )
        if name == b"fdAT":
            self._hidden.append((at + 4, at + length))
            self._astray = self._astray or not self._in_frame
        elif name == b"fcTL":
            self._controls += 1
            self._in_frame = bool(self._parts)  # before them it controls the first picture
        elif name == b"IDAT":
            self._parts.append((at, at + length))
        else:
            self._chunk(name, content)

    def _chunk(self, name: bytes, content: bytes) -> None:
        if name == b"IHDR" and len(content) >= 13:  # noqa: PLR2004  its length
            self._read_header(content)
        match name:
            case b"acTL":
                self._shown = 0 if self._parts else int.from_bytes(content[:4], "big")
                self._animated = self._shown > 1
                self._chunks[name] = content[4:8]
            case _ if name in PNG_CHUNKS:
                self._known(name, content)
            case b"tEXt":
                keyword, _, text = content.partition(b"\0")
                take_png_text(keyword, text, self._holdings)
            case b"zTXt":
                keyword, _, rest = content.partition(b"\0")
                take_png_text(keyword, _unpacked(rest[1:]), self._holdings)
            case b"iTXt":
                self._international(content)
            case b"eXIf" | b"zxIf" | b"exIf":
                nested.take_exif(content, self._holdings)
            case b"caBX":
                self._holdings.add(Kind.TECHNICAL, "caBX", content)
            case b"sPLT" | b"sCAL" | b"pCAL" | b"sTER" | b"gIFg" | b"gIFx" | b"gIFt":
                self._holdings.add(Kind.TECHNICAL, name.decode(), content)
            case _:
                shown = size_words(len(content))
                self._holdings.add(Kind.DATA, name.decode("ascii"), content, shown)

    def _known(self, name: bytes, content: bytes) -> None:
        """A chunk that says nothing of value, unless it is longer than that takes."""
        self._chunks.setdefault(name, content)
        if len(content) > _LENGTHS.get(name, _LENGTH_MAX):
            self._holdings.add(Kind.DATA, name.decode(), content, size_words(len(content)))

    def _international(self, content: bytes) -> None:
        keyword, _, rest = content.partition(b"\0")
        packed = rest[:1] == b"\1"
        text = rest[2:].split(b"\0", 2)[-1]
        take_png_text(keyword, _unpacked(text) if packed else text, self._holdings)

    def _read_header(self, content: bytes) -> None:
        width, height, depth, colour = struct.unpack_from(">IIBB", content)
        row = -(-width * depth * _CHANNELS.get(colour, 4) // 8) + 1
        self._wanted = row * height if content[12] == 0 else 0
        self._room = 2 * row * height + (1 << 16)

    def _inflate(self, piece: bytes) -> None:
        """Unpack the pixels only to see that they are whole, and end where their stream ends."""
        if self._is_unpacked():
            if piece.strip(b"\0"):
                self._holdings.add(Kind.DATA, "IDAT", piece, size_words(len(piece)))
            return
        try:
            while piece and not self._is_unpacked() and self._made <= self._room:
                self._made += len(self._stream.decompress(piece, _STEP))
                piece = self._stream.unconsumed_tail
        except zlib.error:
            self._holdings.blame("its pixels are damaged, or their checksum is wrong")
            self._room = -1
            return
        behind = self._stream.unused_data
        if self._stream.eof and behind.strip(b"\0"):
            self._holdings.add(Kind.DATA, "IDAT", behind, size_words(len(behind)))

    def _is_unpacked(self) -> bool:
        return self._stream.eof

    def _end(self) -> None:
        if self._holdings.is_proof or self._may_be_unchecked():
            for at, end in self._parts:
                for piece in self._data.pieces(at, end):
                    self._inflate(piece)
            self._judge()
        if self._hidden and (self._astray or self._controls > self._shown):
            size = sum(end - at for at, end in self._hidden)
            frames = (piece for part in self._hidden for piece in self._data.pieces(*part))
            self._holdings.add(Kind.PICTURE, "frames", frames, size_words(size))
        self._show()

    def _may_be_unchecked(self) -> bool:
        """Whether Pillow may have every row before it reads the end of the stream.

        It reads in steps, and stops with the last row. Unpacking takes a quarter of the time of
        reading a PNG, so it is done only where the last step is a small one.
        """
        at, end = self._parts[-1] if self._parts else (0, 0)
        return (end - at) % _PILLOW_STEP < _LAST_STEP

    def _judge(self) -> None:
        if self._room >= 0 and (not self._stream.eof or self._made < self._wanted):
            self._holdings.blame("some of its pixels are missing")
        elif 0 < self._wanted < self._made:
            self._holdings.add(Kind.DATA, f"IDAT {self._made}", b"", "after the last row")

    def _show(self) -> None:
        """What changes how it is shown; cICP overrides iCCP, that sRGB, and that the others."""
        chunks, holdings = self._chunks, self._holdings
        if len(chunks.get(b"pHYs", b"")) >= 9:  # noqa: PLR2004  its length
            across, down = struct.unpack_from(">II", chunks[b"pHYs"])
            note_aspect(across, down, holdings)
        if self._animated:
            holdings.show("plays", str(int.from_bytes(chunks[b"acTL"], "big")))
        for name in (b"mDCV", b"mDCv", b"cLLI", b"cLLi"):
            if name in chunks:
                holdings.show(name.decode().lower(), chunks[name].hex())
        profile = chunks.get(b"iCCP", b"").partition(b"\0")[2][1:]
        if profile and _unpacked(profile) == profile:
            holdings.show("broken profile", profile.hex())
        if b"cICP" in chunks:
            if chunks[b"cICP"] != _CICP_SRGB:
                holdings.show("cicp", chunks[b"cICP"].hex())
        elif b"iCCP" not in chunks and b"sRGB" not in chunks:
            self._show_gamma()

    def _show_gamma(self) -> None:
        chunks, holdings = self._chunks, self._holdings
        gamma = int.from_bytes(chunks.get(b"gAMA", b"")[:4], "big")
        if gamma and abs(gamma - _SRGB_GAMMA) > _NEAR:
            holdings.show("gamma", str(gamma))
        if len(chunks.get(b"cHRM", b"")) >= 32:  # noqa: PLR2004  its length
            chroma = struct.unpack_from(">8I", chunks[b"cHRM"])
            pairs = zip(chroma, _SRGB_CHROMA, strict=True)
            if any(abs(one - other) > _NEAR for one, other in pairs):
                holdings.show("chroma", str(chroma))


def take_png_text(keyword: bytes, text: bytes, holdings: Holdings) -> None:
    """Take in a text with its keyword."""
    name = decoded(keyword).strip().lower()
    profile = _PROFILE.fullmatch(name)
    if profile and _take_profile(profile[1], text, holdings):
        return
    if name == "xml:com.adobe.xmp":
        nested.take_xmp(text, holdings)
    elif name in PNG_TEXTS or (name == "signature" and _SUM.fullmatch(text)):
        return
    elif name in _DATES:
        holdings.date(_DATE_RANK, decoded(text))
    elif name in _KINDS:
        take_text(_KINDS[name], decoded(text), holdings)
    elif _TECHNICAL.fullmatch(name):
        holdings.add(Kind.TECHNICAL, name, text)
    elif text:
        holdings.add(Kind.SOURCE, name, text, decoded(keyword))


def _take_profile(kind: str, text: bytes, holdings: Holdings) -> bool:
    """ImageMagick's way to keep profiles: a name, a length, and digits; False if it is not that."""
    parts = text.split(None, 2)
    try:
        content = bytes.fromhex(decoded(parts[2])) if len(parts) > 2 else b""  # noqa: PLR2004
    except ValueError:
        return False
    match kind:
        case "exif":
            nested.take_exif(content, holdings)
        case "app1" if content.startswith(b"Exif"):
            nested.take_exif(content, holdings)
        case "xmp" | "app1":
            nested.take_xmp(content.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"), holdings)
        case "iptc" | "8bim":
            if content.startswith(b"8BIM"):
                nested.take_photoshop(content, holdings)
            else:
                nested.take_iptc(content, holdings)
        case _:
            return False
    return True


def _unpacked(content: bytes) -> bytes:
    """A compressed text, or what it is stored as if it cannot be unpacked."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(content, _TEXT_MAX)
    except zlib.error:
        return content
    return text if stream.eof else content


def walk_png(data: Data, holdings: Holdings) -> None:
    """Walk a PNG file."""
    _Walk(data, holdings).run()

"""Which image formats are read, by which Pillow plugin, and what is said about the others.

An allow-list: formats that start programs (EPS runs Ghostscript), that only name other files, or
that Pillow can merely identify never reach a decoder.
"""

from __future__ import annotations

import errno
import importlib
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Final

from PIL import AvifImagePlugin, Image, ImageMode, UnidentifiedImageError

from difd.extensions import RAW_EXTENSIONS
from difd.system import installed, paths

COMMON: Final = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "AVIF")
"""Tried first: cheap to import, and nearly all pictures there are."""

OTHERS: Final = (
    *("HEIF", "JXL", "BLP", "CUR", "DCX", "DDS", "DIB", "FITS", "FLI", "FTEX", "GBR", "ICNS"),
    *("ICO", "IM", "IMT", "JPEG2000", "MCIDAS", "MSP", "PCD", "PCX", "PIXAR", "PSD", "QOI", "SGI"),
    *("SPIDER", "SUN", "TGA", "XBM", "XPM", "XVTHUMB"),
)
"""Pillow's names of the other formats that are read. (The JPEG plugin opens MPO.)"""

PLUGINS: Final = ("pillow-heif", "pillow-jxl-plugin", "rawpy", "simplejpeg")
"""Distributions that decode beside Pillow: with another version of one of them, files are read
again (see `memory`), those too that were not recognized without it."""

ANIMATED: Final = frozenset({"GIF", "PNG", "WEBP", "AVIF", "TIFF"})
"""Formats whose frames count; in MPO, PSD and icons the first image is the picture."""

_NEVER_RAW: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM")
"""What a JPEG, PNG, GIF, WebP or BMP begins with, whatever it is called."""

PIXEL_LIMIT: Final = 500_000_000
"""Largest picture or frame, in pixels."""

CLAIM_PIXELS: Final = 64_000_000
"""From so many pixels on, the file must have room for them."""

CLAIM_RATIO: Final = 40_000
"""Most bytes that one byte of a file stands for, where formats have such a limit: Zstandard in
TIFF reaches 32,768, all others less. Strips that share their data reach anything: 391 megapixels
of floats in 10 kB took 14 s of a processor, nearly all of it for passes over blank pixels."""

_ENDLESS: Final = frozenset({"WEBP", "AVIF", "HEIF", "JXL", "JPEG", "MPO", "JPEG2000"})
_ENDLESS_IN_TIFF: Final = frozenset({"group3", "group4", "tiff_ccitt", "jpeg", "webp"})
"""Formats in which a blank picture of any size takes next to nothing, as blank scans do."""

FAULTS: Final = (
    *(OSError, SyntaxError, ValueError, NotImplementedError, ArithmeticError, LookupError),
    *(TypeError, AttributeError, AssertionError, RuntimeError, EOFError, struct.error, zlib.error),
)
"""What plugins raise on damaged files; memory and pixel limits are caught apart."""

_SIGNATURES: Final = (
    (b"%!PS", "EPS needs a program to be run and is never opened"),
    (b"\xc5\xd0\xd3\xc6", "EPS needs a program to be run and is never opened"),
    (b"%PDF", "PDF is a document, not an image"),
    (b"\xd7\xcd\xc6\x9a", "WMF is a drawing, not an image"),
)
"""First bytes of what people may take for images, and what to tell them."""


class Refused(Exception):
    """A file will not be read; the message is the reason, a short phrase for people."""


def open_picture(stream: IO[bytes]) -> Image.Image:
    """The picture in `stream`, identified and not yet decoded.

    Args:
        stream: a seekable binary file, at any position.

    Raises:
        Refused: it is no image, of a format that is not read, or has too many pixels.
        Exception: whatever a damaged header makes a plugin raise.
    """
    try:
        picture = Image.open(stream, formats=_common_formats())
    except UnidentifiedImageError:
        try:
            picture = Image.open(stream, formats=_other_formats())
        except UnidentifiedImageError:
            raise Refused(_unidentified(stream)) from None
    check_size(picture.size)
    check_claim(picture, stream)
    return picture


@contextmanager
def quiet() -> Iterator[None]:
    """Pillow without warnings, and with our pixel limit instead of its own.

    Pillow raises at twice its limit, also for the pictures inside icons and the like.
    """
    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT // 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def extension_of(path: bytes) -> bytes:
    """The extension of a file, in lower case, without the dot; empty if it has none."""
    name = paths.name(path)
    return name.rpartition(b".")[2].lower() if b"." in name else b""


def is_raw(path: bytes) -> bool:
    """Whether a file is called like camera raw; most of these look like TIFF from inside."""
    return path.rpartition(b".")[2].lower() in RAW_EXTENSIONS


def is_raw_file(path: bytes, stream: IO[bytes]) -> bool:
    """Whether a file is read as camera raw: by its name, unless it begins as none does."""
    if not is_raw(path):
        return False
    here = stream.tell()
    stream.seek(0)
    begins = stream.read(4)
    stream.seek(here)
    return not begins.startswith(_NEVER_RAW)


def check_size(size: tuple[int, int]) -> None:
    """Refuse pictures over the limit, and those without any pixel.

    Raises:
        Refused: too many pixels, or none.
    """
    width, height = size
    if width <= 0 or height <= 0:
        raise Refused("the image has no pixels")
    if width * height > PIXEL_LIMIT:
        raise Refused(
            f"too large: {width} x {height} pixels, "
            f"the limit is {PIXEL_LIMIT // 1_000_000} megapixels"
        )


def check_claim(picture: Image.Image, stream: IO[bytes]) -> None:
    """Refuse a frame whose pixels have no room in its file; the stream stays where it is.

    Raises:
        Refused: it is a claim and nothing else.
    """
    pixels = picture.width * picture.height
    endless = picture.format in _ENDLESS or picture.info.get("compression") in _ENDLESS_IN_TIFF
    if pixels <= CLAIM_PIXELS or endless:
        return
    place = stream.tell()
    size = stream.seek(0, os.SEEK_END)
    stream.seek(place)
    if pixels * _bits(picture.mode) > 8 * CLAIM_RATIO * size:
        raise Refused(
            f"damaged: {picture.width} x {picture.height} pixels have no room in {size:,} bytes"
        )


def _bits(mode: str) -> int:
    """Bits of a pixel."""
    if mode == "1":
        return 1
    if mode in {"I", "F"}:
        return 32
    return 16 if mode.startswith("I;16") else 8 * len(ImageMode.getmode(mode).bands)


def count_frames(picture: Image.Image) -> int:
    """How many frames of a picture count: 1, unless its format is `ANIMATED`."""
    if picture.format not in ANIMATED:
        return 1
    return int(getattr(picture, "n_frames", 1))


@cache
def _common_formats() -> tuple[str, ...]:
    """`COMMON`, with their plugins ready.

    Decoders get one thread each: there is already one worker per processor.
    """
    Image.preinit()
    for plugin in ("WebP", "Tiff", "Avif"):
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    return COMMON


@cache
def _other_formats() -> tuple[str, ...]:
    """The other formats that can be read here, with their plugins ready."""
    Image.init()
    heif = importlib.import_module("pillow_heif")
    heif.register_heif_opener(decode_threads=1, thumbnails=False)
    try:
        jxl = importlib.import_module("pillow_jxl.JpegXLImagePlugin")
    except ImportError:
        pass  # `_unidentified` names what is missing
    else:
        jxl.DECODE_THREADS = 0  # type: ignore[attr-defined]
    return tuple(name for name in OTHERS if name in Image.OPEN)


def _unidentified(stream: IO[bytes]) -> str:
    """Why Pillow did not know the file, in words."""
    stream.seek(0)
    head = stream.read(32)
    if not head:
        return "the file is empty"
    for signature, reason in _SIGNATURES:
        if head.startswith(signature):
            return reason
    if head.startswith((b"\xff\x0a", b"\x00\x00\x00\x0cJXL ")) and not _has_jxl():
        return f"JPEG XL needs: {installed.adding('formats')}"
    return "not recognised as an image, or damaged at its beginning"


def _has_jxl() -> bool:
    return "JXL" in _other_formats()


def raw_reason() -> str | None:
    """Why camera raw files cannot be read here; None if they can."""
    try:
        importlib.import_module("rawpy")
    except ImportError:
        return f"camera raw files need: {installed.adding('formats')}"
    return None


def reason_of(error: OSError) -> str:
    """An error of the operating system as a short phrase."""
    if error.errno == errno.ENOENT:
        return "vanished during the search"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "permission denied"
    if error.errno == errno.ELOOP:
        return "is a symbolic link"
    if error.errno == errno.ENXIO:
        return "is not a regular file"
    return f"cannot be read: {error.strerror or error}"

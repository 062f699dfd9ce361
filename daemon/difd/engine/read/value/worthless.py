"""What nobody would miss: the one table of known worthless parts, each with its reason.

Everything that is not named here counts as value. Texts in a file are data of strangers: a pattern
matches the whole text, so that a caption that only begins like an encoder's name is kept.
"""

from __future__ import annotations

from typing import Final

from difd.protocol.patterns import pattern

_SIZE: Final = "size and layout of the stored pixels: the decoded picture has it"
_DECODER: Final = "how the pixels are stored: the decoded picture has it"
_DENSITY: Final = "density in dots per inch: a wish for printers; its aspect is looked at apart"
_PROGRAM: Final = "which program wrote the file"
_CHANGE: Final = "when the file or its metadata was changed, not the picture taken"
_VERSION: Final = "version of a metadata standard"
_POINTER: Final = "where another directory lies: it is walked itself"
_THUMBNAIL: Final = "a small version of the picture itself"
_PADDING: Final = "padding"
_TURN: Final = "how the picture is turned: it is compared as displayed"
_COLOUR: Final = "colours: what has an effect is part of how the picture is shown"
_IDENTITY: Final = "a number of the document that changes with every saving"
_PRINT: Final = "settings of a print dialogue"

LAYOUT_TAGS: Final = {
    **dict.fromkeys((254, 255), "what kind of page it is: it is compared as a frame"),
    **dict.fromkeys((*range(256, 260), 262, 266, 273, 277, 278, 279, 284, 322, 323), _SIZE),
    **dict.fromkeys((324, 325, 338, 339, 530, 531), _SIZE),
    **dict.fromkeys((263, 264, 265, 280, 281, 288, 289, 290, 291, 292, 293, 297, 317), _DECODER),
    **dict.fromkeys((320, 326, 327, 328, 332, 334, 340, 341, 347, 529, 532), _DECODER),
    **dict.fromkeys((*range(512, 522), 34675), _DECODER),
    **dict.fromkeys((301, 318, 319, 342), _COLOUR),
    **dict.fromkeys((330, 34665, 34853, 40965), _POINTER),
}
"""TIFF tags that describe a stored picture."""

EXIF_TAGS: Final = {
    274: _TURN,
    **dict.fromkeys((282, 283, 296), _DENSITY),
    **dict.fromkeys((11, 305, 316, 0xA40B, 0xC4A5), _PROGRAM),
    306: _CHANGE,
    **dict.fromkeys((0x882A, 0x9010, 0x9290), _CHANGE),
    **dict.fromkeys((0x9000, 0xA000), _VERSION),
    **dict.fromkeys((0x9101, 0xA002, 0xA003, 0x9102), _SIZE),
    **dict.fromkeys((0xA001, 0xA500), _COLOUR),
    **dict.fromkeys((0xEA1C, 0xEA1D), _PADDING),
}
"""Tags of EXIF and TIFF that say nothing about the picture."""

INTEROP_TAGS: Final = {1: _COLOUR, 2: _VERSION, 0x1000: _VERSION, 0x1001: _SIZE, 0x1002: _SIZE}

GPS_TAGS: Final = {0: _VERSION}

PNG_CHUNKS: Final = {
    **dict.fromkeys((b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"), _DECODER),
    **dict.fromkeys((b"acTL", b"fcTL", b"fdAT"), "frames of an animation: they are compared"),
    **dict.fromkeys((b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"mDCv"), _COLOUR),
    **dict.fromkeys((b"cLLI", b"cLLi"), _COLOUR),
    b"pHYs": _DENSITY,
    b"tIME": _CHANGE,
    **dict.fromkeys((b"sBIT", b"hIST", b"bKGD"), "advice for screens of few colours"),
    b"iDOT": "where decoders of Apple may begin in the middle",
    b"orNT": _TURN,
    **dict.fromkeys((b"caNv", b"vpAg", b"oFFs"), "where the picture was on its canvas"),
}

PNG_TEXTS: Final = {
    **dict.fromkeys(("software", "program", "creator tool"), _PROGRAM),
    **dict.fromkeys(("date:create", "date:modify", "date:timestamp", "modification time"), _CHANGE),
    "thumb::document::pages": _THUMBNAIL,
    **dict.fromkeys(("thumb::image::height", "thumb::image::width"), _THUMBNAIL),
    "xmp:toolkit": _IDENTITY,
    **dict.fromkeys(("png:bkgd", "png:chrm", "png:gama", "png:srgb", "png:phys"), _COLOUR),
    **dict.fromkeys(("jpeg:colorspace", "jpeg:sampling-factor", "jpeg:quality"), _DECODER),
}
"""Keywords of PNG texts, in lower case."""

XMP_PROPERTIES: Final = {
    **dict.fromkeys(
        ("xmp:CreatorTool", "pdf:Producer", "exif:Software", "tiff:Software"), _PROGRAM
    ),
    **dict.fromkeys(("xmp:ModifyDate", "xmp:MetadataDate", "tiff:DateTime"), _CHANGE),
    **dict.fromkeys(
        (
            "xmpMM:DocumentID",
            "xmpMM:InstanceID",
            "xmpMM:OriginalDocumentID",
            "xmpMM:RenditionClass",
        ),
        _IDENTITY,
    ),
    **dict.fromkeys(("dc:format", "xmp:Format", "xmpNote:HasExtendedXMP"), _POINTER),
    **dict.fromkeys(("xmp:Thumbnails", "xmpGImg:image", "xap:Thumbnails"), _THUMBNAIL),
    **dict.fromkeys(("photoshop:ColorMode", "photoshop:ICCProfile", "exif:ColorSpace"), _COLOUR),
    **dict.fromkeys(
        ("exif:ExifVersion", "exif:FlashpixVersion", "photoshop:LegacyIPTCDigest"), _VERSION
    ),
    **dict.fromkeys(("tiff:NativeDigest", "exif:NativeDigest", "xmp:Toolkit"), _IDENTITY),
    "tiff:Orientation": _TURN,
    **dict.fromkeys(("tiff:XResolution", "tiff:YResolution", "tiff:ResolutionUnit"), _DENSITY),
    **dict.fromkeys(
        (
            *("exif:PixelXDimension", "exif:PixelYDimension", "tiff:ImageWidth"),
            *("tiff:ImageLength", "tiff:BitsPerSample", "tiff:SamplesPerPixel"),
            *("tiff:PhotometricInterpretation", "tiff:Compression", "tiff:PlanarConfiguration"),
            *("tiff:YCbCrSubSampling", "tiff:YCbCrPositioning", "exif:ComponentsConfiguration"),
            "exif:CompressedBitsPerPixel",
        ),
        _SIZE,
    ),
}
"""XMP properties by their usual prefix."""

PHOTOSHOP_RESOURCES: Final = {
    **dict.fromkeys((1033, 1036), _THUMBNAIL),
    **dict.fromkeys((1005, 1064), _DENSITY),
    **dict.fromkeys((1001, 1011, 1062, 1071, 1082, 1083, 10000), _PRINT),
    **dict.fromkeys((1012, 1013, 1014, 1015, 1016, 1017, 1018, 1019, 1020), _PRINT),
    **dict.fromkeys((1039, 1041, 1030), _COLOUR),
    **dict.fromkeys((1044, 1061, 1057, 1049, 1037, 1026, 1024, 1072), _IDENTITY),
    **dict.fromkeys((1023, 1027, 1028, 1058, 1059, 1060), _POINTER),
    **dict.fromkeys((1006, 1045, 1053), "names of channels: the channels are looked at"),
    1002: _PROGRAM,
}

IPTC_DATASETS: Final = {
    **dict.fromkeys(((1, 0), (1, 90), (2, 0), (3, 0)), _VERSION),
    **dict.fromkeys(((2, 65), (2, 70)), _PROGRAM),
    **dict.fromkeys(((2, 200), (2, 201), (2, 202)), _THUMBNAIL),
}

_ENCODERS: Final = (
    (
        r"CREATOR: gd-jpeg v[\d.]+ \(using IJG JPEG v\d+\),? (default quality|quality ?= ?\d+)"
        r"(, interlaced)?"
    ),
    r"Lavc[\d.]*",
    r"cmp3(\.\d+){3}\w{0,6} 0x[0-9a-f]{8}",
    r"LEAD Technologies,?( Inc\.)?( V[\d.]+)?",
    r"Created with (The )?GIMP( on a Mac)?",
    r"CREATOR: (GIMP|The GIMP's|Imlib2|IrfanView|XnView)( PNM Filter)?( Version)?( [\d.]+)?",
    r"CREATOR: XV Version [\d.]+\w? +Rev: [\d/]+( +Quality = \d+, Smoothing = \d+)?",
    r"File written by Adobe Photoshop[^\w\s]? ?[\d.]*",
    (
        r"(Optimized|Compressed|Recompressed) (by|using|with) (JPEGmini|ImageOptim|Tiny(PNG|JPG)"
        r"|Squoosh|mozjpeg|jpegoptim|Caesium|RIOT|Kraken\.io|ShortPixel|Compressor\.io|Smush)"
        r"( v?[\d.]+)?( 0x[0-9a-f]+)?"
    ),
    r"Intel\(R\) (JPEG|IPP) Library,? (version )?[\d,. \[\]]+",
    r"Intel\(R\) IPP JPEG encoder \[[\d.]+\] - \w{3} +\d+ \d{4}",
    r"JPEG Encoder Copyright 1998, James R\. Weeks and BioElectroMech\.?",
    r"Handmade Software, Inc\. Image Alchemy v[\d.]+",
    (
        r"(Created|Written|Encoded|Produced) (by|with|using) (ImageMagick|GraphicsMagick|ffmpeg"
        r"|libjpeg|libjpeg-turbo|AccuSoft Corp\.?|Paint Shop Pro|PaintShop|ACDSee|XnView"
        r"|IrfanView|FastStone)( v?[\d.]+)?"
    ),
    r"(Created by|Creator:) (OpenJPEG|JasPer)( [Vv]ersion)? [\d.]+",
    r"Kakadu-v?[\d.]+|Kdu-Layer-Info:[\s\w{}()/,.:+-]*",
    r"AppleMark\s*",
    r"ACD Systems Digital Imaging",
    r"U-?Lead Systems, Inc\.?",
    r"Processed By eBay with ImageMagick[, z\d.|B]*",
    (
        r"(?i:(gif )?((created|made|edited|optimi[sz]ed|resized|cropped|cut|converted|processed) )?"
        r"((with|by|on|using|at) )?(https?://)?(ezgif\.com|gifski|gifsicle|giphy)(\.com)?[/\w-]*"
        r"( (gif )?(maker|optimi[sz]er|resizer|editor))?( v?[\d.]+)?)"
    ),
    r"Software: (Microsoft Office|Adobe ImageReady|Paint\.NET( v[\d.]+)?)",
)
ENCODER_COMMENT: Final = pattern("|".join(f"(?:{one})" for one in _ENCODERS))
"""Comments that name the encoder and say no more."""

_MODELS: Final = (
    r"OLYMPUS DIGITAL CAMERA|SONY DSC|KONICA MINOLTA DIGITAL CAMERA|Minolta DSC|DIGITAL CAMERA"
    r"|SAMSUNG( DIGITAL CAMERA)?|MITSUBISHI DIGITAL CAMERA|EPSON DSC picture|PENTAX DIGITAL CAMERA"
    r"|DCIM\\\S{1,40}|Screenshot|default|untitled|<untitled>|charset=\"?Ascii\"?"
)
CAMERA_CAPTION: Final = pattern(_MODELS)
"""Captions that a camera or program writes into every picture."""

_FILLING: Final = pattern(rb"[\0\s]*+\xff*+[\0\s]*+")
"""Zeros and ones by turns are no filling: a mask of black and white looks so."""


def is_padding(content: bytes) -> bool:
    """Whether bytes are zeros, spaces or ones only, which some programs fill up with."""
    return _FILLING.fullmatch(content) is not None


def is_encoder_comment(text: str) -> bool:
    """Whether a comment names the encoder and says no more."""
    return ENCODER_COMMENT.fullmatch(text.strip("\0 \r\n\t")) is not None


def is_camera_caption(text: str) -> bool:
    """Whether a caption is the same in all pictures of a camera."""
    return CAMERA_CAPTION.fullmatch(text) is not None

"""What a camera writes into its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

BASE, GPS = ExifTags.Base, ExifTags.GPS
PHOTO = {
    BASE.DateTimeOriginal: "2019:06:03 14:22:07",
    BASE.SubsecTimeOriginal: "12",
    BASE.OffsetTimeOriginal: "+02:00",
    BASE.LensModel: "RF24-70mm F2.8 L IS USM",
    BASE.ExposureTime: IFDRational(1, 250),
    BASE.FNumber: 2.8,
    BASE.ISOSpeedRatings: 400,
    BASE.FocalLength: 50.0,
    BASE.FocalLengthIn35mmFilm: 75,
    BASE.ColorSpace: 1,
}
MAIN = {
    BASE.Make: "Canon",
    BASE.Model: "Canon EOS R5",
    BASE.Software: "Darkroom 3",
    BASE.Artist: "Zoe",
    BASE.ImageDescription: "By the sea",
    0x4746: 4,
}
PLACE = {
    GPS.GPSLatitudeRef: "S",
    GPS.GPSLatitude: (33.0, 51.0, 25.2),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (151.0, 12.0, 55.08),
    GPS.GPSAltitude: 19.0,
    GPS.GPSAltitudeRef: b"\x01",
}


def camera_exif(
    main: Mapping[int, Any] = MAIN,
    photo: Mapping[int, Any] = PHOTO,
    place: Mapping[int, Any] = PLACE,
) -> bytes:
    """The EXIF block of a photo, as Pillow's `save` takes it."""
    made = Image.Exif()
    made.update(main)
    made.get_ifd(ExifTags.IFD.Exif).update(photo)
    made.get_ifd(ExifTags.IFD.GPSInfo).update(place)
    return made.tobytes()

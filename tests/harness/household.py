"""A library as people have it: albums, a phone's backup of them, bursts, screenshots, downloads."""

from __future__ import annotations

import shutil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from harness.exif import camera_exif
from harness.photos import small_photo

ALBUM = ("coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png")


def household(folder: Path) -> Path:
    """Fifteen files: four copies, a burst of three, two screenshots alike, a smaller download."""
    album, phone = folder / "Albums" / "Rome 2019", folder / "Phone backup" / "DCIM"
    phone.mkdir(parents=True)
    for number, photo in enumerate(ALBUM, start=1):
        path = small_photo(
            photo, album / f"IMG_{number}.jpg", size=(480, 360), quality=92, exif=camera_exif()
        )
        shutil.copyfile(path, phone / path.name)
    small_photo("coffee.png", folder / "Downloads" / "IMG_1 (1).jpg", size=(240, 180), quality=90)
    _burst(folder / "Camera" / "Burst")
    _screenshots(folder / "Screenshots")
    return folder


def _burst(folder: Path) -> None:
    """Three photos of one moment, two of them a little shaken."""
    folder.mkdir(parents=True)
    moment = Image.open(small_photo("retina.jpg", folder / "1.jpg", size=(420, 420), quality=95))
    for number, radius in ((2, 0.6), (3, 1.0)):
        blurred = moment.convert("RGB").filter(ImageFilter.GaussianBlur(radius))
        blurred.save(folder / f"{number}.jpg", quality=95)


def _screenshots(folder: Path) -> None:
    """Two of one page, on which a letter is another one; and one of something else."""
    first = small_photo("text.png", folder / "Screenshot 1.png", size=(448, 172))
    with Image.open(first) as page:
        second = page.convert("RGB")
    ImageDraw.Draw(second).rectangle((300, 140, 307, 143), fill=(60, 60, 60))
    second.save(folder / "Screenshot 2.png")
    small_photo("clock_motion.png", folder / "Screenshot 3.png", size=(400, 300))

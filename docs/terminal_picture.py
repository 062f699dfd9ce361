"""Draws the README's terminal picture: a real search, run on a real terminal, as an SVG.

    python docs/terminal_picture.py docs/search.svg

It makes a folder of photos (scikit-image's, from the test extra), runs `difctl search` on it in a
pseudo-terminal, and renders what came out with rich.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import skimage.data
from PIL import Image
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS = 108

THEME = TerminalTheme(
    (24, 26, 31),
    (220, 223, 228),
    [
        (63, 68, 81),
        (224, 85, 97),
        (140, 194, 101),
        (209, 143, 82),
        (74, 165, 240),
        (193, 98, 222),
        (66, 179, 194),
        (215, 218, 224),
    ],
    [
        (79, 86, 102),
        (255, 97, 110),
        (165, 224, 117),
        (240, 164, 93),
        (77, 196, 255),
        (222, 115, 255),
        (76, 209, 224),
        (230, 230, 230),
    ],
)


def make_photos(folder: Path) -> None:
    """A small album with a copy, a turned copy, and a photo that was saved again."""
    photos = Path(skimage.data.__file__).parent
    (folder / "2024").mkdir(parents=True)
    shutil.copyfile(photos / "coffee.png", folder / "coffee.png")
    shutil.copyfile(photos / "coffee.png", folder / "2024" / "coffee (copy).png")
    shutil.copyfile(photos / "rocket.jpg", folder / "2024" / "launch.jpg")
    with Image.open(photos / "chelsea.png") as cat:
        cat.save(folder / "cat.png")
        cat.transpose(Image.Transpose.ROTATE_90).save(folder / "2024" / "cat upright.png")
        cat.convert("RGB").save(folder / "2024" / "cat.jpg", quality=93)
    shutil.copyfile(photos / "moon.png", folder / "2024" / "moon.png")


def on_a_terminal(command: list[str], environment: dict[str, str], folder: Path) -> str:
    """What the command prints on a terminal of COLUMNS columns."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=environment, cwd=folder
    )
    os.close(theirs)
    output = io.BytesIO()
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        output.write(part)
    os.close(ours)
    if process.wait() != 0:
        raise SystemExit(output.getvalue().decode())
    return output.getvalue().decode()


def main() -> None:
    """Run the search and write the picture."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="difd-") as place:
        root = Path(place)
        make_photos(root / "Pictures")
        environment = dict(os.environ, COLUMNS=str(COLUMNS), TERM="xterm-256color")
        for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "CONFIG_HOME"):
            (root / name).mkdir(mode=0o700)
            environment[f"XDG_{name}"] = str(root / name)
        difctl = str(Path(sys.executable).with_name("difctl"))
        arguments = ["search", "Pictures", "-s", "similar"]
        try:
            shown = on_a_terminal([difctl, *arguments], environment, root)
        finally:
            subprocess.run([difctl, "daemon", "stop"], env=environment, check=True)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ difctl {' '.join(arguments)}"), style="bold")
    console.print(Text.from_ansi(shown.replace("\r\n", "\n").replace(f"{root}/", "~/").rstrip()))
    svg = console.export_svg(title="difctl search", theme=THEME)
    # The picture brings no font of its own and loads none.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    target.write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE))


if __name__ == "__main__":
    main()

"""The tools that difd is measured against, each run as its users run it, and difd itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DIFPY = """
import json, sys, time
import difPy
if __name__ == "__main__":
    folder, similarity, processes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    begun = time.time()
    dif = difPy.build(folder, show_progress=False, processes=processes)
    built = time.time()
    found = difPy.search(dif, similarity=similarity, show_progress=False, processes=processes)
    matches = sum(len(entries) for entries in found.result.values())
    print(json.dumps([built - begun, time.time() - built, matches]))
"""


@dataclass(frozen=True)
class Run:
    """One run of a tool: wall-clock seconds, and what it found.

    Attributes:
        seconds: from start to end of the whole process.
        build, search: the parts that the tool itself reports, if it does.
        found: extra files, or entries of difPy's result.
    """

    seconds: float
    found: int
    build: float | None = None
    search: float | None = None


@contextmanager
def own_difd() -> Iterator[dict[str, str]]:
    """An environment in which difd has directories of its own; its daemon is ended at the end."""
    with tempfile.TemporaryDirectory(prefix="difd-") as place:
        environment = dict(os.environ)
        for name in ("RUNTIME_DIR", "STATE_HOME", "CACHE_HOME", "CONFIG_HOME"):
            Path(place, name).mkdir(mode=0o700)
            environment[f"XDG_{name}"] = str(Path(place, name))
        try:
            yield environment
        finally:
            subprocess.run(
                [difctl(), "daemon", "stop"], env=environment, capture_output=True, check=False
            )


def difctl() -> str:
    """The command of the Python that runs this."""
    return str(Path(sys.executable).with_name("difctl"))


def run_difd(environment: dict[str, str], folder: Path, *options: str) -> Run:
    """`difctl search --json`, from start to end."""
    begun = time.perf_counter()
    answer = subprocess.run(
        [difctl(), "search", folder, "--json", *options],
        env=environment,
        capture_output=True,
        check=True,
    )
    seconds = time.perf_counter() - begun
    document = json.loads(answer.stdout)
    process = document["stats"]["process"]
    return Run(
        seconds,
        sum(len(entries) for entries in document["result"].values()),
        process["build"]["duration"]["seconds_elapsed"],
        process["search"]["duration"]["seconds_elapsed"],
    )


def run_difpy(folder: Path, similarity: str) -> Run:
    """difPy 4.2.1 as a script, on all processors."""
    with tempfile.TemporaryDirectory() as place:
        script = Path(place, "script.py")
        script.write_text(DIFPY)
        begun = time.perf_counter()
        answer = subprocess.run(
            [sys.executable, script, folder, similarity, str(os.cpu_count())],
            capture_output=True,
            text=True,
            check=True,
        )
    build, search, matches = json.loads(answer.stdout.splitlines()[-1])
    return Run(time.perf_counter() - begun, matches, build, search)


CZKAWKA = """
import sys
from czkawka import ImageSimilarity
search = ImageSimilarity()
search.set_directories([sys.argv[1]])
search.set_similarity(10)
print(sum(len(group) - 1 for group in search.find_similar()))
"""


def run_czkawka(folder: Path) -> Run:
    """czkawka's core, as PyPI has it, by its defaults but for the distance, which it demands."""
    begun = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-c", CZKAWKA, folder], capture_output=True, text=True, check=True
    )
    return Run(time.perf_counter() - begun, int(answer.stdout.split()[-1]))


def run_find_dups(folder: Path) -> Run:
    """`find-dups` of duplicate_images, on all processors."""
    program = str(Path(sys.executable).with_name("find-dups"))
    command = [program, "--algorithm", "dhash", "--parallel", "--on-equal", "print", str(folder)]
    seconds, output = _timed(command)
    return Run(seconds, len(output.splitlines()))


def run_loads(folder: Path, *, reduced: bool) -> Run:
    """The floor: Pillow's bare `load()` in a process for each processor; nothing is compared."""
    files = sorted(map(str, folder.glob("*.jpg")))
    begun = time.perf_counter()
    count = os.cpu_count() or 1
    parts = [
        subprocess.Popen(
            [sys.executable, "-c", LOADS, str(int(reduced))], stdin=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    for number, part in enumerate(parts):
        assert part.stdin is not None
        part.stdin.write("\n".join(files[number::count]))
        part.stdin.close()
    if any(part.wait() for part in parts):
        raise SystemExit("a bare load failed")
    return Run(time.perf_counter() - begun, 0)


LOADS = """
import sys
from PIL import Image
for path in sys.stdin.read().splitlines():
    picture = Image.open(path)
    if sys.argv[1] == "1":
        picture.draft("RGB", (200, 200))
    picture.load()
"""


def run_findimagedupes(folder: Path) -> Run:
    """Debian's findimagedupes, with its own threshold and without a stored database."""
    seconds, output = _timed(["findimagedupes", "-R", "--", str(folder)])
    # A group a line, names apart by spaces; the names of the corpus have none.
    return Run(seconds, sum(max(0, len(line.split()) - 1) for line in output.splitlines()))


def run_jdupes(folder: Path) -> Run:
    """Debian's jdupes, which finds equal bytes only: the floor for what reading costs."""
    seconds, output = _timed(["jdupes", "-q", "-r", str(folder)])
    # A name a line, groups apart by empty lines.
    return Run(seconds, sum(max(0, len(group.splitlines()) - 1) for group in output.split("\n\n")))


def require_peers() -> None:
    """Leave before anything is measured if a program of Debian's is missing that will be needed."""
    missing = [peer for peer in ("findimagedupes", "jdupes") if shutil.which(peer) is None]
    if missing:
        raise SystemExit(f"Missing: apt-get install {' '.join(missing)}")


def _timed(command: list[str]) -> tuple[float, str]:
    begun = time.perf_counter()
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if answer.returncode not in {0, 1}:
        raise SystemExit(answer.stderr)
    return seconds, answer.stdout

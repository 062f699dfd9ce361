"""The site of the documentation: every page is in it, and every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_is_built_without_a_warning_and_loads_nothing_from_elsewhere(tmp_path):
    """Links, anchors and pages that are in no menu are warned of by sphinx itself."""
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", "--keep-going", ROOT / "docs", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    pages = list(tmp_path.glob("*.html"))
    assert len(pages) > 25
    for page in pages:
        for tag in re.findall(r"<(?:script|img|link|iframe|source)[^>]*>", page.read_text()):
            assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", tag), (page.name, tag)


def test_links_of_the_readme_lead_to_files_that_are_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    assert len(links) > 20
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_stays_short():
    assert (ROOT / "README.md").stat().st_size <= 8192

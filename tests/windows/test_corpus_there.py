"""The corpus of odd images, searched in that Windows and here: the same, result for result."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.windows_python import windows_path
from harness.windows_results import said

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.mark.parametrize("part", ["variants", "hostile"])
@pytest.mark.parametrize("similarity", ["duplicates", "similar", "edited"])
def test_the_same_is_found(windows, instance, corpus, part, similarity):
    folder: Path = corpus / part
    options = ("--json", "--similarity", similarity, "--no-same-dim")
    there = windows.difctl("search", *options, windows_path(folder), timeout=800)
    here = instance.difctl("search", *options, folder, timeout=600)
    assert there.code == here.returncode, there
    assert said(there.output, windows_path(folder)) == said(here.stdout, str(folder))

"""The pages of this folder as a site: `sphinx-build -W docs build/site`.

Nothing is loaded from the network: theme, fonts and search are part of what is built.
"""

import re
from pathlib import Path

_VERSION = Path(__file__).parents[1] / "daemon/difd/protocol/version.py"

project = "difd"
author = "the authors of difd"
version = release = re.findall('^VERSION = "(.*)"', _VERSION.read_text(), re.MULTILINE)[0]
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
html_theme = "furo"
html_title = f"difd {version}"
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 3
# Every link in the pages has to lead somewhere.
nitpicky = True

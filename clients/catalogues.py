"""Collects every string that people read into the template, and brings the catalogues up to date.

    python clients/catalogues.py    writes locale/difd.pot and every difd.po
    python hatch_build.py           compiles them, so that this installation speaks them

In a `.po` nothing is guessed: what is new is empty, what nobody says any more is gone. A test holds
that the template is fresh and that no catalogue lacks anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parent / "difclient"
LOCALE: Final = ROOT / "locale"
TEMPLATE: Final = LOCALE / "difd.pot"

_METHODS: Final = [
    ("**/templates/**.html", "jinja2"),
    ("**/static/vendor/**", "ignore"),
    ("**/static/**.js", "javascript"),
    ("**.py", "python"),
]
_KEYWORDS: Final[dict[str, Any]] = {"_": None, "marked": None, "counted": (1, 2)}
_HEADER: Final = "# What difd says to people. CONTRIBUTING.md says how to add a string.\n"


def strings(root: Path = ROOT) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Every string that people read: the file that says it, and its English, or both its forms."""
    found = extract_from_dir(root, _METHODS, keywords=_KEYWORDS, options_map={})
    for name, _line, message, _comments, _context in found:
        yield name.replace(os.sep, "/"), message


def template(root: Path = ROOT) -> Catalog:
    """The template: every string once, with the files that say it."""
    made = Catalog(project="difd", header_comment=_HEADER, charset="utf-8")
    for name, message in sorted(strings(root), key=lambda found: (found[0], str(found[1]))):
        made.add(message, locations=[(name, 0)])
    return made


def catalogue(language: str) -> Path:
    """Where the catalogue of a language is."""
    return LOCALE / language / "LC_MESSAGES" / "difd.po"


def written(catalog: Catalog) -> bytes:
    """A catalogue as a file, without what changes by itself: dates, lines, addresses."""
    out = BytesIO()
    write_po(out, catalog, width=100, ignore_obsolete=True, include_lineno=False, omit_header=True)
    return out.getvalue()


def main() -> None:
    """Write all of them."""
    new = template()
    head = _HEADER.encode()
    TEMPLATE.write_bytes(head + b"\n" + written(new))
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/difd.po")):
        with path.open("rb") as file:
            old = read_po(file, locale=path.parts[-3])
        comment = path.read_bytes().partition(b'\nmsgid ""\n')[0]
        old.update(new, no_fuzzy_matching=True)
        forms = f"nplurals={old.num_plurals}; plural={old.plural_expr};"
        header = (
            '\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            f'"Language: {path.parts[-3]}\\n"\n"Plural-Forms: {forms}\\n"\n\n'
        )
        path.write_bytes(comment + header.encode() + written(old))


if __name__ == "__main__":
    main()

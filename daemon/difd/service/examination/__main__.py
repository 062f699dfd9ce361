"""Prints what was found as a JSON list of `Finding`s; whatever fails is a finding, too."""

from __future__ import annotations

import importlib
import os
from typing import Final

import msgspec

from difd.protocol.findings import Finding
from difd.system import installed

_SECTIONS: Final = {
    "Directories": "difd.service.examination.places:directories",
    "Settings": "difd.service.examination.places:settings",
    "Limits": "difd.service.examination.places:limits",
    "Journals and cache": "difd.service.examination.stores:stores",
    "Engine": "difd.service.examination.engine:engine",
}
"""Each is imported when its turn comes: one that cannot be takes none of the others with it."""


def main() -> None:
    """Look at everything."""
    # Libraries may print; nobody but us writes where the client reads.
    ours = os.dup(1)
    os.dup2(2, 1)
    findings: list[Finding] = []
    for section, place in _SECTIONS.items():
        module, name = place.split(":")
        try:
            findings += getattr(importlib.import_module(module), name)(section)
        except Exception as error:  # noqa: BLE001  whatever is broken is what was asked for
            says = f"cannot be looked at: {type(error).__name__}: {error}"
            findings.append(Finding(section, section, "broken", says, installed.again()))
    with open(ours, "wb") as answer:
        answer.write(msgspec.json.encode(findings))


if __name__ == "__main__":
    main()

"""What a search said, as Windows and this system say it alike."""

from __future__ import annotations

import json


def said(output: str, root: str) -> dict:
    """The result of `difctl search --json`, with names from the folder on and in one order.

    A separator of names is sorted elsewhere there, and times are kept in steps of 100 ns.

    Args:
        output: what was printed.
        root: the folder as it was given.
    """
    whole = json.loads(output)
    kept = {name: whole[name] for name in ("result", "groups", "notices", "left_out")}
    kept["invalid"] = whole["stats"]["invalid_files"]
    text = json.dumps(kept, ensure_ascii=False)
    folder = json.dumps(root, ensure_ascii=False).strip('"')
    alike = json.loads(text.replace(folder, "").replace("\\\\", "/"))
    for group in alike["groups"]:
        del group["id"]
        group["keep"].sort()
        for name in ("files", "edited"):
            group[name].sort(key=lambda file: file["path"])
            for file in group[name]:
                file["modified"] = file["modified"][:19]
    alike["groups"].sort(key=lambda group: group["files"][0]["path"])
    return alike

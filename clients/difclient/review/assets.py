"""The files of the page: read once, served by name, so that no path of a request meets the disk."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Assets:
    """Style sheets, scripts and drawings, in memory."""

    def __init__(self) -> None:
        root = files("difclient.review") / "static"
        self._files: dict[str, tuple[bytes, str]] = {}
        for folder in (root, root / "vendor"):
            for entry in folder.iterdir():
                kind = _KINDS.get("." + entry.name.rpartition(".")[2])
                if kind is not None:
                    self._files[entry.name] = entry.read_bytes(), kind

    async def answer(self, request: Request) -> Response:
        """The file that a request names."""
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "There is no such file.")
        content, kind = found
        return Response(content, media_type=kind)

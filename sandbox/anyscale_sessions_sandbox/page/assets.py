"""The files of the page, which contain no data and need no token."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ASSETS_PREFIX = "/_sandbox/page/"
INDEX = "index.html"
TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A browser asks each time, because another version of the sandbox may be served at the same address.
    "Cache-Control": "no-cache",
}


class Asset(NamedTuple):
    """A file of the page."""

    content: bytes
    media_type: str
    tag: str


def routes() -> list[Route]:
    """The routes of the page itself."""
    return [Route("/", _index), Route(ASSETS_PREFIX + "{name:path}", _asset)]


async def _index(request: Request) -> Response:
    return _response(request, INDEX)


async def _asset(request: Request) -> Response:
    return _response(request, request.path_params["name"])


def _response(request: Request, name: str) -> Response:
    asset = all_assets().get(name)
    if asset is None:
        return Response("The page has no such file.\n", 404, HEADERS, "text/plain")
    headers = HEADERS | {"ETag": asset.tag}
    if request.headers.get("if-none-match") == asset.tag:
        return Response(None, 304, headers)
    return Response(asset.content, 200, headers, asset.media_type)


@cache
def all_assets() -> dict[str, Asset]:
    """The files of the page by their names. Only these can be requested, so no name leads out of the folder."""
    return dict(_found(files("anyscale_sessions_sandbox.page").joinpath("assets"), ""))


def _found(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for item in folder.iterdir():
        media_type = TYPES.get(item.name.rpartition(".")[2])
        if item.is_dir():
            found += _found(item, f"{prefix}{item.name}/")
        elif media_type:
            content = item.read_bytes()
            tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
            found.append((prefix + item.name, Asset(content, media_type, tag)))
    return found

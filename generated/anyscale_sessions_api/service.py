# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""Where the Sessions API is served, and how requests authenticate, as the spec says."""

from __future__ import annotations

from typing import Final

HOST: Final = "https://api.anyscale.com"
"""Scheme and authority of the server; empty if the spec does not name one."""

BASE_PATH: Final = "/v0"
"""What precedes the path of each operation."""

TOKEN_COOKIE: Final = "cli_token"
"""The cookie that carries the token; empty if another header does."""

TOKEN_HEADER: Final = "cookie"
"""The header that carries the token, in lower case; empty if requests do not authenticate."""

TOKEN_PREFIX: Final = "cli_token="
"""What precedes the token in its header."""

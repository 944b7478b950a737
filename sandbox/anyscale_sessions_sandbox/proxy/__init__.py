"""Proxies for the services of sessions: each listens on its own loopback port and requires a token of the session."""

from __future__ import annotations

from .access import Access, head_access, user_service_access
from .proxies import Proxies
from .route import Limits

__all__ = ["Access", "Limits", "Proxies", "head_access", "user_service_access"]

"""`SessionsClient` and `AsyncSessionsClient`: the operations of the API, and flows of several calls on top."""

from .aio import AsyncSessionsClient as AsyncSessionsClient
from .sync import SessionsClient as SessionsClient

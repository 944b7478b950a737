"""msgspec Structs with the fields and types of our models: the floor for codecs."""

from typing import Any, get_type_hints

import msgspec
from msgspec.inspect import type_info  # noqa: F401 - resolves the models' types once
from sample import APP

from anyscale_sessions_api.models.create_session import CreateSession
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.types import Model

IMPORT = "import msgspec"


def _struct(model: type[Model]) -> Any:
    hints = get_type_hints(model, include_extras=True)
    required = [(name, hints[name]) for name in ("name", "project_id", "id") if name in hints]
    optional = [(name, kind | None, None) for name, kind in hints.items() if name not in dict(required)]
    return msgspec.defstruct(model.__name__, required + optional, kw_only=True, omit_defaults=True)


_Create = _struct(CreateSession)
_Page = msgspec.defstruct("Page", [("results", list[_struct(Session)]), ("metadata", dict[str, Any])])
_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(_Page)


def build() -> bytes:
    """One session, described and as JSON."""
    return _encoder.encode(_Create(**APP))


def decode(data: bytes) -> Any:
    """A page of sessions."""
    return _decoder.decode(data)

# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
from ..types import OpenEnum


class UserServiceAccessTypes(OpenEnum):
    """Who may reach a session's user service: with `public`, everyone on the internet who has its token; with
    `private`, only those who have access to the session.
    """

    PRIVATE = "private"
    PUBLIC = "public"

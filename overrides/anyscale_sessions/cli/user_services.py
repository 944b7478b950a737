"""The command that opens the user service of a session in a browser."""

from __future__ import annotations

import webbrowser
from urllib.parse import urlencode, urlsplit, urlunsplit

import click

from anyscale_sessions._config.credentials import is_loopback
from anyscale_sessions.client import SessionsClient
from anyscale_sessions.exceptions import InvalidRequestError
from anyscale_sessions_api.models.session import Session
from anyscale_sessions_api.models.user_service_access_types import UserServiceAccessTypes

from .command import NAME, api_command
from .errors import CommandError
from .options import session_argument
from .session_names import session_id_of
from .settings import Settings


@api_command("open", examples_of=("open ses_1", "open nightly --project prj_1 --no-browser"))
@session_argument
@click.option("--no-browser", is_flag=True, help="Only print the URL.")
def open_service(settings: Settings, *, session: str, project: str | None, no_browser: bool) -> None:
    """Print the URL of a session's user service, open it in a browser, and say which header it needs.

    The browser is signed in if the service runs in a sandbox on this machine. The token is not printed.
    """
    with settings.client() as client:
        session_id = settings.ids["session_id"] = session_id_of(client, session, project)
        found = client.get_session(session_id)
        link = _sign_in_link(client, found)
    if not found.user_service_url:
        raise CommandError(
            f"session {session_id} has no user service (state: {found.state}); "
            f"wait until it runs: {NAME} wait {session_id}"
        )
    url = found.user_service_url
    is_private = found.user_service_access == UserServiceAccessTypes.PRIVATE
    field = "access_token" if is_private else "user_service_token"
    header = f"Authorization: Bearer <{field} of the session>"
    if is_private:
        remedy = "In Python, `client.user_service(session).headers` has the header."
    else:
        remedy = f"To see the token: {NAME} get {session_id} --show-token --query user_service_token"
    facts = {"url": url, "header": header, "token_field": field}
    settings.output.conclude(f"{url}\nIt needs the header {header}\n{remedy}", facts)
    if not no_browser:
        _open(settings, link or url)


def _sign_in_link(client: SessionsClient, session: Session) -> str | None:
    """The URL with the token of the service, if a sandbox of this machine runs it. None for any other service.

    A sandbox exchanges the token for a cookie. Any other server could write the whole URL to its log.
    """
    url = urlsplit(session.user_service_url or "")
    if url.scheme != "http" or not is_loopback(url.hostname or ""):
        return None
    try:
        token = client.user_service(session).headers["Authorization"].removeprefix("Bearer ")
    except InvalidRequestError:  # the session has no token
        return None
    query = "&".join(filter(None, (url.query, urlencode({"token": token}))))
    return urlunsplit(url._replace(path=url.path or "/", query=query))


def _open(settings: Settings, url: str) -> None:
    if urlsplit(url).scheme not in {"http", "https"}:  # a browser would also open files and run scripts
        raise CommandError(f"the URL of the user service is not opened, because it is not a web address: {url}")
    if not webbrowser.open(url):
        settings.output.note("no browser could be started; open the URL yourself", {"opened": False})

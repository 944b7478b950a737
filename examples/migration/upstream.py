"""Evaluate a model in a session with the upstream SDK (anyscale 0.5.182). ported.py does the same with this package."""

import sys
import time

from anyscale.sdk.anyscale_client.models import (
    CreateSession,
    CreateSessionCommand,
    StartSessionOptions,
    TerminateSessionOptions,
    UpdateSession,
)
from anyscale.sdk.anyscale_client.sdk import AnyscaleSDK
from anyscale_client.exceptions import ApiException

PROJECT_ID = "prj_1"
POLL_S = 0.1
TIMEOUT_S = 900

sdk = AnyscaleSDK()

# Find the session of the last run, or create one.
found = sdk.search_sessions(PROJECT_ID, {"name": {"equals": "evaluation"}}).results
if found:
    session = found[0]
else:
    session = sdk.create_session(
        CreateSession(
            name="evaluation",
            project_id=PROJECT_ID,
            uses_app_config=True,
            build_id="bld_1",
            compute_template_id="cpt_1",
        )
    ).result

# Start it, and wait until it runs.
ends_at = time.monotonic() + TIMEOUT_S
operation = sdk.start_session(session.id, StartSessionOptions()).result
while not operation.completed:
    if time.monotonic() > ends_at:
        sys.exit("the session did not start in time")
    time.sleep(POLL_S)
    operation = sdk.get_session_operation(operation.id).result
if operation.result and operation.result.error:
    sys.exit(operation.result.error.message)
session = sdk.get_session(session.id).result
print(session.name, session.state)

# Let the platform end it after half an hour without activity.
sdk.update_session(session.id, UpdateSession(idle_timeout=30))

# Run a command, and wait for its exit code.
command = sdk.create_session_command(
    CreateSessionCommand(session_id=session.id, shell_command="python evaluate.py")
).result
while command.finished_at is None:
    if time.monotonic() > ends_at:
        sys.exit("the command did not finish in time")
    time.sleep(POLL_S)
    command = sdk.get_session_command(command.id).result
print("exit code", command.status_code)

# List all sessions of the project, page by page.
names, token = [], None
while True:
    query = {"paging_token": token} if token else {}
    page = sdk.list_sessions(PROJECT_ID, count=2, **query)
    names += [listed.name for listed in page.results]
    token = page.metadata.next_paging_token
    if not token:
        break
print(sorted(names))

# Delete a session that may not exist.
try:
    sdk.delete_session("ses_old")
except ApiException as error:
    if error.status != 404:
        raise
    print("there is no ses_old")

# Terminate the session, and wait until that is done.
operation = sdk.terminate_session(session.id, TerminateSessionOptions()).result
while not operation.completed:
    if time.monotonic() > ends_at:
        sys.exit("the session did not end in time")
    time.sleep(POLL_S)
    operation = sdk.get_session_operation(operation.id).result
print(sdk.get_session(session.id).result.state)

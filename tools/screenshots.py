"""Write the pictures of the sandbox's page to docs/page: `python tools/screenshots.py`.

Each view is shown in both colour schemes, with made-up sessions and a fixed time. It needs Chromium,
playwright, and the installed project with its extra `sandbox`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

from anyscale_sessions import APIStatusError, CreateSession, CreateSessionCommand, SessionsClient
from anyscale_sessions_sandbox import Sandbox, Script, SystemClock, TransitionRule, VirtualRuntime, serve
from chromium import launched

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "page"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZE: ViewportSize = {"width": 1280, "height": 640}
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PROJECT = "prj_vision"
NAMES = ("nightly-evaluation", "gpu-sweep-17", "serving-canary", "train-resnet")
TRAINING = """epoch 1/3  loss 0.8123  accuracy 0.742
epoch 2/3  loss 0.4410  accuracy 0.861
epoch 3/3  loss 0.2987  accuracy 0.903
saved checkpoints/model.pt
"""


def main(folder: Path = FOLDER) -> None:
    """Write all pictures."""
    folder.mkdir(exist_ok=True)
    clock = SystemClock(START)
    clock.set_speed(0)
    runtime = VirtualRuntime([Script("python train.py.*", 0, 42.0, TRAINING, "UserWarning: no GPU was found\n")])
    with serve(clock=clock, ids_seed=1, runtime=runtime) as sandbox, launched() as browser:
        fill(sandbox)
        for scheme in SCHEMES:
            with browser.new_context(viewport=SIZE, color_scheme=scheme) as context:
                page = context.new_page()
                for view, show in VIEWS.items():
                    page.goto("about:blank")  # the address alone would not load the page again
                    page.goto(sandbox.page_url or "")
                    page.get_by_text("Live", exact=True).wait_for()
                    show(page)
                    page.screenshot(path=folder / f"{view}-{scheme}.png", animations="disabled")


def fill(sandbox: Sandbox) -> None:
    """Make sessions in many states, requests, faults and rules."""
    sandbox.transition_rules.add(
        TransitionRule("StartingUp", "StartupErrored", after_s=20.0, message="No capacity.", sessions="gpu-*")
    )
    with SessionsClient(sandbox.token, host=sandbox.url, max_attempts=1) as client:
        nightly, gpu, serving, training = (create(client, sandbox, name) for name in NAMES)
        for session_id in (nightly, gpu, serving):
            client.start_session(session_id)
        sandbox.clock.advance(minutes=1)
        run(client, nightly, "python evaluate.py")
        sandbox.clock.advance(minutes=121)
        client.start_session(training)
        client.start_session(serving)
        sandbox.clock.advance(seconds=40)
        run(client, training, "pip install -r requirements.txt")
        sandbox.clock.advance(seconds=15)
        run(client, training, "python train.py --epochs 3")
        sandbox.clock.advance(seconds=50)
        sandbox.faults.add("throttle", operation="start_session", retry_after=30)
        sandbox.faults.add("reset", phase="after", operation="create_session", nth=3)
        with suppress(APIStatusError):
            client.start_session(nightly)
        run(client, training, "sleep 600")
        client.terminate_session(serving)
        create(client, sandbox, "notebook")


def create(client: SessionsClient, sandbox: Sandbox, name: str) -> str:
    """Create a session, and return its id. The next one is created later."""
    body = CreateSession(
        name=name, project_id=PROJECT, uses_app_config=True, build_id="bld_torch", compute_template_id="cpt_gpu_small"
    )
    session_id = client.create_session(body).id
    sandbox.clock.advance(seconds=7)
    return session_id


def run(client: SessionsClient, session_id: str, text: str) -> None:
    """Start a command."""
    client.create_session_command(CreateSessionCommand(session_id=session_id, shell_command=text))


def show_sessions(page: Page) -> None:
    """The states of a session that was used, and has ended."""
    page.get_by_role("listbox").get_by_text("nightly-evaluation").click()
    page.get_by_role("table", name="States").wait_for()


def show_commands(page: Page) -> None:
    """The output of a command."""
    page.get_by_role("listbox").get_by_text("train-resnet").click()
    page.get_by_role("tab", name="Commands").click()
    page.get_by_role("list").get_by_text("python train.py").click()
    page.get_by_role("log", name="Standard error").get_by_text("UserWarning").wait_for()


def show_new_session(page: Page) -> None:
    """The form for a new session, half filled in."""
    page.get_by_role("button", name="New session").click()
    page.get_by_role("textbox", name="Name").fill("train-vit")
    page.get_by_role("textbox", name="Build").fill("bld_torch")
    page.get_by_text("Still missing: compute_template_id.").wait_for()


def show_journal(page: Page) -> None:
    """A request that a fault hit."""
    page.get_by_role("navigation").get_by_role("button", name="Journal").click()
    page.get_by_role("listbox").get_by_text("429").click()
    page.get_by_role("heading", name="Response").wait_for()


def show_faults(page: Page) -> None:
    """The faults and the rules."""
    page.get_by_role("navigation").get_by_role("button", name="Faults").click()
    page.get_by_role("table", name="Transition rules").wait_for()


VIEWS: Mapping[str, Callable[[Page], None]] = {
    "sessions": show_sessions,
    "commands": show_commands,
    "new-session": show_new_session,
    "journal": show_journal,
    "faults": show_faults,
}

if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

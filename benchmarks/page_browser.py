"""Measure the live page in Chromium: `tox -e bench-sandbox`.

It measures the time from the start of loading to the first row, and how long the page works on one update: from the
call of its script to the end of the layout. It exits with 1 above a limit.
"""

import statistics
from typing import NamedTuple

from page import Sandbox, serving
from playwright.sync_api import Browser, Page

from chromium import MissingBrowserError, launched

SIZES = (1_000, 10_000)
ROUNDS = 10
TIMEOUT_MS = 60_000
FIRST_ROWS_LIMIT_MS = 500.0
UPDATE_LIMIT_MS = 50.0

# What the page is observed with: the time of its first row, and the duration of each of its frames with the layout.
OBSERVER = """
window.frames_ms = [];
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) => request((time) => {
  const begin = performance.now();
  callback(time);
  document.body.offsetHeight;
  window.frames_ms.push(performance.now() - begin);
});
new MutationObserver((changes, observer) => {
  if (!document.querySelector('.row')) return;
  window.first_row_ms = performance.now();
  observer.disconnect();
}).observe(document, {childList: true, subtree: true});
"""


class Loaded(NamedTuple):
    """The times of the first row and of all rows, and the longest frame until then, in milliseconds."""

    first_row_ms: float
    all_rows_ms: float
    longest_frame_ms: float


def load(browser: Browser, sandbox: Sandbox, sessions: int) -> tuple[Page, Loaded]:
    """Open the page in a new profile, and wait for all rows."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(OBSERVER)
    page.goto(f"http://127.0.0.1:{sandbox.port}/#token={sandbox.token}")
    total = page.locator(f".list[data-total='{sessions}']")
    total.wait_for(timeout=TIMEOUT_MS)
    first_row_ms, now_ms, frames_ms = page.evaluate("[first_row_ms, performance.now(), frames_ms]")
    return page, Loaded(first_row_ms, now_ms, max(frames_ms))


def update_ms(page: Page, sandbox: Sandbox, number: int) -> float:
    """How long the page works on one update, with a new session and a changed one."""
    page.evaluate("frames_ms.length = 0")
    name = f"new-{number}"
    fields = {"project_id": "prj_1", "uses_app_config": True, "build_id": "b", "compute_template_id": "c"}
    sandbox.remote.seed({"sessions": [{**fields, "id": f"ses_new_{number}", "name": name, "state": "Running"}]})
    page.get_by_role("listbox").get_by_text(name, exact=True).wait_for()
    sandbox.remote.transition(f"ses_new_{number}", "Updating")
    page.get_by_role("option").filter(has_text=name).get_by_text("Updating", exact=True).wait_for()
    longest: float = page.evaluate("Math.max(...frames_ms)")
    return longest


def filter_ms(page: Page) -> float:
    """How long the page works on one typed character of the filter."""
    page.evaluate("frames_ms.length = 0")
    page.get_by_role("searchbox").press_sequentially("session-9", delay=20)
    longest: float = page.evaluate("Math.max(...frames_ms)")
    page.get_by_role("searchbox").fill("")
    return longest


def main() -> None:
    """Print the figures, and exit with 1 if one is above its limit."""
    too_slow: list[str] = []
    with launched() as browser:
        for size in SIZES:
            with serving(size) as sandbox:
                load(browser, sandbox, size)[0].context.close()  # the first page also compiles the browser's own code
                page, loaded = load(browser, sandbox, size)
                updates_ms = [update_ms(page, sandbox, number) for number in range(ROUNDS)]
                typing_ms = filter_ms(page)
                page.context.close()
            update = statistics.median(updates_ms)
            print(f"{size:,} sessions in the browser:")
            print(f"  first row after {loaded.first_row_ms:.0f} ms, all rows after {loaded.all_rows_ms:.0f} ms")
            print(f"  the longest frame while loading took {loaded.longest_frame_ms:.1f} ms")
            print(f"  an update takes {update:.1f} ms (median), {max(updates_ms):.1f} ms (longest)")
            print(f"  a character of the filter takes {typing_ms:.1f} ms (longest)")
            if size == SIZES[0] and loaded.first_row_ms > FIRST_ROWS_LIMIT_MS:
                too_slow.append(f"the first row of {size:,} sessions takes more than {FIRST_ROWS_LIMIT_MS:.0f} ms")
            if update > UPDATE_LIMIT_MS:
                too_slow.append(f"an update with {size:,} sessions takes more than {UPDATE_LIMIT_MS:.0f} ms")
    if too_slow:
        raise SystemExit("; ".join(too_slow))


if __name__ == "__main__":
    try:
        main()
    except MissingBrowserError as error:
        print(f"the page was not measured: {error}")

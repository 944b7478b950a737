"""How hard property tests look (`HYPOTHESIS_PROFILE`, `tox -e nightly`, `tox -e mutation`); Ctrl-C for all tests."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec

# A run in the background is started with SIGINT ignored, and so would every process of the tests be.
signal.signal(signal.SIGINT, signal.default_int_handler)

if find_spec("hypothesis"):  # not where the distributions are tested
    from hypothesis import Phase, settings

    # No deadlines: other work on the machine is no fault of a test.
    settings.register_profile("normal", deadline=None)
    settings.register_profile("nightly", deadline=None, max_examples=2000)
    # The same few examples for every mutant, and no time spent on telling of a failure well.
    settings.register_profile(
        "mutation",
        deadline=None,
        max_examples=20,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))

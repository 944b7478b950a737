"""How hard the property tests look: `HYPOTHESIS_PROFILE` says it, as do `tox -e nightly` and `tox -e mutation`."""

from __future__ import annotations

import os
from importlib.util import find_spec

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

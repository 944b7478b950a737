"""What runs and sweeps return."""

from __future__ import annotations

import pickle

from anyscale_sessions.fleet import FleetResult, Swept


def test_an_item_is_done_unless_it_has_an_error() -> None:
    """A result without an error is done, also if `work` returned `None`."""
    assert FleetResult("k1", None, None, "ses_1", 1.0).is_done
    assert not FleetResult("k1", None, LookupError(), "ses_1", 1.0).is_done


def test_results_can_be_pickled() -> None:
    """The results of items and sweeps can be sent between processes."""
    for result in (FleetResult("k1", 7, None, "ses_1", 1.0), Swept(("ses_1",), (), ("ses_2",))):
        assert pickle.loads(pickle.dumps(result)) == result

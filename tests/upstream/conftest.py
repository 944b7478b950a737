"""Imports the upstream SDK once, quietly: what its own imports warn of is not ours to mend."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import anyscale.sdk.anyscale_client.sdk  # noqa: F401

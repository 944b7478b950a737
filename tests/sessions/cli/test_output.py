"""Tests for `cli/output.py`: each format has an output with the same methods."""

from __future__ import annotations

import pytest

from anyscale_sessions.cli.data_output import DataOutput
from anyscale_sessions.cli.output import OUTPUT_FORMATS, Output
from anyscale_sessions.cli.settings import Settings
from anyscale_sessions.cli.text_output import NameOutput, TextOutput

KINDS = {"table": TextOutput, "json": DataOutput, "yaml": DataOutput, "name": NameOutput}
METHODS = {name for name in vars(Output) if not name.startswith("_")}


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_each_format_has_an_output(output_format: str) -> None:
    """Each format has an output, which has every method of `Output`."""
    output = Settings(output_format=output_format).output
    assert type(output) is KINDS[output_format]
    assert {name for name in METHODS if callable(getattr(output, name, None))} == METHODS

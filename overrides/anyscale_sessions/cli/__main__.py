"""Lets `python -m anyscale_sessions.cli` do what `anyscale-sessions` does."""

import sys

from . import main

sys.exit(main())

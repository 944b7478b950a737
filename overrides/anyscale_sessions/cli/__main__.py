"""Makes `python -m anyscale_sessions.cli` work like `anyscale-sessions`."""

import sys

from . import main

sys.exit(main())

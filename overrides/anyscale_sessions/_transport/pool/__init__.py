"""Our connection pool over httpcore, with a deadline for each call."""

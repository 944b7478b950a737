"""The live page of a sandbox, and the feed that keeps it up to date. It is imported at the first use of either."""

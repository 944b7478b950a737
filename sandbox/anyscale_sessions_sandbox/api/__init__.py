"""The Sessions API: one handler for each operation."""

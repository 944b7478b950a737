"""A free list of httpcore connections, with a deadline for each call."""

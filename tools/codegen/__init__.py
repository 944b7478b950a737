"""Around the generator: its input, checks of its output, atomic replacement."""

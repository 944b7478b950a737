"""Checks of the source text that no linter offers: import cycles, words, docstrings of tests."""

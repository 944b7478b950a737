"""Sends over an HTTP client that the caller made."""

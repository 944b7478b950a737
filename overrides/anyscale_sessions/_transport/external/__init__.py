"""Requests over an HTTP client of the caller."""

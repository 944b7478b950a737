# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""The operations of the Sessions API as pure functions, by tag: each returns an `Operation` and sends nothing."""

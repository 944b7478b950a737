# Generated from openapi.yaml: do not edit. Change the spec or templates/, then run: python tools/regenerate.py
"""Models and operations of the Sessions API, as generated from the spec; services import `anyscale_sessions` instead."""

"""Hooks, logging and OpenTelemetry."""

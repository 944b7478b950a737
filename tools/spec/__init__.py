"""Read openapi.yaml: load, resolve, walk, lint."""

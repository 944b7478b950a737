"""Compare openapi.yaml with the SDK that the vendor publishes."""

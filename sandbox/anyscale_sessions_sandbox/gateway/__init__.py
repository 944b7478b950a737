"""HTTP in, HTTP out, by the spec: routing, authentication, requests, validation, responses."""

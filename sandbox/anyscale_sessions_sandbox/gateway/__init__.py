"""HTTP in and HTTP out, as the OpenAPI document says: routes, authentication, requests, validation and responses."""

"""Whether a value, a field, a query or a body is what the spec allows, and what to say where it is not."""

"""The token, the host, the credentials file, and the options of a client."""

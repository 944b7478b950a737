"""Where the token, the host and the options of a client come from."""

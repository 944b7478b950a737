"""The Sessions API: a handler for each operation, pages, and injected faults."""

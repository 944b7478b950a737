"""Every decision about a call, a retry, a recovery, a wait and a page: no socket, no clock, no await."""

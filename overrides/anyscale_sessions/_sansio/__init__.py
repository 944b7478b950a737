"""Every decision about a call, a retry, a recovery, a wait or a page: no sockets, no clock of its own, no await."""

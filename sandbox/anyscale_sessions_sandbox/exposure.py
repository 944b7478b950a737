"""The warning about a sandbox that other machines can reach."""

from __future__ import annotations

from .gateway.addresses import is_loopback
from .runtimes.virtual import VirtualRuntime

# The addresses that stand for every address of the machine.
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - nothing is bound to them here
# What someone with the token can do, if sessions are state only, and if commands really run.
READS_AND_CHANGES = "can read and change everything in it, including the tokens of its sessions"
RUNS_COMMANDS = "can run any command on this machine as the user who started it, and read and delete that user's files"


def exposure_warning(address: str, port: int, runtime: str) -> str | None:
    """What it means that a sandbox with this runtime listens on an IP address. None for a loopback address."""
    if is_loopback(address):
        return None
    place = f"all network addresses of this machine ({address})" if address in EVERY_ADDRESS else address
    opens = READS_AND_CHANGES if runtime == VirtualRuntime.name else RUNS_COMMANDS
    return (
        f"the sandbox listens on {place}, port {port}, so other machines can connect to it. Anyone who has its token "
        f"{opens}. The connection is not encrypted, so the network can see the token. If only this machine uses the "
        "sandbox, let it listen on 127.0.0.1, the default."
    )

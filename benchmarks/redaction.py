"""Measure how long redaction takes: an error response of 16 MiB that quotes a cluster config of 1 MiB.

The row is the median and the slowest of some rounds, with the limit. Run it with the package installed:
python benchmarks/redaction.py
"""

import json
import random
import statistics
import string
import sys
import time

from anyscale_sessions._redaction import redacted_body, redacted_starts
from anyscale_sessions._utils.secret_texts import SecretTexts

MIB = 1024 * 1024
RESPONSE_BYTES = 16 * MIB
CONFIG_BYTES = MIB
LINE_CHARACTERS = 40
PROBLEMS = 100
PROBLEM_CHARACTERS = 1000
ROUNDS = 9
LIMIT_MS = 50.0


def cluster_config() -> str:
    """A cluster config of lines that differ from each other."""
    generator = random.Random(1)  # noqa: S311 - test data
    lines = (
        f"key_{number:05}: " + "".join(generator.choices(string.ascii_letters, k=LINE_CHARACTERS - 12))
        for number in range(CONFIG_BYTES // LINE_CHARACTERS)
    )
    return "\n".join(lines)


def round_ms(body: bytes, config: str) -> float:
    """The CPU time that it takes to redact a body and the texts of its problems, with nothing prepared."""
    began = time.process_time()
    secrets = SecretTexts((config, "token-of-the-client"))
    shown = redacted_body(body, secrets)
    redacted_starts(["is not valid"] * 2 * PROBLEMS, secrets, PROBLEM_CHARACTERS)
    seconds = time.process_time() - began
    if "key_" in shown:
        sys.exit("the cluster config was not redacted")
    return seconds * 1000


def main() -> None:
    """Print the row."""
    config = cluster_config()
    body = json.dumps({"detail": config}).encode().ljust(RESPONSE_BYTES)
    rounds = [round_ms(body, config) for _ in range(ROUNDS)]
    median, slowest = statistics.median(rounds), max(rounds)
    what = f"redaction of a {len(body) // MIB} MiB response with a {CONFIG_BYTES // MIB} MiB cluster_config"
    print(f"| {what} | {median:.1f} ms of CPU (slowest {slowest:.1f} ms) | under {LIMIT_MS:.0f} ms |")
    if median >= LIMIT_MS:
        sys.exit(f"redaction takes {median:.1f} ms, which is not under {LIMIT_MS:.0f} ms")


if __name__ == "__main__":
    main()

"""Find words that the project has replaced, each with the word to use instead.

Only words are listed that have no other meaning here. Names of the standard library, of HTTP or of the spec, and plain
English words, are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PLACES = (
    "benchmarks", "docs", "examples", "overrides", "sandbox", "templates", "tests", "tools",
    "CONTRIBUTING.md", "README.md", "openapi.yaml", "pyproject.toml", "tox.ini",
)  # fmt: skip
SUFFIXES = frozenset({".css", ".html", ".ini", ".jinja", ".js", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"})
# The changelog names what was replaced; docs/benchmarks.md is written by a program.
NOT_CHECKED = ("node_modules/", "tools/checks/words.py", "tests/tools/checks/", "CHANGELOG.md", "docs/benchmarks.md")

# A regular expression for whole words, and what to write instead.
REPLACED = {
    # Public names
    "ApiError": "APIStatusError",
    "ConnectionFailed": "APIConnectionError",
    "CredentialsExposed": "InsecureCredentialsWarning",
    "InvalidCredentials": "InvalidCredentialsError",
    "InvalidRequest": "InvalidRequestError",
    "InvalidSession": "InvalidSessionError",
    "MissingCredentials": "MissingCredentialsError",
    "OperationFailed": "OperationFailedError",
    "(?:Create)?OutcomeUnknown": "OutcomeUnknownError or CreateOutcomeUnknownError",
    "RequestTimeout": "APITimeoutError",
    "ServerFault": "ServerError",
    "SessionUnreachableState": "UnreachableStateError",
    "Undecodable": "DecodeError",
    "UnusableSetting": "UnusableSettingWarning",
    "UserServiceTokenIgnored": "TokenIgnoredWarning",
    "WaitTimeout": "WaitTimeoutError",
    r"\w*[Rr]epl(?:y|ies|ied)(?:[A-Z_]\w*)?": "response",
    "(?:Request|Retry)Record": "RequestInfo or RetryInfo",
    r"serve\(moves=|states\.MOVES|sandbox move": "transition_rules, TRANSITIONS, sandbox transition",
    """transport=["'](?:httpx|fast)["']""": 'transport="httpcore" or transport="aiohttp"',
    # Names inside
    "AwaitedPage": "AsyncPageImpl",
    "GivenTransport": "ExternalClientTransport",
    "HAPPENINGS": "TIMER_HANDLERS",
    "Keeper": "SupervisorClient",
    "Lately": "RecentWrites",
    "NotOneObject": "InvalidJsonObject",
    "OwnTransport": "PooledTransport",
    "QuietTransport": "RedactedLogTransport",
    "Quota": "RetryBudget",
    "RELIES_ON": "REQUIRES",
    "REPEATABLE": "IDEMPOTENT",
    "SentTokens": "UsedTokens",
    "_?are_bad": "_failed_hooks",
    "are_talkative": "is_logging_enabled",
    "believed_at": "fresh_after",
    "client_base": "client.base",
    "cut_down": "redact_logs",
    "follow_rule": "apply_rule",
    "give_up": "abort",
    "header_names_lowered": "lower_headers",
    "is_certainly": "matches",
    "is_perhaps": "may_match",
    r"journey(?:s|\.\w+)?": "transition",
    "keep_for_good": "leak",
    "leave_to_parent": "after_fork",
    "let_go": "release",
    "may_repeat": "is_retryable",
    "refuse_mistyped": "check_field_types",
    r"\w*reliances?": "contract",
    "shown_body": "redacted_body",
    "spec_exchange|spec_tree|spec_words": "request_and_response, navigate, type_words",
    "spoil(?:t|s|ed)": "corrupt",
    "take_up": "adopt",
    r"told(?:_clearly)?": "reported, records, to_problem",
    "turn_to": "set_time",
    "usable_token": "validate_token",
    # Sentences
    r"a create(?! (?:request|body|call)\b)": "a create request",
    "a clock that tests can turn": "a controllable clock",
    "cannot come any more": "is no longer reachable",
    "go on by themselves": "paginate automatically",
    "half of a surrogate": "a lone surrogate",
    "is no (?:argument|field) of": "unexpected argument, unknown field",
    "it may have been done or not": "the outcome is unknown",
    r"mend(?:s|ed|ing)?": "fix",
    "not there after": "timed out after",
    "paid for out of": "draw on",
    "pass 1 for no repetition": "use 1 to disable retries",
    "(?:Regeneration|regeneration then) fails, and says so": "say it once, in tools/contracts",
    "somebody|whatever becomes of": "name who or what it is",
    r"[Ss]ought": "look for, expected; CreateFingerprint",
}
_PATTERN = re.compile("|".join(rf"(?<!\w)(?P<w{at}>{words})(?!\w)" for at, words in enumerate(REPLACED)))
_INSTEAD = tuple(REPLACED.values())


def wrong_words(root: Path) -> Iterator[str]:
    """A line for each use of a replaced word, with its place and what to write instead."""
    for path in _files(root):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for match in _PATTERN.finditer(line):
                instead = _INSTEAD[int((match.lastgroup or "w0")[1:])]
                yield f'{path.relative_to(root).as_posix()}:{number}: "{match[0]}": write instead: {instead}'


def _files(root: Path) -> Iterator[Path]:
    for place in PLACES:
        paths = sorted((root / place).rglob("*")) if (root / place).is_dir() else [root / place]
        for path in paths:
            name = path.relative_to(root).as_posix()
            if path.is_file() and path.suffix in SUFFIXES and not any(part in name for part in NOT_CHECKED):
                yield path

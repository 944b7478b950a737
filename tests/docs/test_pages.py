"""Tests that the pages agree with the code: names, options, exit codes, checks and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import click
import pytest

import anyscale_sessions
from anyscale_sessions.cli import errors, mapping_parser, session_files
from anyscale_sessions.cli.app import command_line
from anyscale_sessions.client.base import WAIT_TIMEOUT_S

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
ON_EVERY_GROUP = {"-h", "--help"}
ON_EVERY_COMMAND = {"--output", "-o", "--query", "--no-color", *ON_EVERY_GROUP}
ON_MOST_COMMANDS = {"--host", "--allow-http", "--ca-file"}


def table_under(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of docs/command-line.md, without its header."""
    section = COMMAND_LINE.partition(f"\n## {heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert lines
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[0].splitlines()[2:]]


def options_in(text: str) -> set[str]:
    """Return the options that a text names."""
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


def options_of(command: click.Command) -> set[str]:
    """Return the options of a command, in all their spellings."""
    with click.Context(command, help_option_names=["-h", "--help"]) as context:
        return {name for parameter in command.get_params(context) for name in parameter.opts if name.startswith("-")}


def test_every_command_and_option_is_on_the_page() -> None:
    """The table of commands lists each command with its arguments, its summary and exactly its options."""
    rows = {row[0].strip("`"): row for row in table_under("Commands")}
    commands = dict(commands_of(command_line, ""))
    assert set(rows) == {" ".join([name, *arguments_of(command)]) for name, command in commands.items()}
    for name, command in commands.items():
        _, summary, options = rows[" ".join([name, *arguments_of(command)])]
        assert summary == str(command.help).partition("\n\n")[0]
        shared = ON_EVERY_COMMAND if command.callback and "--output" in options_of(command) else ON_EVERY_GROUP
        assert options_in(options) | shared == options_of(command) - ON_MOST_COMMANDS, name


def commands_of(group: click.Group, prefix: str) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands of a group and of its subgroups, with their full names."""
    for name, command in group.commands.items():
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix}{name} ")


def arguments_of(command: click.Command) -> list[str]:
    """Return the arguments of a command as its help shows them."""
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    return [argument.metavar or str(argument.name).upper() for argument in arguments]


def test_every_option_is_explained() -> None:
    """The page explains each option of each command and of the command line itself."""
    commands = [command_line, *dict(commands_of(command_line, "")).values()]
    assert set().union(*map(options_of, commands)) <= options_in(COMMAND_LINE)


def test_the_page_about_tests_warns_first_of_mocks() -> None:
    """The page about tests first says which mocks do not see the default transport, and how they can."""
    first = (ROOT / "docs" / "testing-your-service.md").read_text(encoding="utf-8").split("\n\n")[1]
    assert "respx" in first
    assert "vcrpy" in first
    assert "do not see the default transport" in first
    assert "`SessionsClient(http_client=httpx.Client())`" in first


def test_every_exit_code_is_on_the_page() -> None:
    """The table of exit codes lists exactly the exit codes of the code, and so does the help text."""
    codes = {0, errors.FAILED, errors.OUTPUT_FAILED, *errors.EXIT_CODES.values()}
    assert {int(row[0]) for row in table_under("Exit codes")} == codes
    help_text = re.sub(r"\s+", " ", str(command_line.help)).partition("Exit codes:")[2]
    assert {int(code) for code in re.findall(r"(?:^|; ) ?(\d+) ", help_text)} == codes


def test_numbers_on_the_page_are_those_of_the_code() -> None:
    """The limits and defaults on the page are those of the code."""
    assert f"larger than {session_files.MAX_FILE_BYTES // 2**20} MiB" in COMMAND_LINE
    assert f"deeper than {mapping_parser.MAX_NESTING} levels" in COMMAND_LINE
    assert f"| The longest time to wait. | {WAIT_TIMEOUT_S:g} |" in COMMAND_LINE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link within the project leads to an existing file or folder."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_checks_that_exist(page: Path) -> None:
    """Each `tox -e NAME` on a page is an environment of tox.ini."""
    tox = ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    for name in re.findall(r"tox -e ([a-z]\w*)", page.read_text(encoding="utf-8")):
        assert tox.has_section(f"testenv:{name}"), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_files_that_exist(page: Path) -> None:
    """Each path in backquotes that begins with a folder of the project exists."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    for path in re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8")):
        if "/" in path and path.partition("/")[0] in folders:
            assert (ROOT / path).exists(), path


def test_troubleshooting_has_every_error_and_warning() -> None:
    """The page about errors has a section for every class of error and warning that callers can meet."""
    text = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    bases = (anyscale_sessions.SessionsError, anyscale_sessions.SessionsWarning)
    public = {name: getattr(anyscale_sessions, name) for name in anyscale_sessions.__all__}
    classes = {name for name, value in public.items() if isinstance(value, type) and issubclass(value, bases)}
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == classes - {
        "SessionsError",
        "SessionsWarning",
        "APIStatusError",
    }


def test_readme_is_short() -> None:
    """The README has fewer than 120 lines."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120


def test_readme_has_the_two_commands() -> None:
    """The README has the command that runs the demo, and the one that runs every check."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install '.[sandbox,cli]' && anyscale-sessions demo" in text
    assert "pip install tox && tox" in text


def test_changelog_has_this_version() -> None:
    """The newest version in the changelog is the version of the package."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert next(version for version in versions if version != "Unreleased") == anyscale_sessions.__version__


def test_every_fixture_of_the_plugin_is_in_the_readme() -> None:
    """The README names every fixture of the pytest plugin."""
    source = (Path(str(anyscale_sessions.__file__)).parent / "testing.py").read_text(encoding="utf-8")
    fixtures = re.findall(r"@pytest\.fixture\ndef (\w+)", source)
    assert fixtures
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in fixtures if f"`{name}`" not in text] == []

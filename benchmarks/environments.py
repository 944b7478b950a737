"""An environment for each contender, with nothing in it that another one needs; and the clients that are generated."""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
LOCKED = ROOT / "requirements" / "bench.txt"


class Contender(NamedTuple):
    """Who takes part.

    Attributes:
        name: as the table has it.
        adapter: its module in adapters/.
        requirements: what its environment holds, in the versions of requirements/bench.txt; without any, our wheel.
        extra: which of the wheel's extras is there too.
    """

    name: str
    adapter: str
    requirements: tuple[str, ...]
    extra: str = ""


OG_NEEDS = ("pydantic", "python-dateutil", "typing-extensions", "urllib3")
OURS = Contender("anyscale-sessions", "ours", ())
CONTENDERS = (
    OURS,
    Contender("anyscale-sessions, aiohttp", "ours_aiohttp", (), "[aiohttp]"),
    Contender("bare httpx", "bare_httpx", ("httpx",)),
    Contender("stock generator output", "stock", ("httpx", "attrs", "python-dateutil")),
    Contender("upstream SDK", "upstream", ("-r", str(ROOT / "requirements" / "upstream.txt"))),
    Contender("OpenAPI Generator", "openapi_generator", OG_NEEDS),
    Contender("aiohttp", "bare_aiohttp", ("aiohttp",)),
    Contender("msgspec Structs", "msgspec_structs", ()),
)


def made(contender: Contender, folder: Path, wheel: str) -> Path:
    """The Python of the contender's environment; one of an earlier run is used again where it would be the same."""
    environment = folder / contender.adapter
    python, label = environment / "bin" / "python", environment / "made-from.txt"
    made_from = _made_from(contender)
    if contender.requirements and label.exists() and label.read_text() == made_from:
        return python
    _run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(environment))
    limits = () if "-r" in contender.requirements else ("--constraint", str(LOCKED))
    install = ("uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python))
    _run(*install, *limits, *(contender.requirements or (wheel + contender.extra,)))
    if contender.adapter in GENERATED:
        packages = next((environment / "lib").glob("python*/site-packages"))
        GENERATED[contender.adapter](packages)
        _run(str(python), "-m", "compileall", "-q", str(packages))
    label.write_text(made_from)
    return python


def _made_from(contender: Contender) -> str:
    inputs = (LOCKED, ROOT / "requirements" / "upstream.txt", ROOT / "openapi.yaml", Path(__file__))
    digest = sha256(b"".join(path.read_bytes() for path in inputs)).hexdigest()
    return f"{sys.version} {contender.requirements} {digest}"


def _stock(target: Path) -> None:
    """What openapi-python-client makes of our spec by itself."""
    settings = target / "settings.yml"
    settings.write_text("post_hooks: []\n")
    command = ["openapi-python-client", "generate", "--path", str(ROOT / "openapi.yaml"), "--meta", "none"]
    _run(*command, "--config", str(settings), "--output-path", str(target / "stock_api"), "--overwrite")


def _openapi_generator(target: Path) -> None:
    """What OpenAPI Generator makes of our spec; its program is in a package, Java is not."""
    if shutil.which("java") is None:
        raise LookupError("no Java here, which OpenAPI Generator runs on")
    program = str(files("openapi_generator_cli").joinpath("openapi-generator.jar"))
    output = target.parent / "openapi-generator"
    command = ["java", "-jar", program, "generate", "-g", "python", "--package-name", "og_api"]
    _run(*command, "-i", str(ROOT / "openapi.yaml"), "-o", str(output), "--skip-validate-spec")
    shutil.move(output / "og_api", target / "og_api")


GENERATED = {"stock": _stock, "openapi_generator": _openapi_generator}


def _run(*command: str) -> None:
    found = Path(sys.executable).parent / command[0]
    words = [str(found) if found.exists() else command[0], *command[1:]]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env={**os.environ, "UV_NO_CONFIG": "1"})
    if done.returncode:
        raise LookupError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")

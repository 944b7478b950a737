"""The figures as a Markdown table and as a chart."""

from statistics import median, quantiles
from typing import NamedTuple
from xml.sax.saxutils import escape

Figures = dict[str, dict[str, list[float]]]
OURS, HTTPX, STOCK, UPSTREAM, STRUCTS = (
    "anyscale-sessions",
    "bare httpx",
    "stock generator output",
    "upstream SDK",
    "msgspec Structs",
)


class Line(NamedTuple):
    """A row of the table: what is measured, and its unit."""

    key: str
    title: str
    unit: str


LINES = (
    Line("import", "import, over `python -c pass`", "CPU ms"),
    Line("resolve", "import, both clients and CreateSession resolved, without httpx", "CPU ms"),
    Line("cold", "cold start to the first session, over http", "ms"),
    Line("cold_cpu", "the same", "CPU ms"),
    Line("build", "describe, check and encode one CreateSession", "CPU µs"),
    Line("decode", "decode a page of 1,000 sessions, per session", "CPU µs"),
    Line("decode_absent", "the same where the server leaves nulls out", "CPU µs"),
    Line("memory", "memory of a decoded session", "bytes"),
    Line("create", "one create over keep-alive", "CPU µs"),
    Line("create_given", "the same over the caller's own `httpx.Client`", "CPU µs"),
    Line("create_idle", "one create after a second without a call", "CPU µs"),
    Line("in_flight_1", "creates, 1 in flight (async or threads)", "CPU µs"),
    Line("in_flight_given", "the same over the caller's own `httpx.AsyncClient`", "CPU µs"),
    Line("in_flight_10", "creates, 10 in flight", "CPU µs"),
    Line("in_flight_100", "creates, 100 in flight", "CPU µs"),
    Line("in_flight_1000", "creates, 1,000 in flight", "CPU µs"),
    Line("pages", "iterate a list by pages, per session", "CPU µs"),
    Line("pages_grown", "the same: growth after two pages", "MiB"),
    Line("regenerate", "regenerate the package", "s"),
    Line("grown_generate", "generate it from a spec of 97 operations and 211 schemas", "CPU s"),
    Line("grown_check", "check what was generated from it", "CPU s"),
    Line("grown_import", "the same spec: growth of the import", "ms"),
    Line("grown_resolve", "the same spec: growth of the import with the client and CreateSession", "ms"),
)


class Reach(NamedTuple):
    """A goal: what to divide by what, and how much it may be at most."""

    title: str
    key: str
    by_key: str
    by: str | None
    limit: float
    of: str = OURS


AIOHTTP = "anyscale-sessions, aiohttp"
REACHES = (
    Reach("import, CPU ms", "import", "", None, 15),
    Reach("import with both clients and CreateSession, CPU ms", "resolve", "", None, 60),
    Reach("cold start, of bare httpx", "cold", "cold", HTTPX, 1.05),
    Reach("build, of stock output", "build", "build", STOCK, 0.45),
    Reach("decode, of msgspec Structs", "decode", "decode", STRUCTS, 1.6),
    Reach("decode, of stock output", "decode", "decode", STOCK, 0.16),
    Reach("memory, of msgspec Structs", "memory", "memory", STRUCTS, 1.1),
    Reach("one create, of bare httpx", "create", "create", HTTPX, 0.65),
    Reach("one create with every policy, of bare httpx with none", "create", "create", HTTPX, 1.15),
    Reach("one create with `http_client=`, of its own `post(json=)`", "create_given", "create", HTTPX, 1.1),
    Reach("the same, asynchronous", "in_flight_given", "in_flight_1", HTTPX, 1.1),
    *(
        Reach(f"{width} in flight, of bare httpx", f"in_flight_{width}", f"in_flight_{width}", HTTPX, 0.45)
        for width in (1, 10)
    ),
    Reach("100 in flight, of bare httpx", "in_flight_100", "in_flight_100", HTTPX, 0.17),
    Reach('100 in flight with `transport="aiohttp"`', "in_flight_100", "in_flight_100", HTTPX, 0.08, AIOHTTP),
    Reach("100 in flight, of the upstream SDK", "in_flight_100", "in_flight_100", UPSTREAM, 0.5),
    Reach("100 in flight, of 10 in flight", "in_flight_100", "in_flight_10", OURS, 1.5),
    Reach("1 in flight, of 10 in flight", "in_flight_1", "in_flight_10", OURS, 1.5),
    Reach("1,000 in flight, of 10 in flight", "in_flight_1000", "in_flight_10", OURS, 1.5),
    Reach("iterating, of bare httpx with dicts", "pages", "pages", HTTPX, 0.75),
    Reach("regenerating, s", "regenerate", "", None, 5),
    Reach("generating from 97 operations and 211 schemas, CPU s", "grown_generate", "", None, 5),
    Reach("checking it, CPU s", "grown_check", "", None, 15),
    Reach("growth of the import, ms", "grown_import", "", None, 1),
    Reach("growth of the import with the client and CreateSession, ms", "grown_resolve", "", None, 1),
)


def table(figures: Figures, names: list[str], about: str, notes: list[str]) -> str:
    """Everything that was measured, in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        f"Written by `tox -e bench` ({about}). Each figure is the median of interleaved rounds, with its quartiles;",
        "CPU is that of the client process. The server is nginx with canned responses, on the other core. Trust the",
        "ratios, not the times. What was done to get here, and where the limits are: [performance](performance.md).",
        "",
        "![Times as bars](benchmarks.svg)",
        "",
        "| what | unit | " + " | ".join(names) + " |",
        "| --- | --- | " + " | ".join("---:" for _ in names) + " |",
    ]
    for line in LINES:
        cells = [_cell(figures[line.key].get(name, [])) for name in names]
        lines.append(f"| {line.title} | {line.unit} | " + " | ".join(cells) + " |")
    lines += ["", "## anyscale-sessions, of others", ""]
    lines += ["| what | of bare httpx | of the upstream SDK |", "| --- | ---: | ---: |"]
    for line in LINES:
        ratios = [_ratio(figures, line.key, line.key, by) for by in (HTTPX, UPSTREAM)]
        if any(ratio is not None for ratio in ratios):
            lines.append(f"| {line.title} ({line.unit}) | " + " | ".join(map(_shown, ratios)) + " |")
    lines += ["", "## Goals", "", "| what | at most | measured | |", "| --- | ---: | ---: | --- |"]
    for reach in REACHES:
        value = _ratio(figures, reach.key, reach.by_key, reach.by, reach.of)
        verdict = "" if value is None else "reached" if value <= reach.limit else "not reached"
        lines.append(f"| {reach.title} | {reach.limit:g} | {_shown(value)} | {verdict} |")
    lines += ["", *(f"- {note}" for note in notes)] if notes else []
    return "\n".join(lines).rstrip() + "\n"


def _ratio(figures: Figures, key: str, by_key: str, by: str | None, of: str = OURS) -> float | None:
    ours = figures[key].get(of)
    theirs = [1.0] if by is None else figures[by_key].get(by)
    return median(ours) / median(theirs) if ours and theirs and median(theirs) else None


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    if len(values) == 1:
        return _number(values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return f"{_number(median(values))} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


CHARTED = ("import", "cold", "build", "decode", "memory", "create", "in_flight_1", "in_flight_100", "in_flight_1000")
WIDTH, LABEL_WIDTH, BAR_HEIGHT, GAP, TITLE_HEIGHT = 760, 190, 14, 4, 26


def chart(figures: Figures) -> str:
    """One group of bars per row, each on a scale of its own."""
    shapes: list[str] = []
    y = 12
    for line in LINES:
        bars = {name: median(values) for name, values in figures[line.key].items() if values}
        if line.key not in CHARTED or not bars:
            continue
        title = escape(f"{line.title}, {line.unit}".replace("`", ""))
        shapes.append(f'<text x="8" y="{y + 12}" class="title">{title}</text>')
        y += TITLE_HEIGHT - 6
        longest = max(bars.values())
        for name, value in sorted(bars.items(), key=lambda bar: bar[1]):
            width = max(1.0, (WIDTH - LABEL_WIDTH - 90) * value / longest)
            kind = "ours" if name == OURS else "other"
            shapes.append(f'<text x="{LABEL_WIDTH - 6}" y="{y + 11}" text-anchor="end">{escape(name)}</text>')
            shapes.append(f'<rect x="{LABEL_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" class="{kind}"/>')
            shapes.append(f'<text x="{LABEL_WIDTH + width + 5:.1f}" y="{y + 11}">{_number(value)}</text>')
            y += BAR_HEIGHT + GAP
        y += 14
    style = "text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.ours{fill:#1f6feb}.other{fill:#b8c0cc}"
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}">'
    return "\n".join([head, f"<style>{style}</style>", paper, *shapes, "</svg>", ""])

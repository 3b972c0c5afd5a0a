"""The picture of the architecture: which domain reads the results of which, and whose code imports whose.

Read from the workflow itself, by its own rule graph, and from the imports of the library. A row is a domain, a column what it
uses: whatever flows one way lies below the diagonal. ``make reference`` draws it anew, and a test says when it is behind.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from reelwright.errors import BuildError
from reelwright.files import write_text
from reelwright.site.domains import ROOT, Domain, imported_by, read_domains

PICTURE = ROOT / "docs" / "images" / "architecture.svg"

TARGETS = ("all", "import", "tuning", "plan", "preflight_smoke", "train_smoke", "train_pilot", "changes_smoke")
"""All that the demo can be asked for."""

CELL, LEFT, TOP = 26, 104, 96
"""Side of a cell, room for names at the left and at the top, in pixels."""

STYLE = """
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.ground { fill: #ffffff; } text { fill: #1c1d20; } .soft { fill: #5c5f66; font-size: 12px; }
.line { stroke: #e4e2dd; } .own { fill: #d9d6cf; } .data { fill: #1f5fa8; }
.code { fill: none; stroke: #c05a00; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #1e2024; } text { fill: #e9e8e4; } .soft { fill: #a5a7ad; } .line { stroke: #34373d; }
  .own { fill: #44474e; } .data { fill: #8ab8ee; } .code { stroke: #f0a35c; }
}
"""


def rule_graph(root: Path = ROOT) -> set[tuple[str, str]]:
    """Pairs of rules of the demo: which one's results are read by which; raises BuildError with Snakemake's words."""
    base = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), "--directory", str(root)]
    run = subprocess.run(
        [*base, "--rulegraph", "dot", "--nolock", "--", *TARGETS], capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise BuildError(f"the rule graph can't be drawn: {' '.join(run.stderr.strip().splitlines()[-3:])}")
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', run.stdout))
    return {(names[one], names[other]) for one, other in re.findall(r"(\d+) -> (\d+)", run.stdout)}


def read_by(domains: list[Domain], graph: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Pairs of domains: whose rules read the results of whose."""
    of_rule = {rule: domain.name for domain in domains for rule, _ in domain.rules}
    pairs = {(of_rule[after], of_rule[before]) for before, after in graph if before in of_rule and after in of_rule}
    return {(reader, read) for reader, read in pairs if reader != read}


def draw(names: list[str], data: set[tuple[str, str]], code: set[tuple[str, str]]) -> str:
    """The picture as SVG: filled where results are read, a ring where code is imported."""
    side = CELL * len(names)
    width, height = LEFT + side + 12, TOP + side + 64
    title = "Which domain reads the results of which, and whose code imports whose"
    said = f"{len(names)} domains in the order in which data flows: {len(data)} times one reads another, {len(code)} imports"
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{title}</title>",
        f"<desc>{said}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{height}" rx="8"/>',
    ]
    for number, name in enumerate(names):
        x, y = LEFT + CELL * number, TOP + CELL * number
        middle = CELL // 2
        parts += [
            f'<path class="line" d="M{LEFT} {y}h{side}M{x} {TOP}v{side}"/>',
            f'<text x="{LEFT - 8}" y="{y + middle + 4}" text-anchor="end">{escape(name)}</text>',
            f'<text class="soft" transform="translate({x + middle + 4} {TOP - 8}) rotate(-60)">{escape(name)}</text>',
            f'<rect class="own" x="{x}" y="{y}" width="{CELL}" height="{CELL}"/>',
        ]
    parts.append(f'<path class="line" d="M{LEFT} {TOP + side}h{side}M{LEFT + side} {TOP}v{side}"/>')
    place = {name: CELL * number for number, name in enumerate(names)}
    for row, column in sorted(data | code, key=lambda pair: (place[pair[0]], place[pair[1]])):
        x, y = LEFT + place[column] + CELL // 2, TOP + place[row] + CELL // 2
        words = [word for word, pairs in (("reads", data), ("imports", code)) if (row, column) in pairs]
        parts.append(f"<g><title>{escape(row)} {' and '.join(words)} {escape(column)}</title>")
        if (row, column) in data:
            parts.append(f'<circle class="data" cx="{x}" cy="{y}" r="5"/>')
        if (row, column) in code:
            parts.append(f'<circle class="code" cx="{x}" cy="{y}" r="9"/>')
        parts.append("</g>")
    y = TOP + side + 24
    parts += [
        f'<circle class="data" cx="{LEFT + 8}" cy="{y}" r="5"/>',
        f'<text x="{LEFT + 24}" y="{y + 4}">the row reads results of the column</text>',
        f'<circle class="code" cx="{LEFT + 8}" cy="{y + 24}" r="9"/>',
        f'<text x="{LEFT + 24}" y="{y + 28}">the row\'s code imports the column\'s</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def architecture() -> str:
    """The picture of this project as it is."""
    domains = read_domains()
    names = [domain.name for domain in domains]
    return draw(names, read_by(domains, rule_graph()), imported_by(set(names)))


if __name__ == "__main__":
    write_text(PICTURE, architecture())

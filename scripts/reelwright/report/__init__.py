"""The report: everything that was built, on one page that needs no network and no script. A leaf: no rule reads it.

``results`` reads what the stages have left, ``sections`` turn it into typed figures and blocks, ``page`` alone writes HTML.
"""

from __future__ import annotations

from pathlib import Path

from reelwright.files import write_text
from reelwright.report.overview import facts, overview
from reelwright.report.page import render
from reelwright.report.results import Results
from reelwright.report.scope import Scope
from reelwright.report.sections import sections_of
from reelwright.report.sections.review import PAGE

__all__ = ["Scope", "write_report"]


def write_report(folder: Path, out: Path, scope: Scope) -> None:
    """Write ``out`` (``report.html``), which lies in ``folder``, about the results in it as far as they belong to ``scope``.

    The same results give the same bytes. Raises BuildError where the ledger is damaged.
    """
    results = Results(folder, scope)
    review = PAGE if results.has(PAGE) else None
    write_text(out, render(scope, facts(overview(results)), list(sections_of(results)), review=review))

"""``make review``: serve the review page of a project on this machine, until Ctrl+C.

python -m reelwright.review.serve [--configfile config/PROJECT.yaml] [--port N] [--reviewer NAME] [--no-browser]
"""

from __future__ import annotations

import argparse
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from reelwright.command import command
from reelwright.errors import BuildError
from reelwright.files import check, read_json
from reelwright.review.saving import DecisionFiles
from reelwright.review.server import Desk, ReviewServer
from reelwright.spec.load import choose_spec

PORT = 8737
"""The same each time: a browser keeps what could not be saved for one address and port."""


def open_desk(configfiles: Sequence[str], reviewer: str = "") -> Desk:
    """What is served of the project that ``configfiles`` name; raises BuildError where its page isn't built."""
    spec = choose_spec(configfiles, {})
    results = Path("results") / spec.project
    index = results / "review" / "index.json"
    found = read_json(index) if index.exists() else None
    if found is None:
        raise BuildError(f"{index} is not there: build the page first, with `snakemake --cores all review`")
    check(found, "review_index", str(index))
    folder = Path("config") / spec.project / "decisions"
    words = {domain: state["words"] for domain, state in found["states"].items()}
    apart = [domain for domain, state in found["states"].items() if state["apart"]]
    history = Path(spec.cache) / "decisions-history" / spec.project
    return Desk(results, DecisionFiles(folder, history, words, apart), tuple(words), folder, reviewer)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until somebody stops it."""
    parser = argparse.ArgumentParser(description="Serve the review page of a project on this machine.")
    parser.add_argument("--configfile", action="append", default=[], metavar="FILE", help="the project's spec")
    parser.add_argument("--port", type=int, default=PORT, help=f"{PORT} where it is left out; 0 takes a free one")
    parser.add_argument("--reviewer", default="", help="who decides; the page asks where it is left out")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    given = parser.parse_args(arguments)
    with command():
        desk = open_desk(given.configfile, given.reviewer)
        try:
            server = ReviewServer(desk, given.port)
        except OSError as error:
            raise BuildError(f"port {given.port} can't be had ({error.strerror}): say another one, --port N") from error
        print(
            f"Review {desk.results.name} at\n\n  {server.address}\n\nDecisions go to {desk.folder}. Ctrl+C ends.",
            flush=True,
        )
        if not given.no_browser:
            webbrowser.open(server.address)
        with server, suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()

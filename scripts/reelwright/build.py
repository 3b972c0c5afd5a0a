"""How a build begins: one at a time, with its spec beside its results. ``report.words`` says how it ends."""

from __future__ import annotations

import sys
from pathlib import Path

from reelwright.errors import BuildError
from reelwright.files import write_json
from reelwright.lock import hold
from reelwright.spec.load import merged
from reelwright.spec.model import Spec


def begin_build(results: Path, spec: Spec) -> None:
    """Hold the lock of a project until this process ends, and write the merged spec to its results.

    Exits with a message where another build of the project is running.
    """
    try:
        hold(results / ".lock")
    except BuildError as error:
        sys.exit(str(error))
    write_json(results / "spec.json", merged(spec), "spec")

"""How a build begins: one at a time, with its spec beside its results. ``report.words`` says how it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from reelwright.errors import BuildError
from reelwright.files import write_json
from reelwright.lock import hold
from reelwright.spec.load import merged
from reelwright.spec.model import Spec


def refuse_unshared(asking: Iterable[str]) -> None:
    """Raise BuildError where ``asking``, the rules of a build whose jobs share neither disk nor bucket, would ask a model:
    what an answer cost would be lost with the machine that asked."""
    names = ", ".join(sorted(set(asking)))
    if names:
        raise BuildError(
            f"{names} would ask a model, and jobs that share no disk would lose the answers: keep the store in a bucket, with "
            "`--default-storage-provider s3` or REELWRIGHT_STORE=s3://bucket/prefix; nothing was asked"
        )


def begin_build(results: Path, spec: Spec) -> None:
    """Hold the lock of a project until this process ends, and write the merged spec to its results.

    Exits with a message where another build of the project is running.
    """
    try:
        hold(results / ".lock")
    except BuildError as error:
        sys.exit(str(error))
    write_json(results / "spec.json", merged(spec), "spec")

"""What the review of identity anchors says of drawings: which of them may never train, and which not yet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.files import read_json
from reelwright.identity.look import Look
from reelwright.packages.design.inputs import DesignInputs

BITS = 4
"""Distance (bits of 64) of perceptual hashes up to which a drawing in the same colours is the same picture as a refused anchor,
at least: as of clips (`clips.dedupe_threshold`), wider than between two drawings that may both train."""


@dataclass(frozen=True)
class Anchor:
    """One plate that was reviewed, or is the same picture as one."""

    plate_id: str
    source_sha256: str
    look: Look
    verdict: str
    """``TRAIN EVAL_ONLY EXCLUDE``, or empty where nobody could review it."""
    tightened: bool

    def refusal(self, untightened: bool) -> str | None:
        """Why it may not train; ``untightened`` allows what nobody has tightened."""
        if self.verdict == "TRAIN":
            return None if self.tightened or untightened else f"anchor: {self.plate_id} is not tightened yet"
        if not self.verdict:
            return f"anchor: {self.plate_id} could not be reviewed"
        return f"anchor: {self.plate_id} is {self.verdict}, which never trains"


class Anchors:
    """Every reviewed plate, to be asked about drawings."""

    def __init__(self, anchors: Sequence[Anchor], *, untightened: bool, bits: int) -> None:
        self._refused = [(one, why) for one in anchors if (why := one.refusal(untightened))]
        self._by_sha256 = {one.source_sha256: why for one, why in self._refused}
        self._bits = bits

    def refusal(self, source_sha256: str, *looks: Look) -> str | None:
        """Why a drawing may not train: it is a refused anchor, or the same picture in another file."""
        if source_sha256 in self._by_sha256:
            return self._by_sha256[source_sha256]
        alike = next(
            (why for one, why in self._refused if any(look.is_like(one.look, self._bits) for look in looks)), None
        )
        return f"{alike} (this file shows the same picture)" if alike else None


def read_anchors(inputs: DesignInputs, *, untightened: bool, bits: int) -> Anchors:
    """The anchors of all sets; none where the spec has no part `identity`. ``bits`` widens ``BITS``."""
    if inputs.review is None or inputs.candidates is None:
        return Anchors([], untightened=untightened, bits=bits)
    plates = {
        one["plate_id"]: one for path in inputs.plate_rows for one in (read_json(path) or {"plates": []})["plates"]
    }
    reviews = _reviews(inputs.review)
    # What was no candidate because it is the same picture as one shares that one's verdict.
    twins = {one["plate_id"]: one["like"] for one in read_json(inputs.candidates)["left_out"] if one["like"]}
    found = [
        Anchor(plate_id, plate["source_sha256"], Look(plate["phash"], plate["tints"]), *reviews[reviewed])
        for plate_id, plate in plates.items()
        if (reviewed := twins.get(plate_id, plate_id)) in reviews
    ]
    return Anchors(found, untightened=untightened, bits=max(BITS, bits))


def _reviews(path: Path) -> dict[str, tuple[str, bool]]:
    """Verdict that holds, and whether it is tightened, by plate."""
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    return {row["plate_id"]: (row["verdict"], row["tightened"] == "True") for row in rows}

"""What people say of captions in ``config/<project>/decisions/captions.csv``: right as it is, or another text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reelwright.captions.lint import LintRules, lint
from reelwright.captions.tokens import TokenCounter
from reelwright.decisions import Decision, apply_decisions, read_decisions
from reelwright.errors import Problem, SpecError
from reelwright.outcome import Notes

KEEP_WORD, TEXT_WORD = "keep", "text"

DECISIONS = (KEEP_WORD, TEXT_WORD)
"""``keep``: somebody has read it. ``text`` (value: the training caption): it is to say this.

The item is the clip's id, the sha256 that of the training caption as it was written (``written_digest``), so that an edit
holds while labels, templates and models say what they said when it was made."""

EDITED = "edited"
"""The caption source of an edited text: a package that takes only a model's words has to name it."""


def written_digest(row: dict[str, Any]) -> str:
    """Hex sha256 of a row's training caption as it was written, before any edit."""
    edited = row.get("edited")
    return hashlib.sha256((edited["was"] if edited else row["training_caption"]).encode()).hexdigest()


class Edits:
    """The decisions about the captions of one episode."""

    def __init__(self, path: Path | None, episode: str) -> None:
        """Read them, where there are some. Raises SpecError where the file is not valid."""
        self._name = path.name if path else ""
        found = read_decisions(path, DECISIONS) if path else []
        self._decisions = [one for one in found if one.item.startswith(f"ep{episode}_")]
        problems = [
            Problem(str(path), f"value of {one.item}", "''", "expected the caption as it is to be")
            for one in self._decisions
            if one.decision == TEXT_WORD and not one.value
        ]
        if problems:
            raise SpecError(problems)

    def apply(
        self, rows: Sequence[dict[str, Any]], rules: LintRules, tokens: TokenCounter, notes: Notes
    ) -> list[dict[str, Any]]:
        """The rows with edited texts in place; edits of what reads otherwise by now become warnings."""
        met = apply_decisions({row["clip_id"]: written_digest(row) for row in rows}, self._decisions)
        for one in met.stale:
            notes.warn(f"{self._name}: the caption of {one.item} says something else by now; look at it again")
        for one in met.unknown:
            notes.warn(f"{self._name}: there is no clip {one.item} any more; its decision is not applied")
        return [_edited(row, met.applied.get(row["clip_id"]), rules, tokens) for row in rows]


def _edited(row: dict[str, Any], decision: Decision | None, rules: LintRules, tokens: TokenCounter) -> dict[str, Any]:
    if decision is None or decision.decision != TEXT_WORD:
        return row
    text = " ".join(decision.value.split())
    count = tokens(text)
    return {
        **row,
        "caption_source": EDITED,
        "training_caption": text,
        "tokens": count,
        "lint": [one.code for one in lint(text, rules, count)],
        "edited": {
            "was": row["training_caption"],
            "source": row["caption_source"],
            "reviewer": decision.reviewer,
            "reason": decision.reason,
        },
    }

"""The seam for models: what captioners, plate reviewers and actor tools have in common.

A ``Backend`` answers one request, a ``Desk`` asks it: stored answers first, then within the budget, every answer stored
the moment it arrives. Structured captions don't come this way: they are a pure function of files, free, never stored.
"""

from reelwright.models.answers import AnswerStore
from reelwright.models.backend import Answer, Backend, ChargedBadItem, Correction, Request, answer_digest
from reelwright.models.desk import Check, Desk, Flaw, Result
from reelwright.models.ledger import Ledger

__all__ = [
    "Answer",
    "AnswerStore",
    "Backend",
    "ChargedBadItem",
    "Check",
    "Correction",
    "Desk",
    "Flaw",
    "Ledger",
    "Request",
    "Result",
    "answer_digest",
]

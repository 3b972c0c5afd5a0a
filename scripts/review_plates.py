"""Adapter of the rule review_plates."""

from pathlib import Path

from reelwright.command import command
from reelwright.identity.review import ReviewInputs, Show, review_plates
from reelwright.models.asking import Books
from reelwright.outcome import Record
from reelwright.spec.identity import Identity
from reelwright.spec.model import Budget

with command(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    review_plates(
        ReviewInputs(
            plates=Path(given.plates),
            outcomes=tuple(map(Path, [given.plates_outcome, *given.imports_outcome])),
            imports=next(map(Path, given.imports), None),
            bible=Path(params.bible) if params.bible else None,
        ),
        Path(snakemake.output.reviews),
        Record("review_plates", snakemake.wildcards.set, Path(snakemake.output.outcome), params.failures),
        settings=Identity.model_validate(params.settings),
        show=Show(params.show, params.season),
        books=Books(
            answers=Path(params.answers),
            ledger=Path(params.ledger),
            budget=Budget.model_validate(params.budget) if params.budget else None,
            log=Path(snakemake.log.server),
        ),
        store=Path(params.store),
    )

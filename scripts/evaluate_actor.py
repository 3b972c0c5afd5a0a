"""Adapter of the rule evaluate_actor."""

from pathlib import Path

from reelwright.actors.evaluate import Asking, Outputs, evaluate_actor
from reelwright.actors.measure import Limits
from reelwright.actors.progress import note_progress
from reelwright.command import command
from reelwright.outcome import Record

with command(snakemake.log[0]):
    given, params, actor = snakemake.input, snakemake.params, snakemake.wildcards.actor
    evaluate_actor(
        actor,
        [Path(path) for path in params.images],
        Outputs(Path(snakemake.output.composite), Path(snakemake.output.evaluation)),
        Record("evaluate_actor", actor, Path(snakemake.output.outcome), params.failures),
        limits=Limits(**params.limits),
        asking=Asking(
            params.asking,
            params.budget,
            answers=Path(params.answers),
            ledger=Path(params.ledger),
            store=Path(params.store),
            log=Path(snakemake.log.server),
        ),
        imports=next(map(Path, given.imports), None),
        upstream=[Path(path) for path in given.imports_outcome],
    )
    note_progress(Path(params.plans))

"""Adapter of the rule evaluate_actor."""

from pathlib import Path

from reelwright.actors.evaluate import Outputs, Purse, evaluate_actor
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.spec.actors import ActorEvaluation

with command(snakemake.log[0]):
    given, params, actor = snakemake.input, snakemake.params, snakemake.wildcards.actor
    evaluate_actor(
        actor,
        [Path(path) for path in params.images],
        Outputs(Path(snakemake.output.composite), Path(snakemake.output.evaluation)),
        Record("evaluate_actor", actor, Path(snakemake.output.outcome), params.failures),
        settings=ActorEvaluation.model_validate(params.settings),
        purse=Purse(Path(params.answers), Path(params.ledger), params.budget, Path(snakemake.log.server)),
        store=Path(params.store),
        imports=next(map(Path, given.imports), None),
        upstream=[Path(path) for path in given.imports_outcome],
    )

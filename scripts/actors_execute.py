"""Adapter of the rule actors_execute."""

from reelwright.actors.execution.execute import actors_execute
from reelwright.actors.execution.given import Given
from reelwright.command import command

with command(snakemake.log[0]):
    params = snakemake.params
    given = Given.read(params.settings, params.budget, params.ledger, params.plans, params.out, params.decisions)
    actors_execute(given, params.mode, params.actors, again=params.again, run=params.run)

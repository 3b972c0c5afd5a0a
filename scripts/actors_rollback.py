"""Adapter of the rule actors_rollback."""

from reelwright.actors.execution.given import Given
from reelwright.actors.execution.rollback import actors_rollback
from reelwright.command import command

with command(snakemake.log[0]):
    params = snakemake.params
    given = Given.read(params.settings, params.budget, params.ledger, params.plans, params.out, params.decisions)
    actors_rollback(given, params.mode, params.actors, params.run)

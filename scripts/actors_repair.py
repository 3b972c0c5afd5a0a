"""Adapter of the rule actors_repair."""

from reelwright.actors.execution.given import Given
from reelwright.actors.execution.repair import actors_repair
from reelwright.command import command

with command(snakemake.log[0]):
    params = snakemake.params
    given = Given.read(params.settings, params.budget, params.ledger, params.plans, params.out, params.decisions)
    actors_repair(given, params.mode, params.actors)

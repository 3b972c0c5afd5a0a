"""Adapter of the rule actors_audit."""

from reelwright.actors.execution.audit import actors_audit
from reelwright.actors.execution.given import Given
from reelwright.command import command

with command(snakemake.log[0]):
    params = snakemake.params
    given = Given.read(params.settings, params.budget, params.ledger, params.plans, params.out, params.decisions)
    actors_audit(given, params.actors)

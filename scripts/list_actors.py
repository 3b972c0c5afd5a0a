"""Adapter of the rule list_actors."""

from pathlib import Path

from reelwright.actors.discovery import Entry
from reelwright.actors.roster import list_actors
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.spec.actors import Actors

with command(snakemake.log[0]):
    params = snakemake.params
    list_actors(
        [Entry(*one) for one in params.entries],
        params.unlisted,
        params.problem,
        Path(snakemake.output.roster),
        Record("list_actors", "roster", Path(snakemake.output.outcome), params.failures),
        settings=Actors.model_validate(params.settings),
    )

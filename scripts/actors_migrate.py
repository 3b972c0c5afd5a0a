"""Adapter of the rule actors_migrate."""

from pathlib import Path

from reelwright.actors.migrate import actors_migrate
from reelwright.command import command
from reelwright.spec.actors import Actors

with command(snakemake.log[0]):
    params = snakemake.params
    actors_migrate(Actors.model_validate(params.settings), params.mode, params.actors, Path(params.reports))

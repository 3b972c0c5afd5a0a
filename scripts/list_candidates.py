"""Adapter of the rule list_candidates."""

from pathlib import Path

from reelwright.command import command
from reelwright.identity.candidates import list_candidates
from reelwright.spec.identity import Identity

with command(snakemake.log[0]):
    params = snakemake.params
    list_candidates(
        dict(zip(params.sets, map(Path, snakemake.input.plates), strict=True)),
        dict(zip(params.sets, map(Path, snakemake.input.outcomes), strict=True)),
        Path(snakemake.output[0]),
        project=params.project,
        settings=Identity.model_validate(params.settings),
    )

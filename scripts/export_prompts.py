"""Adapter of the rule export_prompts."""

from pathlib import Path

from reelwright.command import command
from reelwright.evaluation.prompts import Sampled, export_prompts
from reelwright.spec.evaluation import KINDS

with command(snakemake.log[0]):
    export_prompts(
        dict(zip(KINDS, map(Path, snakemake.input.sets), strict=True)),
        Path(snakemake.output[0]),
        sampled=Sampled.of(snakemake.wildcards.package, snakemake.params.settings, snakemake.params.seed),
        count=snakemake.params.per_set,
    )

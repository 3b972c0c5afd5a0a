"""Adapter of the rule list_masters."""

from pathlib import Path

from reelwright.command import command
from reelwright.sources.masters import Variant, list_masters
from reelwright.spec.model import Episode

with command(snakemake.log[0]):
    list_masters(
        {number: Episode.model_validate(one) for number, one in snakemake.params.episodes.items()},
        [
            Variant(*variant, Path(probe), Path(outcome))
            for variant, probe, outcome in zip(
                snakemake.params.variants, snakemake.input.probes, snakemake.input.outcomes, strict=True
            )
        ],
        dict(zip(snakemake.params.varied, map(Path, snakemake.input.verdicts), strict=True)),
        Path(snakemake.output.masters),
        Path(snakemake.output.table),
    )

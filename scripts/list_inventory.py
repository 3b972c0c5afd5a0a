"""Adapter of the rule list_inventory."""

from pathlib import Path

from reelwright.command import command
from reelwright.design.delivered import Art, DeliveredMaster, list_inventory

with command(snakemake.log[0]):
    list_inventory(
        Path(snakemake.output[0]),
        folder=Path(snakemake.params.folder),
        masters=[
            DeliveredMaster(*master, Path(probe), Path(outcome))
            for master, probe, outcome in zip(
                snakemake.params.masters, snakemake.input.probes, snakemake.input.outcomes, strict=True
            )
        ],
        subtitles=list(snakemake.input.subtitles),
        art=Art(snakemake.params.art, Path(snakemake.input.art)) if snakemake.params.art else None,
    )

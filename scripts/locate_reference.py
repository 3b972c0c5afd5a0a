"""Adapter of the rule locate_reference."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.reference.locate import MasterScan, locate_reference

with command(snakemake.log[0]):
    locate_reference(
        [
            MasterScan(source_id, episode, *map(Path, paths))
            for source_id, episode, *paths in zip(
                snakemake.params.source_ids,
                snakemake.params.episodes,
                snakemake.input.scans,
                snakemake.input.headers,
                snakemake.input.scan_outcomes,
                strict=True,
            )
        ],
        list(map(Path, snakemake.input.clips)),
        list(map(Path, snakemake.input.first_frames)),
        Path(snakemake.input.numbering),
        Path(snakemake.output.located),
        Record("locate_reference", "reference", Path(snakemake.output.outcome), snakemake.params.failures),
        manifest=Path(snakemake.params.manifest) if snakemake.params.manifest else None,
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
    )

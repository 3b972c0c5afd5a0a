"""Adapter of the rule compare_variants."""

from pathlib import Path

from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.spec.variants import Variants
from reelwright.variants import MasterInput, compare_variants

with command(snakemake.log[0]):
    episode = snakemake.wildcards.episode
    canonical, *alternates = [
        MasterInput(source_id, placed(master, snakemake.input.masters), *map(Path, paths))
        for source_id, master, *paths in zip(
            snakemake.params.source_ids,
            snakemake.params.masters,
            snakemake.input.probes,
            snakemake.input.scans,
            snakemake.input.headers,
            snakemake.input.scan_outcomes,
            strict=True,
        )
    ]
    compare_variants(
        canonical,
        alternates,
        Path(snakemake.output.verdict),
        Path(snakemake.output.pictures),
        Record("compare_variants", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        episode=episode,
        settings=Variants.model_validate(snakemake.params.settings),
        threads=snakemake.threads,
    )

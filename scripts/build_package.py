"""Adapter of the rule build_package."""

from pathlib import Path

from reelwright.command import command
from reelwright.packages import EpisodeInput, build_package
from reelwright.spec.model import Package

with command(snakemake.log[0]):
    build_package(
        Path(snakemake.output.metadata).parent,
        name=snakemake.wildcards.package,
        settings=Package.model_validate(snakemake.params.settings),
        episodes=[
            EpisodeInput(
                episode,
                Path(master),
                Path(probe),
                Path(clips),
                Path(quality),
                Path(captions),
                tuple(map(Path, outcomes)),
            )
            for episode, master, probe, clips, quality, captions, *outcomes in zip(
                snakemake.params.episodes,
                snakemake.params.masters,
                snakemake.input.probes,
                snakemake.input.clips,
                snakemake.input.quality,
                snakemake.input.captions,
                snakemake.input.probe_outcomes,
                snakemake.input.clips_outcomes,
                snakemake.input.quality_outcomes,
                snakemake.input.captions_outcomes,
                strict=True,
            )
        ],
        rights=snakemake.params.rights,
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
    )

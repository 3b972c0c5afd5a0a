"""Adapter of the rule build_package."""

from itertools import repeat
from pathlib import Path

from reelwright.command import command, placed
from reelwright.packages import EpisodeInput, build_package
from reelwright.spec.evaluation import Held
from reelwright.spec.model import Package

with command(snakemake.log[0]):
    build_package(
        Path(snakemake.output.metadata).parent,
        name=snakemake.wildcards.package,
        settings=Package.model_validate(snakemake.params.settings),
        episodes=[
            EpisodeInput(
                episode,
                placed(master, snakemake.input.masters),
                Path(probe),
                Path(clips),
                Path(quality),
                Path(captions),
                tuple(map(Path, filter(None, outcomes))),
                leaks and Path(leaks),
                tuple(map(Held.model_validate, held)),
                scan and Path(scan),
            )
            for episode, master, held, leaks, scan, probe, clips, quality, captions, *outcomes in zip(
                snakemake.params.episodes,
                snakemake.params.masters,
                snakemake.params.held,
                snakemake.input.leaks or repeat(None, len(snakemake.params.episodes)),
                snakemake.input.scans or repeat(None, len(snakemake.params.episodes)),
                snakemake.input.probes,
                snakemake.input.clips,
                snakemake.input.quality,
                snakemake.input.captions,
                snakemake.input.probe_outcomes,
                snakemake.input.clips_outcomes,
                snakemake.input.quality_outcomes,
                snakemake.input.captions_outcomes,
                snakemake.input.leaks_outcomes or repeat(None, len(snakemake.params.episodes)),
                strict=True,
            )
        ],
        rights=snakemake.params.rights,
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
        snapshots=Path(snakemake.params.snapshots),
    )

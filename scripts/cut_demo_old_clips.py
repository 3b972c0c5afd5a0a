"""Adapter of the rule cut_demo_old_clips."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.oldclips import cut_demo_old_clips

with command(snakemake.log[0]):
    cut_demo_old_clips(
        masters=dict(zip(snakemake.params.titles, map(Path, snakemake.input.masters), strict=True)),
        titles=snakemake.params.titles,
        show=snakemake.params.show,
        season=snakemake.params.season,
        seed=snakemake.params.seed,
        seconds=snakemake.params.seconds,
        clips={path.stem: path for path in map(Path, snakemake.output.clips)},
        first_frames={path.stem: path for path in map(Path, snakemake.output.first_frames)},
        bible=Path(snakemake.output.bible),
        manifest=Path(snakemake.output.manifest),
        truth=Path(snakemake.output.truth),
    )

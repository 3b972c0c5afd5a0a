"""Adapter of the rule write_demo_bible."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.bible import write_demo_bible

with command(snakemake.log[0]):
    write_demo_bible(
        show=snakemake.params.show,
        season=snakemake.params.season,
        titles=snakemake.params.titles,
        seed=snakemake.params.seed,
        seconds=snakemake.params.seconds,
        bible=Path(snakemake.output.bible),
        subtitles=dict(zip(snakemake.params.transcribed, map(Path, snakemake.output.subtitles), strict=True)),
    )

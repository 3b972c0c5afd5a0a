"""Adapter of the rule draw_review_pictures."""

from pathlib import Path

from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.review.pictures import EpisodeFiles, PictureOutputs, draw_review_pictures

with command(snakemake.log[0]):
    given, episode = snakemake.input, snakemake.wildcards.episode
    draw_review_pictures(
        EpisodeFiles(
            master=placed(snakemake.params.master, given.master),
            probe=Path(given.probe),
            scan=Path(given.scan),
            shots=Path(given.shots),
            clips=Path(given.clips),
            outcomes=(Path(given.shots_outcome), Path(given.clips_outcome)),
        ),
        PictureOutputs(Path(snakemake.output.index), Path(snakemake.output.pictures)),
        Record("draw_review_pictures", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        threads=snakemake.threads,
    )

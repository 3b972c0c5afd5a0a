"""Adapter of the rule find_recurring."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.recurring import EpisodeScan, find_recurring

with command(snakemake.log[0]):
    find_recurring(
        [
            EpisodeScan(episode, source_id, *map(Path, paths))
            for (episode, source_id), *paths in zip(
                snakemake.params.episodes,
                snakemake.input.scans,
                snakemake.input.headers,
                snakemake.input.outcomes,
                strict=True,
            )
        ],
        Path(snakemake.output.recurring),
        Record("find_recurring", "recurring", Path(snakemake.output.outcome), snakemake.params.failures),
        shortest_s=snakemake.params.shortest_s,
        head_s=snakemake.params.head_s,
        tail_s=snakemake.params.tail_s,
        shortest_clip_s=snakemake.params.shortest_clip_s,
    )

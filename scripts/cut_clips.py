"""Adapter of the rule cut_clips."""

from pathlib import Path

from reelwright.clips import ClipOutputs, cut_clips
from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.spec.model import Clips

with command(snakemake.log[0]):
    episode = snakemake.wildcards.episode
    cut_clips(
        placed(snakemake.params.master, snakemake.input.master),
        Path(snakemake.input.probe),
        Path(snakemake.input.scan),
        Path(snakemake.input.shots),
        Path(snakemake.input.shots_outcome),
        ClipOutputs(
            Path(snakemake.output.rows),
            Path(snakemake.output.clips),
            Path(snakemake.output.first_frames),
            Path(snakemake.output.sheets),
        ),
        Record("cut_clips", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Clips.model_validate(snakemake.params.settings),
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
    )

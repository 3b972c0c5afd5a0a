"""Adapter of the rule measure_quality."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.quality import measure_quality
from reelwright.spec.model import Quality

with command(snakemake.log[0]):
    episode = snakemake.wildcards.episode
    measure_quality(
        Path(snakemake.input.clips),
        Path(snakemake.input.clips_outcome),
        Path(snakemake.input.scan),
        Path(snakemake.params.decisions),
        Path(snakemake.output.quality),
        Record("measure_quality", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        episode=episode,
        settings=Quality.model_validate(snakemake.params.settings),
    )

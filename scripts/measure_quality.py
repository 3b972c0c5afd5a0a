"""Adapter of the rule measure_quality."""

from pathlib import Path

from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.quality import EpisodeInputs, measure_quality
from reelwright.spec.quality import Quality
from reelwright.spec.recurring import Recurring

with command(snakemake.log[0]):
    episode = snakemake.wildcards.episode
    measure_quality(
        EpisodeInputs(
            episode, Path(snakemake.input.clips), Path(snakemake.input.clips_outcome), Path(snakemake.input.scan)
        ),
        Path(snakemake.input.header),
        Path(snakemake.input.probe),
        [
            EpisodeInputs(number, Path(clips), Path(outcome), Path(scan))
            for number, clips, outcome, scan in zip(
                snakemake.params.earlier,
                snakemake.input.earlier_clips,
                snakemake.input.earlier_outcomes,
                snakemake.input.earlier_scans,
                strict=True,
            )
        ],
        placed(snakemake.params.decisions, snakemake.input.decisions),
        Path(snakemake.output.quality),
        Record("measure_quality", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Quality.model_validate(snakemake.params.settings),
        dedupe_threshold=snakemake.params.dedupe_threshold,
        recurring=next(map(Path, snakemake.input.recurring), None),
        recurring_settings=Recurring.model_validate(snakemake.params.recurring),
    )

"""Adapter of the rule caption_clips."""

from pathlib import Path

from reelwright.captions import caption_clips
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.spec.captions import Captions

with command(snakemake.log[0]):
    episode = snakemake.wildcards.episode
    settings = Captions.model_validate(snakemake.params.settings)
    caption_clips(
        Path(snakemake.input.clips),
        Path(snakemake.input.clips_outcome),
        Path(snakemake.output.captions),
        Record("caption_clips", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=settings,
        show=snakemake.params.show,
        season=snakemake.params.season,
        episode=episode,
        title=snakemake.params.title,
        bible=Path(settings.bible) if settings.bible else None,
        subtitles=Path(snakemake.params.subtitles) if snakemake.params.subtitles else None,
        speakers=snakemake.params.speakers,
        transcript_outcomes=[Path(path) for path in snakemake.input.transcript_outcome],
    )

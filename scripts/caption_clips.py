"""Adapter of the rule caption_clips."""

from pathlib import Path

from reelwright.captions import Asking, CaptionInputs, Production, caption_clips
from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.spec.captions import Captions
from reelwright.spec.model import Budget, Sheet

with command(snakemake.log[0]):
    episode, given, params = snakemake.wildcards.episode, snakemake.input, snakemake.params
    settings = Captions.model_validate(params.settings)
    caption_clips(
        CaptionInputs(
            clips=Path(given.clips),
            quality=Path(given.quality),
            outcomes=(
                Path(given.clips_outcome),
                Path(given.quality_outcome),
                *map(Path, [*given.imports_outcome, *given.seeds_outcome, *given.transcript_outcome]),
            ),
            bible=placed(settings.bible, given.bible) if settings.bible else None,
            transcript=placed(params.transcript, given.transcript) if params.transcript else None,
            imports=next(map(Path, given.imports), None),
            seeds=next(map(Path, given.seeds), None),
            decisions=placed(params.decisions, given.decisions),
            master=params.master,
        ),
        Path(snakemake.output.captions),
        Record("caption_clips", f"ep{episode}", Path(snakemake.output.outcome), params.failures),
        settings=settings,
        production=Production(params.show, params.season, episode, params.title, params.speakers),
        asking=Asking(
            sheet=Sheet.model_validate(params.sheet),
            answers=Path(params.answers),
            ledger=Path(params.ledger),
            budget=Budget.model_validate(params.budget) if params.budget else None,
            log=Path(snakemake.log.server),
        ),
    )

"""Adapter of the rule list_leaks."""

from pathlib import Path

from reelwright.command import command
from reelwright.evaluation.guard import EpisodeInputs, Guard, list_leaks
from reelwright.outcome import Record
from reelwright.spec.evaluation import Held

with command(snakemake.log[0]):
    read = snakemake.input
    list_leaks(
        EpisodeInputs(
            Path(read.clips),
            Path(read.quality),
            Path(read.scan),
            Path(read.header),
            (Path(read.guard_outcome), Path(read.clips_outcome), Path(read.quality_outcome)),
        ),
        Guard.at(read.guard, snakemake.params.guarded, read.guarded_scans, read.guarded_headers),
        Path(snakemake.output.leaks),
        Record(
            "list_leaks", f"ep{snakemake.wildcards.episode}", Path(snakemake.output.outcome), snakemake.params.failures
        ),
        held=[Held.model_validate(one) for one in snakemake.params.held],
    )

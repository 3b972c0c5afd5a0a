"""Adapter of the rule list_holdout."""

from pathlib import Path

from reelwright.command import command
from reelwright.evaluation.holdout import HeldMaster, list_holdout
from reelwright.outcome import Record
from reelwright.spec.evaluation import Evaluation

with command(snakemake.log[0]):
    list_holdout(
        {
            episode: HeldMaster(source_id, *map(Path, paths))
            for episode, source_id, *paths in zip(
                snakemake.params.episodes,
                snakemake.params.source_ids,
                snakemake.input.probes,
                snakemake.input.scans,
                snakemake.input.headers,
                snakemake.input.scan_outcomes,
                strict=True,
            )
        },
        snakemake.params.folders,
        Path(snakemake.output.holdout),
        Path(snakemake.output.stills),
        Record("list_holdout", "holdout", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Evaluation.model_validate(snakemake.params.settings),
    )

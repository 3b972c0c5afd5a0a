"""Adapter of the rule build_dictionaries."""

from pathlib import Path

from reelwright.command import command
from reelwright.design.dictionaries import Season, build_dictionaries
from reelwright.outcome import Record
from reelwright.spec.design import Design

with command(snakemake.log[0]):
    build_dictionaries(
        Path(snakemake.input.inventory),
        Path(snakemake.input.upstream),
        {Path(path).stem: Path(path) for path in [*snakemake.output.dictionaries, snakemake.output.names]},
        Record("build_dictionaries", "design", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Design.model_validate(snakemake.params.settings),
        season=Season(snakemake.params.season, snakemake.params.code_pattern, snakemake.params.episodes),
    )

"""Adapter of the rule build_crosswalk."""

from pathlib import Path

from reelwright.command import command
from reelwright.design.crosswalk import CrosswalkOutputs, build_crosswalk
from reelwright.outcome import Record
from reelwright.spec.design import Design

with command(snakemake.log[0]):
    build_crosswalk(
        {Path(path).stem: Path(path) for path in snakemake.input.dictionaries},
        Path(snakemake.input.upstream),
        CrosswalkOutputs(Path(snakemake.output.crosswalk), Path(snakemake.output.review)),
        Record("build_crosswalk", "design", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Design.model_validate(snakemake.params.settings),
        show=snakemake.params.show,
        decisions=Path(snakemake.params.decisions),
    )

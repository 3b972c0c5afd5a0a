"""Adapter of the rule link_locations."""

from pathlib import Path

from reelwright.command import command
from reelwright.design.locations import link_locations
from reelwright.outcome import Record
from reelwright.spec.design import Design

with command(snakemake.log[0]):
    link_locations(
        {Path(path).stem: Path(path) for path in snakemake.input.dictionaries},
        Path(snakemake.input.upstream),
        Path(snakemake.output.locations),
        Record("link_locations", "design", Path(snakemake.output.outcome), snakemake.params.failures),
        settings=Design.model_validate(snakemake.params.settings),
        locations=snakemake.params.locations,
        bible=snakemake.params.bible and Path(snakemake.params.bible),
        show=snakemake.params.show,
        season=snakemake.params.season,
    )

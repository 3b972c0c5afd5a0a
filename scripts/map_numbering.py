"""Adapter of the rule map_numbering."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.reference.numbering import Production, map_numbering

with command(snakemake.log[0]):
    map_numbering(
        Path(snakemake.output.numbering),
        Path(snakemake.output.bible),
        Record("map_numbering", "numbering", Path(snakemake.output.outcome), snakemake.params.failures),
        show=snakemake.params.show,
        productions={number: Production(**one) for number, one in snakemake.params.productions.items()},
        bible=Path(snakemake.params.bible) if snakemake.params.bible else None,
        manifest=Path(snakemake.params.manifest) if snakemake.params.manifest else None,
        decisions=Path(snakemake.params.decisions),
    )

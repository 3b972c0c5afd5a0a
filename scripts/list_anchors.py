"""Adapter of the rule list_anchors."""

from pathlib import Path

from reelwright.command import command
from reelwright.identity.anchors import AnchorOutputs, list_anchors
from reelwright.outcome import Record
from reelwright.spec.identity import Identity

with command(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    list_anchors(
        dict(zip(params.sets, map(Path, given.reviews), strict=True)),
        dict(zip(params.sets, map(Path, given.outcomes), strict=True)),
        next(map(Path, given.imports), None),
        Path(params.decisions),
        AnchorOutputs(*map(Path, snakemake.output[:4])),
        Record("list_anchors", "identity", Path(snakemake.output.outcome), params.failures),
        project=params.project,
        settings=Identity.model_validate(params.settings),
    )

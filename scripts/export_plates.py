"""Adapter of the rule export_plates."""

from pathlib import Path

from reelwright.command import command
from reelwright.identity.listing import PlateFile
from reelwright.identity.plates import PlateOutputs, export_plates
from reelwright.outcome import Record
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Plates

with command(snakemake.log[0]):
    params, name = snakemake.params, snakemake.wildcards.set
    export_plates(
        Path(params.folder),
        [PlateFile(*one) for one in params.files],
        PlateOutputs(Path(snakemake.output.plates), Path(snakemake.output.folder)),
        Record("export_plates", name, Path(snakemake.output.outcome), params.failures),
        settings=Plates.model_validate(params.settings),
        limits=ArchiveLimits.model_validate(params.limits),
        store=Path(params.store),
        threads=snakemake.threads,
    )

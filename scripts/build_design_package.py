"""Adapter of the rule build_design_package."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.packages.design import DesignInputs, build_design_package
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.identity import Plates
from reelwright.spec.lane import DesignPackage

with command(snakemake.log[0]):
    build_design_package(
        Path(snakemake.output.metadata).parent,
        Record(
            "build_design_package",
            snakemake.wildcards.package,
            Path(snakemake.output.outcome),
            snakemake.params.failures,
        ),
        name=snakemake.wildcards.package,
        settings=DesignPackage.model_validate(snakemake.params.settings),
        inputs=DesignInputs(
            folder=Path(snakemake.params.folder),
            rights=snakemake.params.rights,
            limits=ArchiveLimits.model_validate(snakemake.params.limits),
            plates=Plates.model_validate(snakemake.params.plates),
            dictionaries={Path(path).stem: Path(path) for path in snakemake.input.dictionaries},
            locations=Path(snakemake.input.locations),
            plate_rows=[Path(path) for path in snakemake.input.plates],
            candidates=next(map(Path, snakemake.input.candidates), None),
            review=next(map(Path, snakemake.input.review), None),
            guarded=[Path(path) for path in snakemake.input.guarded],
            outcomes=[Path(path) for path in snakemake.input.outcomes],
            names=snakemake.params.names,
            show=snakemake.params.show,
            trigger=snakemake.params.trigger,
        ),
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
    )

"""Adapter of the rule tune_shots."""

from pathlib import Path

from reelwright.command import command
from reelwright.spec.model import Clips
from reelwright.spec.shots import parse_shots
from reelwright.tuning import ScannedEpisode, TuningOutputs, tune_shots

with command(snakemake.log[0]):
    tune_shots(
        [
            ScannedEpisode(
                episode,
                Path(snakemake.input.scans[number]),
                Path(snakemake.input.headers[number]),
                [Path(path) for path in snakemake.input.transitions[number : number + 1]],
                [
                    Path(path)
                    for outcomes in (snakemake.input.scan_outcomes, snakemake.input.transitions_outcomes)
                    for path in outcomes[number : number + 1]
                ],
            )
            for number, episode in enumerate(snakemake.params.episodes)
        ],
        TuningOutputs(Path(snakemake.output.figures), Path(snakemake.output.table), Path(snakemake.output.plot)),
        chosen=parse_shots(snakemake.params.chosen),
        clips=Clips.model_validate(snakemake.params.clips),
        processes=snakemake.threads,
    )

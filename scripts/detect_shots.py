"""Adapter of the rule detect_shots."""

from pathlib import Path

from reelwright.command import command
from reelwright.outcome import Record
from reelwright.shots import detect_shots
from reelwright.spec.shots import parse_shots

with command(snakemake.log[0]):
    episode = snakemake.wildcards.episode
    detect_shots(
        Path(snakemake.input.scan),
        Path(snakemake.input.header),
        Path(snakemake.input.scan_outcome),
        Path(snakemake.output.shots),
        [Path(path) for path in snakemake.input.transitions],
        [Path(path) for path in snakemake.input.transitions_outcome],
        Record("detect_shots", f"ep{episode}", Path(snakemake.output.outcome), snakemake.params.failures),
        episode=episode,
        settings=parse_shots(snakemake.params.settings),
    )

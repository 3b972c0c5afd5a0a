"""Adapter of the rule transcribe_master."""

from pathlib import Path

from reelwright.command import command, placed
from reelwright.outcome import Record
from reelwright.spec.transcripts import Whisper
from reelwright.transcripts.transcribe import transcribe_master

with command(snakemake.log[0]):
    transcribe_master(
        placed(snakemake.params.master, snakemake.input.master),
        Path(snakemake.input.probe),
        Path(snakemake.input.probe_outcome),
        Path(snakemake.output.transcript),
        Record(
            "transcribe_master",
            f"ep{snakemake.wildcards.episode}",
            Path(snakemake.output.outcome),
            snakemake.params.failures,
        ),
        settings=Whisper.model_validate(snakemake.params.settings),
        store=Path(snakemake.params.store),
        threads=snakemake.threads,
    )

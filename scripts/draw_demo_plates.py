"""Adapter of the rule draw_demo_plates."""

from pathlib import Path

from reelwright.command import command
from reelwright.demo.plate_art import draw_demo_plates

with command(snakemake.log[0]):
    draw_demo_plates([Path(path) for path in snakemake.output])

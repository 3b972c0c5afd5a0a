"""Adapter of the rule build_manifest."""

from pathlib import Path

from reelwright.command import command
from reelwright.manifest import EpisodeRows, build_manifest
from reelwright.manifest_refs import DesignFiles
from reelwright.spec.evaluation import Held

with command(snakemake.log[0]):
    build_manifest(
        [
            EpisodeRows(
                episode,
                master,
                code,
                Path(clips),
                Path(quality),
                Path(captions),
                (Path(quality_outcome), Path(outcome)),
                tuple(map(Held.model_validate, held)),
            )
            for episode, master, code, held, clips, quality, captions, quality_outcome, outcome in zip(
                snakemake.params.episodes,
                snakemake.params.masters,
                snakemake.params.production_codes,
                snakemake.params.held,
                snakemake.input.clips,
                snakemake.input.quality,
                snakemake.input.captions,
                snakemake.input.quality_outcomes,
                snakemake.input.outcomes,
                strict=True,
            )
        ],
        Path(snakemake.output.rows),
        Path(snakemake.output.summary),
        project=snakemake.params.project,
        common_share=snakemake.params.common_share,
        design=DesignFiles(
            {Path(path).stem: Path(path) for path in snakemake.input.dictionaries},
            [Path(path) for path in snakemake.input.crosswalk],
        ),
        sets=[Path(path) for path in snakemake.input.sets],
    )

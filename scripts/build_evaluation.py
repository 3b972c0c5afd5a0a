"""Adapter of the rule build_evaluation."""

from pathlib import Path

from reelwright.command import command
from reelwright.evaluation.guard import EpisodeInputs
from reelwright.evaluation.material import ArtFiles, HeldEpisode
from reelwright.evaluation.pictures import Roots
from reelwright.evaluation.sets import SetInputs, TrainedEpisode, build_evaluation
from reelwright.outcome import Record
from reelwright.spec.design import ArchiveLimits
from reelwright.spec.evaluation import KINDS, Held, Sets

with command(snakemake.log[0]):
    read, params = snakemake.input, snakemake.params
    files = {name: [Path(path) for path in paths] for name, paths in read.items()}
    build_evaluation(
        SetInputs(
            files["holdout"][0],
            files["holdout_outcome"][0],
            [
                HeldEpisode(episode, clips, quality, captions, tuple(outcomes))
                for episode, clips, quality, captions, *outcomes in zip(
                    params.held,
                    files["held_clips"],
                    files["held_quality"],
                    files["held_captions"],
                    files["held_clips_outcomes"],
                    files["held_quality_outcomes"],
                    files["held_captions_outcomes"],
                    strict=True,
                )
            ],
            [
                TrainedEpisode(
                    EpisodeInputs(clips, quality, scan, header, tuple(outcomes)),
                    tuple(map(Held.model_validate, held)),
                )
                for held, clips, quality, scan, header, *outcomes in zip(
                    params.held_of_trained,
                    files["clips"],
                    files["quality"],
                    files["scans"],
                    files["headers"],
                    files["clips_outcomes"],
                    files["quality_outcomes"],
                    strict=True,
                )
            ],
            ArtFiles(
                {path.stem: path for path in files["dictionaries"]},
                next(iter(files["crosswalk"]), None),
                tuple(files["design_outcomes"]),
                next(iter(files["anchors"]), None),
                tuple(files["anchors_outcomes"]),
            ),
            Roots(
                Path(params.results),
                Path(params.art) if params.art else None,
                ArchiveLimits.model_validate(params.limits),
            ),
        ),
        dict(zip(KINDS, map(Path, snakemake.output.sets), strict=True)),
        Path(snakemake.output.summary),
        Record("build_evaluation", "sets", Path(snakemake.output.outcome), params.failures),
        settings=Sets.model_validate(params.settings),
        trigger=params.trigger,
    )

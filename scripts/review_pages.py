"""Adapter of the rule review_pages."""

from pathlib import Path

from reelwright.actors.progress import plan_file
from reelwright.command import command
from reelwright.outcome import Record
from reelwright.review.pages import PageOutputs, review_pages
from reelwright.review.sources import Episode, Season

with command(snakemake.log[0]):
    given, out, params = snakemake.input, snakemake.output, snakemake.params
    each = zip(
        params.episodes,
        params.titles,
        given.clips,
        given.quality,
        given.captions,
        given.shots,
        given.pictures,
        zip(given.caption_outcomes, given.picture_outcomes, strict=True),
        strict=True,
    )
    variants = dict(zip(params.varied, map(Path, given.variants), strict=True))
    compared = {f"variants {one}": Path(path) for one, path in zip(params.varied, given.variant_outcomes, strict=True)}
    planned = {f"actor {one}": Path(params.plan_outcomes, f"{one}.json") for one in params.actors}
    names = {
        "anchors": given.anchors_outcome,
        "crosswalk": given.crosswalk_outcome,
        "numbering": given.numbering_outcome,
    }
    review_pages(
        Season(
            results=Path(out.page).parents[1],
            episodes=[
                Episode(number, title, *map(Path, paths), outcomes=tuple(map(Path, outcomes)))
                for number, title, *paths, outcomes in each
            ],
            variants=variants,
            probes={Path(path).stem: Path(path) for path in given.probes},
            anchors=next(map(Path, given.anchors), None),
            crosswalk=next(map(Path, given.crosswalk), None),
            numbering=next(map(Path, given.numbering), None),
            plans={one: plan_file(Path(params.plans), one) for one in params.actors},
            evaluations=dict(zip(params.actors, map(Path, given.evaluations), strict=True)),
            outcomes={**compared, **planned, **{name: Path(path) for name, paths in names.items() for path in paths}},
        ),
        Path(params.decisions),
        PageOutputs(
            page=Path(out.page),
            script=Path(out.script),
            style=Path(out.style),
            data=Path(out.data),
            plates=Path(out.plates),
            index=Path(out.index),
        ),
        Record("review_pages", "review", Path(out.outcome), params.failures),
        project=params.project,
        show=params.show,
    )

"""What a build would ask models: about clips, plates and sheets of actors' images."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from pathlib import Path

from reelwright.actors.asking import Looker
from reelwright.actors.discovery import ActorListing
from reelwright.actors.imports import Imported, read_evaluations
from reelwright.captions import Asking, CaptionInputs, Production, waiting_calls
from reelwright.demo.actorlist import drawn_actors
from reelwright.identity.review import ReviewInputs, Show, waiting_reviews
from reelwright.models.asking import Books
from reelwright.plan.calls import Calls, Item, count_calls
from reelwright.plan.episodes import Episode
from reelwright.plan.jobs import Jobs
from reelwright.sources.delivery import Delivery
from reelwright.spec.actors import ActorEvaluation
from reelwright.spec.identity import Identity
from reelwright.spec.model import Spec
from reelwright.store import open_store


class Questions:
    """The questions of a build of ``spec``, as far as ``jobs`` would ask them."""

    def __init__(self, spec: Spec, delivery: Delivery, results: Path, jobs: Jobs) -> None:
        self._spec, self._delivery, self._results, self._jobs = spec, delivery, results, jobs
        self._books = Books(Path(spec.cache, "answers"), Path(spec.cache, "ledger", spec.project), spec.budget)
        self._currency = spec.budget.currency if spec.budget else "USD"

    def captions(self, episodes: dict[str, Episode]) -> Calls:
        """Calls about clips."""
        settings = self._spec.captions
        wanted = [one for one in episodes.values() if self._made(f"captions/ep{one.number}.jsonl")]
        items = (self._captions_of(one) for one in wanted)
        return count_calls(settings.asks, settings.ask_again, items, self._currency)

    def reviews(self) -> Calls:
        """Calls about plates."""
        identity = self._spec.identity
        if identity is None:
            return count_calls(None, 0, (), self._currency)
        wanted = [name for name in identity.sets if self._made(f"identity/review/{name}.jsonl")]
        items = (self._reviews_of(name, identity) for name in wanted)
        return count_calls(identity.review.asks, identity.review.ask_again, items, self._currency)

    def sheets(self) -> Calls:
        """Calls about sheets of actors' images."""
        evaluation = self._spec.actors.evaluation if self._spec.actors else None
        if evaluation is None or evaluation.asks is None:
            return count_calls(None, 0, (), self._currency)
        return count_calls(evaluation.asks, evaluation.ask_again, self._sheets_of(evaluation), self._currency)

    def _made(self, path: str) -> bool:
        return self._jobs.make(self._results / path)

    def _captions_of(self, episode: Episode) -> Item:
        number, spec, results = episode.number, self._spec, self._results
        carried = spec.reference is not None and spec.reference.carries_labels
        stages = {"cut_clips": f"ep{number}", "measure_quality": f"ep{number}"}
        stages |= {"carry_labels": "seeds"} if carried else {}
        heard = results / "transcripts" / f"ep{number}.json"
        delivered = [Path(path) for path in self._delivery.delivered_subtitles(number)]
        imports = results / "imports" / "captions.jsonl" if spec.captions.imports else None
        inputs = CaptionInputs(
            clips=results / "clips" / f"ep{number}.jsonl",
            quality=results / "quality" / f"ep{number}.jsonl",
            outcomes=tuple(results / "outcomes" / stage / f"{item}.json" for stage, item in stages.items()),
            bible=Path(spec.captions.bible) if spec.captions.bible else None,
            transcript=next(iter([*delivered, *([heard] if heard.exists() else [])]), None),
            imports=imports,
            seeds=results / "sources" / "seeds" / f"ep{number}.jsonl" if carried else None,
            master=self._delivery.canonical(number).path,
        )
        read = [inputs.clips, inputs.quality, *inputs.outcomes, heard]
        read += [path for path in (inputs.bible, imports, inputs.seeds, *delivered) if path is not None]
        entry = spec.sources.episodes[number]
        production = Production(spec.show, spec.season, number, entry.title, entry.speakers)
        asking = Asking(spec.clips.sheet, self._books.answers, self._books.ledger, spec.budget)
        count = functools.partial(waiting_calls, inputs, spec.captions, production, asking)
        return Item(number, count if self._jobs.leave(read) else None, episode.most, episode.why)

    def _reviews_of(self, name: str, identity: Identity) -> Item:
        results = self._results
        imports = results / "imports" / "reviews.jsonl" if identity.review.imports else None
        stages = [("export_plates", name), *([("import_reviews", "reviews")] if imports else [])]
        bible = Path(self._spec.captions.bible) if self._spec.captions.bible else None
        inputs = ReviewInputs(
            plates=results / "identity" / "plates" / f"{name}.json",
            outcomes=tuple(results / "outcomes" / stage / f"{item}.json" for stage, item in stages),
            imports=imports,
            bible=bible,
        )
        show = Show(self._spec.show, self._spec.season)
        read = [inputs.plates, *inputs.outcomes, *(path for path in (imports, bible) if path is not None)]
        count = functools.partial(waiting_reviews, inputs, name, identity, show, self._books)
        return Item(name, count if self._jobs.leave(read) else None, None, "plates not exported yet")

    def _sheets_of(self, evaluation: ActorEvaluation) -> Iterator[Item]:
        listing = ActorListing(self._spec.actors, drawn_actors(self._spec))
        looker = Looker(evaluation, open_store(Path(self._spec.cache, "actors")))
        imports = self._results / "imports" / "evaluations.jsonl" if evaluation.imports else None

        @functools.cache
        def imported() -> Imported:
            return Imported(read_evaluations(imports))

        def count(actor: str) -> int:
            return looker.calls(actor, map(Path, listing.images(actor)), imported(), self._books)

        for actor in listing.actors:
            if self._made(f"actors/evaluation/{actor}_evaluation.json"):
                images = list(map(Path, listing.images(actor)))
                known = self._jobs.leave([*images, *([imports] if imports else [])])
                most = math.ceil(len(images) / evaluation.images_per_sheet)
                yield Item(actor, functools.partial(count, actor) if known else None, most)

"""The stage ``caption_clips``: one caption row a kept clip of an episode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reelwright.captions.bible import Bible, read_bible
from reelwright.captions.context import ClipContext, EpisodeContext, Production, clip_context
from reelwright.captions.edits import Edits
from reelwright.captions.imports import Match, match_imports, read_imports
from reelwright.captions.row import RowMaker
from reelwright.captions.seeds import read_seeds
from reelwright.captions.tokens import token_counter
from reelwright.captions.vision import Seen, answer_check, clip_requests, seen_or_failed
from reelwright.errors import BadItem
from reelwright.files import read_jsonl, write_jsonl
from reelwright.models import Request
from reelwright.models.asking import Books, Terms, ask_all, count_waiting, report_failed
from reelwright.outcome import Record, attempt, require
from reelwright.spec.captions import Captions
from reelwright.spec.model import Budget, Sheet
from reelwright.template import read_template
from reelwright.transcripts import read_transcript


@dataclass(frozen=True)
class CaptionInputs:
    """Where what an episode's captions draw on lies."""

    clips: Path
    quality: Path
    outcomes: tuple[Path, ...]
    """Outcome records of what must have ended well: cutting, measuring, importing, hearing."""
    bible: Path | None
    """None where the project has none."""
    transcript: Path | None
    imports: Path | None
    seeds: Path | None
    """What the old material says of the episode."""
    master: str
    """Path of the canonical master below the delivery: imported captions may name it."""
    decisions: Path | None = None
    """What people say of captions: ``config/<project>/decisions/captions.csv``."""

    @property
    def results(self) -> Path:
        """The folder that paths in rows are relative to."""
        return self.clips.parent.parent


@dataclass(frozen=True)
class Asking:
    """What asking a model needs beyond the question."""

    sheet: Sheet
    """How contact sheets are laid out."""
    answers: Path
    """Folder of the answers that outlive every rerun."""
    ledger: Path
    """Folder of what was spent."""
    budget: Budget | None
    log: Path | None = None
    """Where a managed server's words go."""

    @property
    def books(self) -> Books:
        """Where answers and what they cost are kept."""
        return Books(self.answers, self.ledger, self.budget, self.log)


def caption_clips(
    inputs: CaptionInputs, out: Path, record: Record, *, settings: Captions, production: Production, asking: Asking
) -> None:
    """Write ``captions/ep<NN>.jsonl`` (``out``), a row a clip that was kept, and the outcome record.

    A caption made elsewhere is taken where one fits; of the other usable clips the model is asked, where the spec names
    one; what is left, and clips that nobody should pay for, get a structured caption. A clip whose caption fails is
    listed in the outcome and tried again by the same command. A text that a person has edited stands in place of it. A bad
    transcript is a warning, a bad bible fails the episode.
    Raises BuildError where more than ``max_failed_share`` of the asked captions fail, or the model can't be asked at all,
    SpecError where the decisions file is not valid.
    """
    with attempt(record, [out]) as notes:
        require(inputs.outcomes)
        # Before anything is paid for.
        edits = Edits(inputs.decisions, production.episode)
        known = _known(inputs, settings, production, notes.warn)
        told = _ask(known, asking)
        if known.terms is not None:
            failed = {clip_id: one for clip_id, one in told.items() if isinstance(one, BadItem)}
            report_failed(failed, len(known.asked), record.item, "captions", known.terms, notes)
        tokens = token_counter(Path(settings.tokenizer) if settings.tokenizer else None)
        maker = RowMaker(known.episode, tokens)
        rows = []
        for clip in known.clips:
            seen, match = told.get(clip.clip_id), known.imported.get(clip.clip_id)
            if match is not None:
                rows.append(maker.imported(clip, match))
            elif isinstance(seen, Seen):
                rows.append(maker.vlm(clip, seen))
            else:
                rows.append(maker.structured(clip, seen))
        write_jsonl(out, edits.apply(rows, known.episode.lint_rules, tokens, notes), "caption")


def waiting_calls(inputs: CaptionInputs, settings: Captions, production: Production, asking: Asking) -> int:
    """Calls that ``caption_clips`` would make for this episode now, at least; it reads what earlier runs found, and asks
    nobody. Raises BadItem or BuildError where ``caption_clips`` would."""
    if settings.asks is None:
        return 0
    require(inputs.outcomes)
    known = _known(inputs, settings, production, lambda _: None)
    assert known.terms is not None
    return count_waiting(caption_requests(known, asking).values(), known.terms, asking.books)


@dataclass(frozen=True)
class _Known:
    """An episode's clips, before any model is asked."""

    episode: EpisodeContext
    clips: list[ClipContext]
    imported: dict[str, Match]
    results: Path

    @property
    def asked(self) -> list[ClipContext]:
        """The clips that a model is asked about, where one is."""
        return [clip for clip in self.clips if clip.usable and clip.clip_id not in self.imported]

    @property
    def terms(self) -> Terms | None:
        """How the model is asked; None where none is."""
        settings = self.episode.settings
        if settings.asks is None:
            return None
        check, share = answer_check(self.episode), settings.max_failed_share
        return Terms(settings.asks, check, settings.ask_again, share, "captions.max_failed_share")


def _known(inputs: CaptionInputs, settings: Captions, production: Production, warn: Callable[[str], None]) -> _Known:
    """Read what is known of an episode; raises BadItem where the bible is bad, for captions would be poorer."""
    bible = Bible() if inputs.bible is None else read_bible(inputs.bible, production.show, production.season)
    lines = [] if inputs.transcript is None else read_transcript(inputs.transcript, warn, production.speakers)
    episode = EpisodeContext(production, bible, lines, settings, read_seeds(inputs.seeds))
    quality = {row["clip_id"]: row for row in read_jsonl(inputs.quality)}
    kept = [row for row in read_jsonl(inputs.clips) if row["kept"]]
    clips = [clip_context(row, quality[row["clip_id"]], episode) for row in kept]
    imported = match_imports(
        clips,
        read_imports(inputs.imports),
        episode=production.episode,
        master=inputs.master,
        results=inputs.results,
        least=settings.import_overlap,
        warn=warn,
    )
    return _Known(episode, clips, imported, inputs.results)


def caption_requests(known: _Known, asking: Asking) -> dict[str, Request]:
    """The question about each clip that a model is asked about, by clip id."""
    template = read_template(known.episode.settings.prompt_file)
    return clip_requests(known.asked, known.episode, template, asking.sheet, known.results)


def _ask(known: _Known, asking: Asking) -> dict[str, Seen | BadItem]:
    """What the model tells of each clip, by clip id."""
    if known.terms is None or not known.asked:
        return {}
    label = f"captions ep{known.episode.production.episode}"
    results = ask_all(caption_requests(known, asking), known.terms, asking.books, label)
    return {clip_id: seen_or_failed(result, known.episode) for clip_id, result in results.items()}

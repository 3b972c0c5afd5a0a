"""The stage ``map_numbering``: which production episode each old episode is.

By what somebody has decided, else by what the spec states, else by the name; never by number. What a name alone does not say is
not used until a person has said it, and whatever goes by an old episode's number is listed for review.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelwright.decisions import Decision, apply_decisions, read_decisions
from reelwright.digest import file_sha256, recipe_digest
from reelwright.errors import BadItem, Problem, SpecError
from reelwright.files import read_json, write_json
from reelwright.foreign import read_foreign_json
from reelwright.names import normal_name
from reelwright.outcome import Notes, Record, attempt
from reelwright.reference.names import Match, match_name
from reelwright.reference.oldbible import (
    ID,
    numbered,
    old_episodes,
    own_production,
    text_of,
    with_production,
)
from reelwright.reference.oldmanifest import read_old_manifest

DECISIONS = ("map", "none")
"""Words of config/<project>/decisions/numbering.csv: ``map`` (value: a production episode), ``none`` (it is none of them)."""

WHAT = "the old season bible (reference.bible)"

GRADES = {"high": 2, "medium": 1, "low": 0}


@dataclass(frozen=True)
class Production:
    """A production episode, as the spec and the delivery know it."""

    titles: Sequence[str]
    """All titles that it was delivered under."""
    existing_episode_id: str | None = None
    existing_bible_name: str | None = None


@dataclass
class OldEpisode:
    """An old episode and what is made of it."""

    episode_id: str | None
    """None where only the spec names it."""
    names: Sequence[str]
    clips: int | None = None
    """Rows of the old manifest; None without a manifest."""
    match: Match | None = None
    """What its name says, of several names the one that says least; None where it has none."""
    production_episode: str | None = None
    grade: str = "low"
    how: str = "none"
    review: list[str] = field(default_factory=list)
    """Why somebody should look at it."""

    @property
    def item(self) -> str:
        """What decisions and messages call it."""
        return self.episode_id or self.names[0]

    @property
    def sha256(self) -> str:
        """What a decision about it names: digest of id and names, so that it is asked again where these change."""
        return recipe_digest({"episode_id": self.episode_id, "episode_names": list(self.names)})

    def take(self, episode: str | None, grade: str, how: str) -> None:
        """Map it."""
        self.production_episode, self.grade, self.how = episode, grade, how


def production_episodes(numbering: Path) -> dict[str, str]:
    """Production episode by old episode id, of those that are mapped, from ``sources/numbering.json``."""
    return {
        one["episode_id"]: one["production_episode"]
        for one in read_json(numbering)["episodes"]
        if one["episode_id"] is not None and one["production_episode"] is not None
    }


def map_numbering(
    out: Path,
    bible_out: Path,
    record: Record,
    *,
    show: str,
    productions: Mapping[str, Production],
    bible: Path | None,
    manifest: Path | None,
    decisions: Path,
) -> None:
    """Write the map to ``out`` (schema ``numbering``) and the old bible with production episodes to ``bible_out``.

    ``productions`` go by two-digit episode. A bible or manifest that is missing or broken is a failed item. Raises SpecError
    for ``decisions`` that are none.
    """
    with attempt(record, [out, bible_out]) as notes:
        content = read_foreign_json(bible, WHAT, "reference") if bible else None
        rows = read_old_manifest(manifest) if manifest else None
        if bible and not isinstance(content, dict | list):
            raise BadItem("reference", f"{bible}: expected records with episode_id and episode_name ({WHAT})")
        olds = _old_episodes(content, rows, productions)
        _match(olds, productions, show)
        _state(olds, productions, notes)
        decided = _decide(olds, productions, decisions, notes)
        _one_each(olds)
        _ask(olds, notes)
        by_id = {old.episode_id: old.production_episode for old in olds if old.episode_id is not None}
        by_name = {name: old.production_episode for old in olds for name in old.names}
        taken = {old.production_episode for old in olds}
        summary = {
            "bible": {"path": str(bible), "sha256": file_sha256(bible)} if bible else None,
            "episodes": [_entry(old) for old in olds],
            "new": [episode for episode in sorted(productions) if episode not in taken],
            "by_number": [*_by_number("bible", content, by_id), *_by_number("manifest", rows, by_id)],
            "stated_otherwise": _stated_otherwise(content, by_id),
            "decisions": decided,
        }
        write_json(out, summary, "numbering")
        write_json(bible_out, with_production(content, by_id, by_name), "reference_bible")


def _old_episodes(
    content: Any, rows: Iterable[Mapping[str, Any]] | None, productions: Mapping[str, Production]
) -> list[OldEpisode]:
    """Every old episode that bible, manifest or spec know, in that order."""
    named = old_episodes(content)
    clips = Counter(text_of(row.get(ID)) for row in rows or [])
    for episode in clips:
        if episode is not None:
            named.setdefault(episode, [])
    spare: list[OldEpisode] = []
    for one in productions.values():
        episode, name = one.existing_episode_id, one.existing_bible_name
        if episode is not None and (episode in named or (content is None and rows is None)):
            names = named.setdefault(episode, [])
            names += [name] if name and not names else []
        elif episode is None and name and content is None:
            spare.append(OldEpisode(None, [name]))
    counted = [OldEpisode(key, names, None if rows is None else clips[key]) for key, names in named.items()]
    return [*counted, *spare]


def _match(olds: Iterable[OldEpisode], productions: Mapping[str, Production], show: str) -> None:
    """Map by name, where the name says it; of several names, where all say the same."""
    titles = {episode: one.titles for episode, one in productions.items()}
    for old in olds:
        matches = [match_name(name, titles, show) for name in old.names]
        if matches:
            old.match = min(matches, key=lambda match: GRADES[match.grade])
        if len({match.episode for match in matches}) == 1 and old.match:
            old.take(old.match.episode, old.match.grade, old.match.how)


def _state(olds: Sequence[OldEpisode], productions: Mapping[str, Production], notes: Notes) -> None:
    """Map what the spec states, by id or by name; it outweighs what the name says."""
    for episode, one in productions.items():
        found = [old for old in olds if one.existing_episode_id and old.episode_id == one.existing_episode_id]
        if one.existing_bible_name and not found:
            name = normal_name(one.existing_bible_name)
            found = [old for old in olds if name in map(normal_name, old.names)]
        for old in found:
            if old.how == "spec" and old.production_episode != episode:
                old.review.append(f"the spec states both {old.production_episode} and {episode}")
                old.take(None, "low", "several")
                continue
            said = old.match.episode if old.match else None
            if said is not None and said != episode:
                old.review.append(f"the spec states {episode}, its name says {said}")
            old.take(episode, "high", "spec")
        stated = one.existing_episode_id or one.existing_bible_name
        if stated and not found:
            key = "existing_episode_id" if one.existing_episode_id else "existing_bible_name"
            notes.warn(f"sources.episodes.{episode}.{key} is {stated!r}: the old material knows no such episode")


def _decide(
    olds: Sequence[OldEpisode], productions: Mapping[str, Production], path: Path, notes: Notes
) -> dict[str, list[str]]:
    """Apply people's decisions, which outweigh everything; returns the items of those applied and of those not."""
    decisions = read_decisions(path, DECISIONS)
    problems = list(_wrong_values(path, decisions, productions))
    if problems:
        raise SpecError(problems)
    items = {old.item: old for old in olds}
    met = apply_decisions({item: old.sha256 for item, old in items.items()}, decisions)
    for item, decision in met.applied.items():
        items[item].review.clear()
        items[item].take(decision.value or None, "high", "decision")
    for stale in met.stale:
        notes.warn(
            f"{path}: the old episode {stale.item} has another name than when {stale.reviewer} decided: decide again"
        )
        items[stale.item].review.append(f"{stale.reviewer} decided about it under another name")
    for unknown in met.unknown:
        notes.warn(f"{path}: there is no old episode {unknown.item}")
    return {
        "applied": sorted(met.applied),
        "stale": sorted({one.item for one in met.stale}),
        "unknown": sorted({one.item for one in met.unknown}),
    }


def _wrong_values(
    path: Path, decisions: Iterable[Decision], productions: Mapping[str, Production]
) -> Iterable[Problem]:
    for decision in decisions:
        where = f"value of {decision.item}"
        if decision.decision == "map" and decision.value not in productions:
            expected = f"expected a production episode of the spec ({min(productions)} to {max(productions)}), as 07"
            yield Problem(str(path), where, repr(decision.value), expected)
        if decision.decision == "none" and decision.value:
            yield Problem(
                str(path), where, repr(decision.value), "expected nothing: none says that it is no episode of these"
            )


def _one_each(olds: Iterable[OldEpisode]) -> None:
    """Where several old episodes are mapped to one, only what people say, or else the surest of them, stays."""
    claims: dict[str, list[OldEpisode]] = defaultdict(list)
    for old in olds:
        if old.production_episode is not None:
            claims[old.production_episode].append(old)
    for episode, several in claims.items():
        said = [old for old in several if old.how in ("decision", "spec")]
        surest = max(GRADES[old.grade] for old in several)
        sure = said or [old for old in several if GRADES[old.grade] == surest]
        for old in several:
            if old in said or sure == [old]:
                continue
            others = ", ".join(one.item for one in several if one is not old)
            old.take(None, "low", "several")
            old.review.append(f"{episode} is claimed by {others} too")


def _ask(olds: Iterable[OldEpisode], notes: Notes) -> None:
    """Say what is left for a person."""
    asked = []
    for old in olds:
        if old.production_episode is None and old.how != "decision" and not old.review:
            old.review.append(_unclear(old))
        if old.review:
            asked.append(f"{old.item} ({', '.join(map(repr, old.names)) or 'no name'}): {'; '.join(old.review)}")
    for one in asked:
        notes.warn(f"the old episode {one}: somebody has to decide, in decisions/numbering.csv")


def _unclear(old: OldEpisode) -> str:
    """Why an old episode is not mapped."""
    if old.match is None:
        return "nothing gives it a name"
    proposals = ", ".join(old.match.proposals)
    if len(old.names) > 1:
        return "its names say different episodes"
    return f"its name fits {proposals}" if old.how == "several" else f"its name fits none; nearest are {proposals}"


def _entry(old: OldEpisode) -> dict[str, Any]:
    match = old.match
    return {
        "episode_id": old.episode_id,
        "episode_names": list(old.names),
        "sha256": old.sha256,
        "production_episode": old.production_episode,
        "grade": old.grade,
        "how": old.how,
        "score": match.score if match else None,
        "margin": match.margin if match else None,
        "proposals": list(match.proposals) if match else [],
        "clips": old.clips,
        "review": old.review,
    }


def _by_number(file: str, content: Any, by_id: Mapping[str, str | None]) -> list[dict[str, Any]]:
    return [
        {
            "file": file,
            "path": one.path,
            "first": one.first,
            "value": one.value,
            "count": count,
            "episode_id": one.episode_id,
            "production_episode": by_id.get(one.episode_id) if one.episode_id else None,
        }
        for one, count in numbered(content).items()
    ]


def _stated_otherwise(content: Any, by_id: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Where the old bible itself states another production episode than is written now."""
    return [
        {"path": path, "episode_id": episode, "value": value, "production_episode": by_id.get(episode)}
        for path, episode, value in own_production(content)
        if by_id.get(episode) != value
    ]

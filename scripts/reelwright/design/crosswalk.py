"""The stage ``build_crosswalk``: names of the wiki and the production assets that they mean.

What people have decided outweighs everything; what is unsure is proposed to them and used by nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.decisions import COLUMNS, Decision, apply_decisions, read_decisions
from reelwright.design.grammar import Table
from reelwright.design.match import Asset, Match, Matcher, settle
from reelwright.design.wiki import WikiName, read_wiki
from reelwright.errors import BadItem, Problem, SpecError
from reelwright.files import read_json, write_csv, write_json
from reelwright.outcome import Notes, Record, attempt, require
from reelwright.spec.design import Design

DECISIONS = ("map", "none")
"""Words of config/<project>/decisions/crosswalk.csv: ``map`` (value: ids of assets, ``|`` between them), ``none``."""


@dataclass(frozen=True)
class CrosswalkOutputs:
    """What the stage writes."""

    crosswalk: Path
    review: Path
    """CSV of what somebody has to decide, with the columns of decisions."""


def build_crosswalk(
    dictionaries: Mapping[str, Path],
    upstream: Path,
    outputs: CrosswalkOutputs,
    record: Record,
    *,
    settings: Design,
    show: str,
    decisions: Path,
) -> None:
    """Write the crosswalk (schema ``crosswalk``). ``dictionaries`` go by name; ``upstream`` is the outcome of these.

    A wiki list that is missing or broken is a failed part. Raises SpecError for ``decisions`` that are none.
    """
    with attempt(record, [outputs.crosswalk, outputs.review]) as notes:
        require([upstream])
        assets = assets_of({name: read_json(path)["entries"] for name, path in dictionaries.items()})
        names = _wiki_names(settings, notes)
        matches = match_names(names, assets, settings, show)
        decided = _decide(matches, {one.id: one for one in assets}, decisions, notes)
        settle(matches)
        by_id = {one.id: one for one in assets}
        write_json(outputs.crosswalk, _crosswalk(matches, by_id, settings, decided), "crosswalk")
        open_ones = [one for one in matches if one.grade in ("low", "none") and one.how != "decision"]
        write_csv(outputs.review, list(COLUMNS), map(_review_row, open_ones))
        if open_ones:
            notes.warn(
                f"{len(open_ones)} of {len(matches)} names of the wiki mean no asset for sure: see {outputs.review}"
            )


def assets_of(dictionaries: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Asset]:
    """What can be matched, from the entries of the dictionaries."""
    names = {one["id"]: one["name"] for one in dictionaries.get("characters", ())}
    return [
        Asset(one["id"], dictionary, one["name"], names.get(one.get("character")), one)
        for dictionary, entries in dictionaries.items()
        for one in entries
    ]


def match_names(names: Sequence[WikiName], assets: Sequence[Asset], settings: Design, show: str) -> list[Match]:
    """What each name means by itself, before people's decisions and before names that mean one asset are told apart."""
    aliases = Table(settings.names.aliases)
    matcher = Matcher(assets, names, show=show, respell=lambda name: " ".join(aliases.replace(name.split())))
    return [matcher.match(one, settings.wiki_groups[one.group].dictionary) for one in names]


def _wiki_names(settings: Design, notes: Notes) -> list[WikiName]:
    names: dict[str, WikiName] = {}
    for wiki in settings.wiki:
        try:
            for one in read_wiki(Path(wiki.path), settings.wiki_groups, one_to_one=wiki.one_to_one):
                names.setdefault(one.item, one)
        except BadItem as error:
            notes.fail(wiki.path, error)
    return list(names.values())


def _decide(matches: Sequence[Match], assets: Mapping[str, Asset], path: Path, notes: Notes) -> dict[str, list[str]]:
    """Apply people's decisions; returns the items of those applied and of those not."""
    decisions = read_decisions(path, DECISIONS)
    problems = list(_wrong_values(path, decisions))
    if problems:
        raise SpecError(problems)
    items = {one.wiki.item: one for one in matches}
    met = apply_decisions({item: one.wiki.sha256 for item, one in items.items()}, decisions)
    gone = []
    for item, decision in met.applied.items():
        if not _take(items[item], decision, assets, path, notes):
            gone.append(item)
    for stale in met.stale:
        notes.warn(
            f"{path}: the wiki says something else of {stale.item} than when {stale.reviewer} decided: decide again"
        )
        items[stale.item].review.append(f"{stale.reviewer} decided about it when the wiki said something else")
    for unknown in met.unknown:
        notes.warn(f"{path}: the wiki has no {unknown.item}")
    return {
        "applied": sorted(set(met.applied) - set(gone)),
        "stale": sorted({one.item for one in met.stale}),
        "unknown": sorted({one.item for one in met.unknown}),
        "gone": sorted(gone),
    }


def _ids(decision: Decision) -> list[str]:
    return [one.strip() for one in decision.value.split("|") if one.strip()]


def _take(match: Match, decision: Decision, assets: Mapping[str, Asset], path: Path, notes: Notes) -> bool:
    """Set what a person decided; False where it names an asset that is gone, and the name is asked about again."""
    wanted = _ids(decision)
    gone = [one for one in wanted if one not in assets]
    if gone:
        why = f"{decision.reviewer} decided {', '.join(gone)}, which is no asset now"
        notes.warn(f"{path}: {match.wiki.item}: {why}: decide again")
        match.refuse("none", why)
        return False
    if match.assets and match.assets != wanted:
        said = f"{decision.reviewer} decided {', '.join(wanted) or 'none'}, its name says {', '.join(match.assets)}"
        notes.warn(f"{path}: {match.wiki.item}: {said}: the decision stands")
        match.review = [said]
    else:
        match.review = []
    match.grade, match.how, match.assets = "high" if wanted else "none", "decision", wanted
    return True


def _wrong_values(path: Path, decisions: Iterable[Decision]) -> Iterable[Problem]:
    for decision in decisions:
        where = f"value of {decision.item}"
        if decision.decision == "map" and not _ids(decision):
            yield Problem(str(path), where, "''", "expected ids of assets, as prop.compowder, with | between several")
        if decision.decision == "none" and decision.value:
            yield Problem(str(path), where, repr(decision.value), "expected nothing: none says that it is no asset")


def _crosswalk(
    matches: Sequence[Match], assets: Mapping[str, Asset], settings: Design, decided: dict[str, list[str]]
) -> dict[str, Any]:
    meant = {asset for one in matches for asset in one.assets}
    groups = {group.dictionary for group in settings.wiki_groups.values()}
    return {
        "entries": [_entry(one, assets, settings) for one in matches],
        "counts": dict(sorted(Counter(one.grade for one in matches).items())),
        "unnamed": sorted(one.id for one in assets.values() if one.dictionary in groups and one.id not in meant),
        "decisions": decided,
    }


def _entry(match: Match, assets: Mapping[str, Asset], settings: Design) -> dict[str, Any]:
    wiki, group = match.wiki, settings.wiki_groups[match.wiki.group]
    meant = [assets[one].entry for one in match.assets]
    return {
        "wiki_name": wiki.name,
        "production_names": [name for one in meant for name in one["production_names"]],
        "category": group.category,
        "prompt_token": meant[0]["prompt_token"] if meant else None,
        "confidence": match.grade,
        "item": wiki.item,
        "sha256": wiki.sha256,
        "group": wiki.group,
        "character": wiki.character,
        "dictionary": group.dictionary,
        "assets": match.assets,
        "production_codes": sorted({code for one in meant for code in one["production_codes"]}),
        "episodes": sorted({episode for one in meant for episode in one["episodes"]}),
        "season_wide": any(one["season_wide"] for one in meant),
        "how": match.how,
        "score": match.score,
        "margin": match.margin,
        "candidates": [{"id": key, "name": assets[key].name, "score": score} for key, score in match.candidates],
        "review": match.review,
    }


def _review_row(match: Match) -> dict[str, str]:
    proposals = ", ".join(f"{key} ({score:g})" for key, score in match.candidates) or "nothing is alike"
    why = "; ".join(match.review)
    return {
        "item": match.wiki.item,
        "sha256": match.wiki.sha256,
        "decision": "",
        "value": match.candidates[0][0] if match.candidates else "",
        "reason": f"{why} [{proposals}]" if why else f"[{proposals}]",
        "reviewer": "",
        "time": "",
    }

"""The stage ``review_pages``: what there is to review, with people's decisions so far, as a page without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reelwright.decisions import Decision, apply_apart, apply_decisions, survey_decisions
from reelwright.files import check, write_json, write_text
from reelwright.outcome import Notes, Record, attempt
from reelwright.review.actors import actor_part, image_part
from reelwright.review.assets import html, script, style
from reelwright.review.boundaries import boundary_part
from reelwright.review.captions import caption_part
from reelwright.review.clips import EXCLUSIONS, USABLE, clip_part
from reelwright.review.items import Item, Kind, Part
from reelwright.review.names import crosswalk_part, numbering_part
from reelwright.review.plates import plate_part
from reelwright.review.sources import Season, read_episodes
from reelwright.review.variants import variant_part


@dataclass(frozen=True)
class PageOutputs:
    """Where the page goes: all in ``review/`` of the results."""

    page: Path
    """``index.html``."""
    script: Path
    style: Path
    data: Path
    """Folder of what the page shows, as scripts: browsers refuse to fetch from a disk."""
    plates: Path
    """Folder of the plates' thumbnails."""
    index: Path
    """``index.json`` (``review_index`` schema): kinds, words, and the state of decisions."""


def review_pages(
    season: Season, decisions: Path, outputs: PageOutputs, record: Record, *, project: str, show: str
) -> None:
    """Write the review page of a project.

    ``decisions`` is the folder of people's files, ``config/<project>/decisions``; what in them is stale, contradicts itself
    or can't be read is listed in the index and on the page, and counted as a warning.
    """
    with attempt(record, [outputs.index]) as notes:
        outputs.plates.mkdir(parents=True, exist_ok=True)
        parts = [part for part in _parts(season, outputs.plates) if part.items or part.missing]
        states = {part.kind.domain: decision_state(part, decisions) for part in parts}
        for domain, state in states.items():
            _warn(decisions / f"{domain}.csv", state, notes)
        index = {
            "project": project,
            "show": show,
            "folder": str(decisions),
            "tabs": _tabs(parts, states),
            "states": states,
        }
        write_json(outputs.index, index, "review_index")
        _write_page(outputs, index, parts)


def _parts(season: Season, plates: Path) -> list[Part]:
    """Everything that can be reviewed, in the order of the tabs."""
    episodes, missing = read_episodes(season)
    titles = {one.number: one.title for one in season.episodes}
    return [
        clip_part(episodes, missing),
        caption_part(episodes, missing),
        boundary_part(episodes, missing),
        variant_part(season),
        plate_part(season, plates),
        crosswalk_part(season),
        numbering_part(season, titles),
        actor_part(season),
        image_part(season),
    ]


def decision_state(part: Part, decisions: Path) -> dict[str, Any]:
    """What has been decided about the things of a kind: rows that hold, stale, unknown and contradicting ones."""
    words = [word.word for word in part.kind.words]
    apart = part.kind.apart
    survey = survey_decisions(decisions / f"{part.kind.domain}.csv", words, apart=apart)
    there = {item.item: item.sha256 for item in part.items}
    met = (
        list(apply_apart(there, survey.decisions, words).values())
        if apart
        else [apply_decisions(there, survey.decisions)]
    )
    return {
        "words": words,
        "apart": apart,
        "applied": part.kind.applied,
        "items": len(part.items),
        "decided": len({item for side in met for item in side.applied}),
        "rows": [_row(one) for one in survey.decisions],
        "stale": [_row(one) for side in met for one in side.stale],
        "unknown": [_row(one) for side in met for one in side.unknown],
        "conflicts": [{"kept": _row(newer), "dropped": _row(older)} for newer, older in survey.conflicts],
        "problems": [str(one) for one in survey.problems],
    }


def _row(decision: Decision) -> dict[str, str]:
    return asdict(decision)


def _warn(path: Path, state: Mapping[str, Any], notes: Notes) -> None:
    """One sentence a domain on what somebody has to look at again."""
    counts = [
        (len(state["stale"]), "about what has changed since"),
        (len(state["unknown"]), "about what is not there (any more)"),
        (len(state["conflicts"]), "that contradict others"),
        (len(state["problems"]), "that can't be read"),
    ]
    said = ", ".join(f"{count} {what}" for count, what in counts if count)
    if said:
        notes.warn(f"{path}: decisions {said}: the review page lists them")


def _tabs(parts: Sequence[Part], states: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tabs: a kind each, and one for the clips that are left out."""
    tabs: list[dict[str, Any]] = []
    for part in parts:
        state = states[part.kind.domain]
        common = {"domain": part.kind.domain, "missing": list(part.missing)}
        undecided = len(part.items) - state["decided"]
        tabs.append(
            {
                "name": part.kind.name,
                "title": part.kind.title,
                "items": len(part.items),
                "undecided": undecided,
                **common,
            }
        )
        if part.kind.name == EXCLUSIONS["of"]:
            out = [item for item in part.items if item.facets["state"] != [USABLE]]
            decided = {(row["item"], row["sha256"]) for row in state["rows"]}
            left = sum((item.item, item.sha256) not in decided for item in out)
            tabs.append({**EXCLUSIONS, "items": len(out), "undecided": left, **common})
    return tabs


def _write_page(outputs: PageOutputs, index: Mapping[str, Any], parts: Sequence[Part]) -> None:
    outputs.data.mkdir(parents=True, exist_ok=True)
    write_text(outputs.data / "index.js", f"reelwright.index({_literal(index)});\n")
    for part in parts:
        data = {**part.kind.as_row(), "items": [_checked(item, part.kind) for item in part.items]}
        name = part.kind.name
        write_text(outputs.data / f"{name}.js", f"reelwright.kind({json.dumps(name)}, {_literal(data)});\n")
    for target, text in ((outputs.script, script()), (outputs.style, style()), (outputs.page, html())):
        write_text(target, text)


def _checked(item: Item, kind: Kind) -> dict[str, Any]:
    row = item.as_row()
    check(row, "review_item", f"{kind.name}, {item.item}")
    return row


def _literal(data: Any) -> str:
    """Data as a JavaScript string that holds its JSON: engines read JSON several times faster than literals of objects."""
    return json.dumps(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")), ensure_ascii=False)

"""An actor's plan: what should be deleted and generated so that its set gets to its target. Nothing is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reelwright.actors.classes import CLASSES, COLOURED, UNKNOWN
from reelwright.actors.decided import Decided
from reelwright.actors.mix import Way, wanted_counts, way_to
from reelwright.actors.prompts import Prompt, choose_prompts
from reelwright.digest import recipe_digest
from reelwright.spec.actors import Target
from reelwright.spec.generation import Generation

WORDS = {
    "photorealistic": "photorealistic",
    "bw_stylized": "black-and-white stylised",
    "color_stylized": "colour stylised",
    UNKNOWN: "unknown",
}
"""The classes in words."""


@dataclass(frozen=True)
class Aim:
    """What the set should be, and how images are made."""

    target: Target
    group: str | None
    generate: Generation
    seed: int


@dataclass(frozen=True)
class Who:
    """Whose images are generated, and with what."""

    actor: str
    descriptor: str
    """``man``, ``teenage girl``..."""
    used: Mapping[str, int]
    """Times that each prompt, by id, was used for the actor."""
    prompts: Sequence[Prompt]


@dataclass
class _Sorted:
    """An actor's images on the way to a plan."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    deletions: list[dict[str, Any]] = field(default_factory=list)

    def delete(self, row: Mapping[str, Any], why: str, reason: str, unsure: bool = False) -> None:
        self.deletions.append(
            {
                "operation": "delete",
                "file": row["file"],
                "sha256": row["sha256"],
                "class": row["class"],
                "quality": row["quality"],
                "why": why,
                "reason": reason,
                "rests_on_unknown": unsure,
            }
        )


def make_plan(decided: Decided, disagreements: Sequence[str], who: Who, aim: Aim) -> dict[str, Any]:
    """The plan (schema ``action_plan``) that follows from an evaluation and people's decisions; the same for the same input."""
    rows, target = decided.rows, aim.target
    found = _replaced(rows, target)
    counts = {name: sum(row["class"] == name for row in found.kept) for name in CLASSES}
    unknown = [row for row in found.kept if row["class"] == UNKNOWN]
    way = way_to(counts, len(unknown), target)
    reasons = _reasons(found, counts, len(unknown), way, target)
    for name in CLASSES:
        worst = sorted((row for row in found.kept if row["class"] == name), key=_worth)[: way.delete[name]]
        for row in worst:
            too_many = f"{WORDS[name]} images are {way.delete[name]} too many, and this is one of the worst"
            found.delete(row, "surplus", too_many)
    generations = _generations(way, who, aim.seed)
    generate = {name: way.generate[name] for name in CLASSES}
    operations = [*found.deletions, *generations]
    count = len(generations)
    price = None if aim.generate.price is None else round(count * aim.generate.price, 6)
    return {
        "actor": who.actor,
        "descriptor": who.descriptor,
        "state": "undecided" if not way.decided else "actions" if operations else "balanced",
        "target": {
            "group": aim.group,
            "total": target.total,
            "counts": wanted_counts(target),
            "tolerance": target.tolerance,
            "min_quality": target.min_quality,
        },
        "images": [{name: row[name] for name in ("file", "sha256", "class", "quality", "origin")} for row in rows],
        "now": {**counts, UNKNOWN: len(unknown), "replaced": len(rows) - len(found.kept)},
        "then": {name: counts[name] - way.delete[name] + generate[name] for name in CLASSES} if way.decided else None,
        "operations": operations,
        "delete": len(found.deletions),
        "generate": generate,
        "undecided": _undecided(unknown, way),
        "calls": count,
        "model": aim.generate.model,
        "price": price if count else 0.0,
        "currency": aim.generate.currency,
        "reasons": reasons,
        "decisions": decided.report,
        "disagreements": _open_ones(disagreements, who.actor, decided),
    }


def _open_ones(disagreements: Sequence[str], actor: str, decided: Decided) -> list[str]:
    """The disagreements that nobody has settled by a decision about the image."""
    settled = tuple(f"{item.removeprefix(f'{actor}/')}: " for item in decided.applied)
    return [one for one in disagreements if not one.startswith(settled)]


def plan_digest(plan: Mapping[str, Any]) -> str:
    """What people's decisions about a plan are bound to: the images that it saw and what it does."""
    return recipe_digest({"images": plan["images"], "operations": plan["operations"]})


def _worth(row: Mapping[str, Any]) -> tuple[int, int, int]:
    """Sorts images from the worst to the best: quality, defects, size."""
    return row["quality"], -len(row["defects"]), row["width"] * row["height"]


def _replaced(rows: Sequence[Mapping[str, Any]], target: Target) -> _Sorted:
    """What is replaced however short its class is: broken, of low quality, or there twice."""
    found = _Sorted()
    good: list[Mapping[str, Any]] = []
    for row in rows:
        if row["broken"] is not None:
            found.delete(row, "broken", f"can't be opened: it {row['broken']}")
        elif row["quality"] < target.min_quality:
            words = f" ({', '.join(row['defects'])})" if row["defects"] else ""
            words = f", as {row['decided_by']} decided" if "decided_by" in row else words
            reason = f"quality {row['quality']} is less than {target.min_quality}{words}"
            found.delete(row, "low_quality", reason)
        else:
            good.append(row)
    best: dict[str, Mapping[str, Any]] = {}
    for row in good:
        group = row["duplicate_group"]
        if group is not None and (group not in best or _worth(row) > _worth(best[group])):
            best[group] = row
    seen: set[str] = set()
    for row in good:
        keeper = best.get(row["duplicate_group"], row)
        if keeper is row:
            found.kept.append(dict(row))
            continue
        copied = row["sha256"] in seen or row["sha256"] == keeper["sha256"]
        unsure = row["class"] == UNKNOWN and not copied
        seen.add(row["sha256"])
        found.delete(row, "duplicate", f"shows the same as {keeper['file']}, which is kept", unsure)
        if unsure:
            # A drawing after a photograph may look the same to the hash: until somebody has looked, both are there.
            found.kept.append(dict(row))
    return found


def _generations(way: Way, who: Who, seed: int) -> list[dict[str, Any]]:
    made = []
    for name in CLASSES:
        count = way.generate[name]
        for prompt in choose_prompts(who.prompts, name, count, who.used, who.actor, seed):
            made.append(
                {
                    "operation": "generate",
                    "class": name,
                    "prompt_id": prompt.id,
                    "prompt_number": prompt.number,
                    "prompt": prompt.text(f"this {who.descriptor}"),
                    "reason": f"{WORDS[name]} images are {count} short of the target",
                    "rests_on_unknown": False,
                }
            )
    return made


def _undecided(unknown: Sequence[Mapping[str, Any]], way: Way) -> dict[str, Any] | None:
    """What a model, or a person, must say before the rest can be planned; None where nothing depends on it."""
    if way.decided:
        return None
    return {
        "images": [row["file"] for row in unknown],
        "classes": list(COLOURED),
        "delete_at_most": way.most_deleted,
        "generate_at_most": way.most_generated,
        "question": f"of {len(unknown)} images in colour: which are photorealistic, and which are colour stylised?",
    }


def _reasons(found: _Sorted, counts: Mapping[str, int], unknown: int, way: Way, target: Target) -> list[str]:
    """Why the plan is as it is, in sentences."""
    wanted = wanted_counts(target)
    whys = [one["why"] for one in found.deletions]
    said = [
        f"{whys.count(why)} {words}"
        for why, words in (
            ("broken", "can't be opened"),
            ("low_quality", f"are of a quality below {target.min_quality}"),
            ("duplicate", "show what another one shows"),
        )
        if why in whys
    ]
    lines = [f"Replaced whatever their class: {', '.join(said)}."] if said else []
    total = sum(counts.values()) + unknown
    lines.append(f"{total} images count, {target.total} are wanted.")
    for name in CLASSES:
        share = 100 * counts[name] / total if total else 0.0
        line = f"{WORDS[name]}: {counts[name]} of {total} ({share:.0f} %), {wanted[name]} wanted"
        if way.delete[name]:
            line += f": the worst {way.delete[name]} are deleted"
        elif way.generate[name]:
            line += f": {way.generate[name]} are generated"
        elif not unknown and counts[name] != wanted[name]:
            line += f", which is within {target.tolerance:g} percentage points"
        lines.append(line + ".")
    if not way.decided:
        lines.append(
            f"{unknown} images in colour may be photorealistic or stylised: nobody has said which, so nothing is planned that "
            "rests on it. Evaluate with a model to have the rest planned."
        )
    return lines

"""Actors: how far each set of images is from its target mix, and what it would take to get there."""

from __future__ import annotations

from dataclasses import dataclass

from reelwright.report.blocks import Bar, Bars, Block, Facts, Link, Note, Notes, Part, Section, Table, counted, share
from reelwright.report.results import Results

CLASSES = {
    "photorealistic": "photorealistic",
    "bw_stylized": "black and white, stylised",
    "color_stylized": "colour, stylised",
}
"""What the classes of images are called."""

SUMMARY = "actors/action_plans/summary.json"


@dataclass(frozen=True)
class Planned:
    """What is planned for one actor."""

    actor: str
    state: str
    images: int
    delete: int
    generate: int


@dataclass(frozen=True)
class ActorFigures:
    """All action plans in one."""

    actors: int
    states: tuple[tuple[str, int], ...]
    now: tuple[tuple[str, int], ...]
    """Images by class."""
    unclassed: int
    """Images that nobody has told a class: measurements alone can't tell a photograph from a painting."""
    target: tuple[tuple[str, float], ...]
    """Share of each class that the spec wants, in per cent; empty where the results don't say."""
    delete: int
    generate: int
    price: float | None
    """None where a price is not stated."""
    currency: str
    plans: tuple[Planned, ...]
    failed: tuple[tuple[str, str], ...]


def _target(results: Results) -> tuple[tuple[str, float], ...]:
    """The mix that the spec asks for, in per cent; none where it says nothing of it."""
    spec = results.json("spec.json") or {}
    target = ((spec.get("actors") or {}).get("target") or {}).get("mix") or {}
    return tuple((name, float(target[name])) for name in CLASSES if name in target)


def figures_of(results: Results) -> ActorFigures | None:
    """The summary of all plans; None where there are none."""
    data = results.json(SUMMARY)
    if data is None:
        return None
    return ActorFigures(
        data["actors"],
        tuple(data["states"].items()),
        tuple((name, data["now"][name]) for name in CLASSES),
        data["now"]["unknown"],
        _target(results),
        data["delete"]["total"],
        data["generate"]["total"],
        data["price"],
        data["currency"],
        tuple(
            Planned(one["actor"], one["state"], one["images"], one["delete"], sum(one["generate"].values()))
            for one in data["rows"]
        ),
        tuple((one["actor"], one["message"]) for one in data["failed"]),
    )


def _mix(figures: ActorFigures) -> Bars:
    """The mix in per cent of all images, the target as a mark."""
    counts = {CLASSES[name]: (count, dict(figures.target).get(name)) for name, count in figures.now}
    if figures.unclassed:
        counts["no class yet"] = (figures.unclassed, None)
    whole = sum(count for count, _ in counts.values())
    bars = tuple(
        Bar(
            name,
            f"{count:,} ({share(count, whole)}{'' if wanted is None else f', wanted {share(wanted, 100)}'})",
            (Part(100 * count / whole if whole else 0, "left" if name not in CLASSES.values() else "plain"),),
            target=wanted,
        )
        for name, (count, wanted) in counts.items()
    )
    return Bars("Mix of all images", "class", "images", bars, note="The mark is the target." if figures.target else "")


def section(figures: ActorFigures) -> Section:
    """The mix against its target, then what is planned for each actor."""
    price = "no price stated" if figures.price is None else f"{figures.price:,.2f} {figures.currency}"
    blocks: list[Block] = [
        Facts(
            (
                ("actors", f"{figures.actors:,}"),
                *((state, f"{count:,}") for state, count in figures.states),
                ("images to delete", f"{figures.delete:,}"),
                ("images to generate", f"{figures.generate:,} ({price})"),
            )
        ),
        _mix(figures),
    ]
    if figures.failed:
        blocks.append(Notes("Without a plan", tuple(Note(why, who) for who, why in figures.failed), "bad"))
    rows = tuple((one.actor, one.state, one.images, one.delete, one.generate) for one in figures.plans)
    columns = ("actor", "state", "images", "to delete", "to generate")
    blocks.append(Table("Plans", columns, rows, folded=len(rows) > 12, note="Nothing is deleted or bought unasked."))
    balanced = dict(figures.states).get("balanced", 0)
    said = f"{balanced:,} of {counted(figures.actors, 'actor')} have their mix; {figures.generate:,} images are wanted."
    return Section("actors", "Actors", said, tuple(blocks), (Link(SUMMARY, SUMMARY),))

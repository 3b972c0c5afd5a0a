"""Prompts for images of actors: which there are, which an actor gets next, and what holds of every one of them."""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.actors.classes import CLASSES
from reelwright.errors import Problem, SpecError
from reelwright.spec.yamlfile import read_yaml

OWN = Path(__file__).with_suffix(".yaml")
"""The prompts that are used where the spec names no others."""

NUMBERS = {"photorealistic": range(1, 16), "bw_stylized": range(16, 27), "color_stylized": range(27, 36)}
"""How our own prompts are numbered (the notes: 1-15, 16-26, 27-35)."""

PARTS = ("number", "id", "scene", "angle", "framing", "gaze")

ANGLE = re.compile(
    r"\b(low|high|tilted|dutch|worm's-eye|bird's-eye|over-the-shoulder|tracking|crane|handheld|three-quarter|side|diagonal)\b"
)
"""Words of a camera angle that isn't straight on."""

FORBIDDEN = re.compile(
    r"\b(cent(er|re)d|symmetrical|symmetric|frontal|head-on|straight-on|portrait|headshot|mugshot|"
    r"(at|into|facing) the (camera|viewer|lens)|eye contact|selfie)\b"
)
"""Words that ask for what sets of images suffer from."""

COLOURS = re.compile(r"\b(red|green|blue|yellow|pink|orange|purple|copper|golden|colou?rful)\b")
"""Words that bring colour into a black-and-white drawing."""

LONGEST = 400
"""Characters of a prompt, the person aside."""


@dataclass(frozen=True)
class Prompt:
    """One prompt."""

    number: int
    id: str
    category: str
    """One of ``CLASSES``."""
    template: str
    """The words, with ``{subject}`` once."""

    def text(self, subject: str) -> str:
        """The words for somebody: ``this man``."""
        return self.template.replace("{subject}", subject)

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the words are for anybody, white space and case aside."""
        head, tail = (re.escape(_plain(part)) for part in self.template.split("{subject}"))
        return re.compile(rf"{head} ?.{{1,80}}? ?{tail}")


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def read_prompts(path: Path | None = None) -> list[Prompt]:
    """The prompts in a file, or our own; raises SpecError with everything that is wrong with them."""
    path = path or OWN
    data = read_yaml(path)
    problems = [Problem(str(path), where, value, expected) for where, value, expected in lint(data)]
    if problems:
        raise SpecError(problems)
    return [
        Prompt(one["number"], one["id"], name, _template(data[name]["style"], one, data["keep"]))
        for name in CLASSES
        for one in data[name]["prompts"]
    ]


def _template(style: str, one: Mapping[str, Any], keep: str) -> str:
    return f"{style}: {one['scene']}; {one['angle']}, {one['framing']}, {one['gaze']}. {keep}"


def lint(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with prompts, as they are read from YAML: key, value, what was expected."""
    for key in data:
        if key not in ("keep", *CLASSES):
            yield key, "", f"is no key here: expected keep, {', '.join(CLASSES)}"
    if not isinstance(data.get("keep"), str):
        yield "keep", "", "expected the words that keep the person's looks"
    seen: dict[str, dict[Any, str]] = {"number": {}, "id": {}, "scene": {}}
    for name in CLASSES:
        part = data.get(name)
        prompts = part.get("prompts") if isinstance(part, dict) else None
        if not isinstance(prompts, list) or not prompts or not isinstance(part, dict):
            yield name, "", "expected `style` and a list of `prompts`"
            continue
        style = part.get("style")
        if not isinstance(style, str):
            yield f"{name}.style", "", "expected the words that say what kind of picture it is"
        for place, one in enumerate(prompts):
            where = f"{name}.prompts.{place}"
            if not isinstance(one, dict) or set(one) != set(PARTS):
                yield where, "", f"expected {', '.join(PARTS)}"
                continue
            yield from _faults(where, name, one, str(style))
            for key, values in seen.items():
                first = values.setdefault(one[key], where)
                if first != where:
                    yield f"{where}.{key}", str(one[key]), f"stands at {first} already"


def _faults(where: str, name: str, one: Mapping[str, Any], style: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(one["number"], int) or isinstance(one["number"], bool):
        yield f"{where}.number", str(one["number"]), "expected a whole number"
    texts = {key: one[key] for key in PARTS if key != "number"}
    for key, value in texts.items():
        if not isinstance(value, str) or not value.strip():
            yield f"{where}.{key}", str(value), "expected words"
            return
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one["id"]):
        yield f"{where}.id", one["id"], "expected lower-case words with - between them"
    if one["scene"].count("{subject}") != 1 or "{" in one["scene"].replace("{subject}", ""):
        yield f"{where}.scene", one["scene"], "expected {subject} once, and no other braces"
    if not ANGLE.search(one["angle"].lower()):
        yield f"{where}.angle", one["angle"], "expected a camera angle that isn't straight on, as `low angle`"
    if "off-centre" not in one["framing"].lower():
        yield f"{where}.framing", one["framing"], "expected `off-centre` and where"
    if "looking away" not in one["gaze"].lower():
        yield f"{where}.gaze", one["gaze"], "expected `looking away` and where to"
    for key, value in texts.items():
        if hit := FORBIDDEN.search(value.lower()):
            yield f"{where}.{key}", value, f"{hit[0]!r} is what a set suffers from"
    whole = " ".join(texts.values()).lower()
    if name == "bw_stylized" and (hit := COLOURS.search(whole)):
        yield where, hit[0], "expected no colour in a black-and-white drawing"
    if name != "bw_stylized" and re.search(r"black[- ]and[- ]white|monochrome|grayscale|greyscale", whole):
        yield where, "black and white", f"expected colour: the class is {name}"
    if len(style) + len(whole) > LONGEST:
        yield where, f"{len(style) + len(whole)} characters", f"expected at most {LONGEST}"


def used_prompts(prompts: Iterable[Prompt], metadata: Iterable[Any]) -> Counter[str]:
    """How often each prompt, by id, was used for what an actor's manifest, or legacy metadata, tells of.

    Every entry counts that names a prompt by ``prompt_id``, or by its words under ``prompt``, wherever it stands.
    """
    known = list(prompts)
    ids = {one.id for one in known}
    used: Counter[str] = Counter()
    for entry in metadata:
        for named, words in _mentions(entry):
            if named in ids:
                used[named] += 1
            elif words is not None:
                plain = _plain(words)
                used.update([one.id for one in known if one.pattern.fullmatch(plain)][:1])
    return used


def _mentions(data: Any) -> Iterator[tuple[str | None, str | None]]:
    """``prompt_id`` and ``prompt`` of every object in some JSON that has one of them."""
    if isinstance(data, list):
        for one in data:
            yield from _mentions(one)
    elif isinstance(data, dict):
        named, words = data.get("prompt_id"), data.get("prompt")
        if isinstance(named, str) or isinstance(words, str):
            yield named if isinstance(named, str) else None, words if isinstance(words, str) else None
        for value in data.values():
            yield from _mentions(value)


def choose_prompts(
    prompts: Iterable[Prompt], category: str, count: int, used: Mapping[str, int], actor: str, seed: int
) -> list[Prompt]:
    """The next ``count`` prompts of a class for an actor: those used least first, in an order that the seed decides.

    So none comes twice before all of its class have been used, what is ``used`` already included.
    """
    times = dict(used)
    known = sorted(
        (one for one in prompts if one.category == category),
        key=lambda one: hashlib.sha256(f"{seed} {actor} {one.id}".encode()).hexdigest(),
    )
    chosen = []
    for _ in range(count):
        one = min(known, key=lambda prompt: times.get(prompt.id, 0))
        times[one.id] = times.get(one.id, 0) + 1
        chosen.append(one)
    return chosen


AGES = {13: ("boy", "girl", "child"), 20: ("teenage boy", "teenage girl", "teenager")}
"""What people below an age are called: male, female, anything else."""

GROWN = ("man", "woman", "person")


def descriptor(actor: str, description: Any) -> str:
    """What to call an actor: ``man``, ``teenage girl``... From the actor's own metadata, or else from the id's words.

    Metadata may say it itself (``descriptor``), or give ``gender`` or ``sex`` and ``age``; ids say it as in
    ``0000_european_16_male``.
    """
    words = re.split(r"[_\-.]+", actor.lower())[1:]
    said = description if isinstance(description, dict) else {}
    own = said.get("descriptor")
    if isinstance(own, str) and re.fullmatch(r"[\w' -]{1,40}", own.strip()):
        return own.strip()
    gender = next((one.lower() for key in ("gender", "sex") if isinstance(one := said.get(key), str)), None)
    gender = gender or next((word for word in words if word in MALE | FEMALE), "")
    age = said.get("age", next((word for word in words if word.isdecimal()), None))
    place = 0 if gender in MALE else 1 if gender in FEMALE else 2
    try:
        years = int(age) if age is not None else None
    except (TypeError, ValueError):
        years = None
    if years is not None and years > 0:
        for limit, names in AGES.items():
            if years < limit:
                return names[place]
    return GROWN[place]


MALE = frozenset({"male", "man", "boy", "m"})
FEMALE = frozenset({"female", "woman", "girl", "f"})

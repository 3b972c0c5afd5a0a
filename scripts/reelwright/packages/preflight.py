"""Preflight: opens every row of a package as its trainer does, and refuses the package with every problem found."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelwright.errors import BuildError, Problem
from reelwright.evaluation.guard import Guard, guarded_footage, leak_rows, leak_words
from reelwright.evaluation.leaks import find_leaks
from reelwright.facts import Kind
from reelwright.files import check, read_json, write_csv, write_json
from reelwright.packages.folder import TABLE, prompt_sha256
from reelwright.packages.inspect import Inspection, inspect_media
from reelwright.packages.metadata import METADATA, PROVENANCE, misplaced, read_metadata, shown
from reelwright.packages.models import MODELS
from reelwright.packages.retime import FRAME_STEP
from reelwright.packages.showing import Media
from reelwright.packages.trainers import launch_commands
from reelwright.packages.trials import COLUMNS, Trial, try_trainer
from reelwright.spec.model import Package

COPIED = ("video", "episode", "source_id", "num_frames", "fps", "caption_source")
"""Fields that a row and its provenance both have."""

LEFT_OVER = 0.04
"""Largest share of the picture by which media may differ from what it copies. Copies differ by 0.024; what the guard on scans
let pass differs by more than 0.05, and another encoding moved that by 0.007: so no row that it let pass is refused here."""


@dataclass(frozen=True)
class MetadataRow:
    """One line of ``metadata.jsonl`` that has every field."""

    line: int
    """From 1."""
    data: Mapping[str, Any]

    @property
    def clip_id(self) -> str:
        """Which clip it is made of."""
        return str(self.data["clip_id"])

    @property
    def video(self) -> str:
        """Where its media should be, as the row says."""
        return str(self.data["video"])

    def problem(self, name: str, value: Any, expected: str) -> Problem:
        """A problem with the field ``name`` of this row."""
        return Problem(METADATA, f"line {self.line} ({self.clip_id}): {name}", shown(value), expected)


@dataclass
class Checks:
    """The problems found, under the name of the check that found them."""

    problems: dict[str, list[Problem]] = field(default_factory=dict)

    def add(self, name: str, problems: Iterable[Problem]) -> None:
        """Record the check ``name`` as made, with what it found."""
        self.problems.setdefault(name, []).extend(problems)

    def require(self, name: str) -> None:
        """Raise BuildError with every problem of the package ``name``, in the order of the checks, where there is one."""
        problems = [problem for found in self.problems.values() for problem in found]
        if problems:
            listed = "\n".join(f"  {problem}" for problem in problems)
            plural = "problem" if len(problems) == 1 else "problems"
            raise BuildError(f"package {name} fails its preflight, {len(problems)} {plural}:\n{listed}")

    def report(self) -> list[dict[str, Any]]:
        """The checks for ``preflight.json``."""
        return [
            {"name": name, "passed": not found, "problems": [str(problem) for problem in found]}
            for name, found in self.problems.items()
        ]


def _path_problem(row: MetadataRow, package: Path) -> Problem | None:
    expected = misplaced(row.video, package)
    return row.problem("video", row.video, expected) if expected else None


def _duplicates(rows: Sequence[MetadataRow]) -> list[Problem]:
    problems = []
    for name in ("video", "clip_id"):
        first: dict[str, int] = {}
        for row in rows:
            value = str(row.data[name])
            if value in first:
                problems.append(row.problem(name, value, f"no duplicate, but line {first[value]} has the same"))
            else:
                first[value] = row.line
    return problems


def _prompts(rows: Sequence[MetadataRow], settings: Package) -> list[Problem]:
    takes = ", ".join(settings.caption_sources)
    problems = []
    for row in rows:
        if not row.data["prompt"].strip():
            problems.append(row.problem("prompt", row.data["prompt"], "text for the model to learn from"))
        if row.data["caption_source"] not in settings.caption_sources:
            problems.append(row.problem("caption_source", row.data["caption_source"], f"expected one of: {takes}"))
    return problems


def _shape(rows: Sequence[MetadataRow], settings: Package) -> list[Problem]:
    """What rows claim of their media, against the model and the package's settings."""
    model = MODELS[settings.model]
    width, height = settings.size
    problems = []
    if width % model.step or height % model.step:
        problems.append(Problem("spec", "size", f"{width}x{height}", f"multiples of {model.step} for {settings.model}"))
    declared = settings.frame_buckets if settings.stills is None else [1]
    smallest = min(declared)
    buckets = ", ".join(str(bucket) for bucket in sorted(declared))
    for row in rows:
        count = row.data["num_frames"]
        floored = settings.short_clips == "floor" and settings.min_frames <= count < smallest
        if count % FRAME_STEP != 1:
            problems.append(row.problem("num_frames", count, "expected 4n+1"))
        elif count not in declared and not floored:
            problems.append(row.problem("num_frames", count, f"expected one of the declared buckets: {buckets}"))
        for name, expected in (("fps", model.rate), ("width", width), ("height", height)):
            if row.data[name] != expected:
                problems.append(row.problem(name, row.data[name], f"expected {expected}"))
    return problems


def _media(row: MetadataRow, found: Inspection, settings: Package) -> list[Problem]:
    """What one row's file holds, against what the trainer needs."""
    rate = MODELS[settings.model].rate
    if found.error is not None:
        return [row.problem("video", row.video, f"a video that can be decoded to its end: {found.error}")]
    problems = []
    if found.frames != row.data["num_frames"]:
        expected = f"expected num_frames, {row.data['num_frames']}"
        problems.append(row.problem(f"frames in {row.video}", found.frames, expected))
    if [found.width, found.height] != list(settings.size):
        expected = f"expected {settings.size[0]}x{settings.size[1]}"
        problems.append(row.problem(f"size of {row.video}", f"{found.width}x{found.height}", expected))
    moving = settings.stills is None
    pixels = "yuv420p" if moving else "rgb24"
    if moving and found.rate is None:
        problems.append(row.problem(f"rate of {row.video}", "variable", f"expected {rate} fps throughout"))
    elif moving and found.rate != rate:
        problems.append(row.problem(f"rate of {row.video}", float(found.rate or 0), f"expected {rate} fps"))
    if found.pixel_format != pixels:
        problems.append(row.problem(f"pixels of {row.video}", found.pixel_format, f"expected {pixels}"))
    return problems


def _read_provenance(path: Path) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """The provenance by clip_id, and why it can't be read."""
    try:
        data = read_json(path)
        check(data, "provenance", PROVENANCE)
    except (OSError, ValueError) as error:
        return {}, [Problem(PROVENANCE, "the file", "", f"can't be used: {error}")]
    return {row["clip_id"]: row for row in data["rows"]}, []


def _origin(
    row: MetadataRow, origin: Mapping[str, Any] | None, found: Inspection | None, sources: Mapping[str, str]
) -> list[Problem]:
    """One row against its provenance: whose footage it is, and whether anything was changed after the build.

    ``sources`` are the sha256 of the licensed masters, by source_id.
    """
    if origin is None:
        return [row.problem("clip_id", row.clip_id, f"a row of {PROVENANCE}: nothing says where this one is from")]
    problems = []
    for name in COPIED:
        if row.data[name] != origin[name]:
            problems.append(row.problem(name, row.data[name], f"expected {shown(origin[name])}, as in {PROVENANCE}"))
    if prompt_sha256(row.data["prompt"]) != origin["prompt_sha256"]:
        problems.append(row.problem("prompt", row.data["prompt"], "the caption that the package was built with"))
    if found is not None and found.sha256 != origin["media_sha256"]:
        expected = f"the file that was built (sha256 {origin['media_sha256'][:12]}…), not another or a changed one"
        problems.append(row.problem("video", row.video, expected))
    if origin["rights"] != "licensed":
        problems.append(row.problem("rights", origin["rights"], "expected licensed"))
    if origin["lane"] != "video":
        problems.append(row.problem("lane", origin["lane"], "expected video"))
    known = sources.get(origin["source_id"])
    if known is None:
        expected = f"a licensed master of the package's episodes: {', '.join(sorted(sources))}"
        problems.append(row.problem("source_id", origin["source_id"], expected))
    elif known != origin["source_sha256"]:
        expected = f"the master as it is now ({known[:12]}…): build the package again"
        problems.append(row.problem("source_sha256", origin["source_sha256"], expected))
    return problems


def _unclaimed(package: Path, rows: Sequence[MetadataRow], origins: Iterable[str]) -> list[Problem]:
    """Media that no row names, and provenance of rows that are gone."""
    named = {(package / row.video).resolve() for row in rows}
    files = sorted(path for path in (package / "media").glob("**/*") if path.is_file() and path.name[0] != ".")
    problems = [
        Problem(str(path.relative_to(package)), "the file", "", f"no row of {METADATA} names it")
        for path in files
        if path.resolve() not in named
    ]
    lost = sorted(set(origins) - {row.clip_id for row in rows})
    return problems + [Problem(METADATA, "clip_id", "", f"the row {clip_id} of the build is gone") for clip_id in lost]


def _balance(rows: Sequence[MetadataRow], settings: Package, episodes: Sequence[str]) -> list[Problem]:
    counts = Counter(str(row.data["episode"]) for row in rows)
    problems = [
        row.problem("episode", row.data["episode"], f"expected one of the package's episodes: {', '.join(episodes)}")
        for row in rows
        if row.data["episode"] not in episodes
    ]
    wanted = settings.rows_per_episode
    if wanted is not None:
        problems += [
            Problem(METADATA, f"rows of episode {episode}", str(counts[episode]), f"expected {wanted}")
            for episode in episodes
            if counts[episode] != wanted
        ]
    exact = settings.rows is not None and (settings.balance is None or settings.balance.strict)
    if exact and len(rows) != settings.rows:
        problems.append(Problem(METADATA, "rows", str(len(rows)), f"expected {settings.rows}"))
    if not rows:
        problems.append(Problem(METADATA, "rows", "0", "at least one"))
    return problems


def _leaks(
    rows: Sequence[MetadataRow], found: Mapping[int, Inspection], guard: Guard | None, size: tuple[int, int]
) -> list[Problem]:
    """Rows whose media, as it was encoded, nearly copies something that is held out."""
    if guard is None:
        return []
    seen = [(row, found[row.line].seen) for row in rows]
    by_id = {row.clip_id: row for row, footage in seen if footage is not None}
    media = [footage for _, footage in seen if footage is not None]
    leaks = find_leaks(media, guarded_footage(guard, size), LEFT_OVER)
    return [
        by_id[row["row"]].problem("video", by_id[row["row"]].video, f"nothing held out, but {leak_words(row)}")
        for row in leak_rows(leaks, guard)
    ]


def _trials(rows: Sequence[MetadataRow], found: Mapping[int, Inspection], settings: Package) -> list[Trial]:
    """What each trainer would do to the rows whose media can be read, as that really is."""
    media = {}
    for row in rows:
        one = found[row.line]
        if one.error is None and one.rate is not None:
            media[row.clip_id] = Media(one.frames, one.rate, one.width, one.height, bool(row.data["prompt"].strip()))
    kind: Kind = "video" if settings.stills is None else "image"
    return [try_trainer(name, settings.model, kind, media, settings.size) for name in settings.trainers]


def _say(name: str, rows: int, launch: Sequence[str], trials: Sequence[Trial]) -> None:
    """Print how a package that passes would be trained, and what would surprise."""
    how = "; it would be trained with:" if launch else ""
    print(f"package {name}: {rows} rows pass{how}", *launch, sep="\n  ", file=sys.stderr)
    for trial in trials:
        for warning in trial.warnings():
            print(f"package {name}: warning: {trial.name}: {warning}", file=sys.stderr)


def preflight_package(
    package: Path,
    out: Path,
    *,
    name: str,
    settings: Package,
    episodes: Sequence[str],
    probes: Sequence[Path],
    threads: int,
    guard: Guard | None = None,
) -> None:
    """Check package ``name`` in the folder ``package``, print how it would be trained, and write the report to ``out``.

    Beside it goes ``preflight.csv``: what each of the package's trainers would do to each row.

    ``episodes`` are those it draws from, ``probes`` the probes of their licensed masters, ``guard`` what no row may
    show, where something is held out. Raises BuildError with every
    problem (row, field, value, what was expected) where there is one; then no report is written.
    """
    checks = Checks()
    read, unread = read_metadata(package / METADATA, "package_row")
    rows = [MetadataRow(line, data) for line, data in read.items()]
    checks.add("metadata", unread)
    placed = {row.line: _path_problem(row, package) for row in rows}
    checks.add("paths", (problem for problem in placed.values() if problem))
    checks.add("duplicates", _duplicates(rows))
    checks.add("prompts", _prompts(rows, settings))
    checks.add("shape", _shape(rows, settings))
    present = [row for row in rows if placed[row.line] is None]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        inspections = list(
            pool.map(lambda row: inspect_media(package / row.video, row.clip_id if guard else None), present)
        )
    found = {row.line: inspection for row, inspection in zip(present, inspections, strict=True)}
    checks.add("media", (problem for row in present for problem in _media(row, found[row.line], settings)))
    origins, unusable = _read_provenance(package / PROVENANCE)
    checks.add("provenance", unusable)
    if not unusable:
        sources = {probe["source_id"]: probe["sha256"] for probe in map(read_json, probes) if probe}
        for row in rows:
            checks.add("provenance", _origin(row, origins.get(row.clip_id), found.get(row.line), sources))
    checks.add("leaks", _leaks(present, found, guard, settings.size))
    checks.add("unclaimed", _unclaimed(package, rows, origins))
    checks.add("balance", _balance(rows, settings, episodes))
    trials = _trials(present, found, settings)
    checks.add("trainers", (problem for trial in trials for problem in trial.problems))
    checks.require(name)
    launch = []
    if "diffsynth" in settings.trainers:
        counts = [row.data["num_frames"] for row in rows]
        runs = launch_commands(settings, counts, str(package), f"models/train/{name}")
        launch = [shlex.join(words) for words in runs]
    report = {"package": name, "passed": True, "rows": len(rows), "checks": checks.report(), "launch": launch}
    report["trainers"] = {trial.name: trial.report() for trial in trials}
    _say(name, len(rows), launch, trials)
    write_csv(out.with_name(TABLE), COLUMNS, (cells for trial in trials for cells in trial.table()))
    write_json(out, report, "preflight")

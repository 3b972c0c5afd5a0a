"""What the types of the spec can't say: that its values fit each other. Looks at values only, never at the disk."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from reelwright.demo.actorlist import FOLDER as ACTOR_FOLDER
from reelwright.facts import facts
from reelwright.spec.actors import actors_faults
from reelwright.spec.captions import TEMPLATE, TRAINING_VARIABLES
from reelwright.spec.check_design import design_faults
from reelwright.spec.check_lane import lane_faults, masters_among_art
from reelwright.spec.evaluation import KINDS
from reelwright.spec.explain import nearest_name
from reelwright.spec.identity import in_archive
from reelwright.spec.model import DesignPackage, Episode, Package, Spec
from reelwright.spec.models import Ollama, OpenAI, model_faults
from reelwright.spec.selection import selection_faults
from reelwright.spec.titles import plain, slug
from reelwright.spec.training import COUNTS, FLAGS_OF_LAUNCH
from reelwright.stages import STAGES
from reelwright.template import template_problem

Fault = tuple[str, str, str, str | None]
"""Path of the key, value, what was expected, nearest valid name."""


RESERVED_NAMES = frozenset(
    {
        "demo",
        "sources",
        "reference",
        "scan",
        "variants",
        "recurring",
        "shots",
        "clips",
        "tuning",
        "quality",
        "transcripts",
        "captions",
        "manifest",
    }
    | {"design", "identity", "evaluation", "packages", "training", "actors", "review", "report"}
    | {"all", "plan", "import", "package"}
)
"""Targets that a package can't be called after."""

RESERVED_PREFIXES = ("preflight_", "train_", "actors_", "changes_")
"""How other targets begin: `preflight_smoke` belongs to the package `smoke`."""


def _escapes(path: str) -> bool:
    return posixpath.normpath(path).split("/")[0] == ".."


def _outside(where: str, path: str | None, absolute: bool) -> Iterator[Fault]:
    """Faults of a path that leaves its root; ``absolute`` says whether an absolute one is allowed."""
    if path is None:
        return
    if path.startswith("/"):
        if not absolute:
            yield where, path, "expected a path relative to sources.folder", None
    elif path.startswith("~"):
        yield where, path, "expected a path written in full: ~ is not replaced here", None
    elif _escapes(path):
        hint = "; write an absolute path if you mean a place outside" if absolute else ""
        yield where, path, f"leaves its root{hint}", None


def _paths(spec: Spec) -> Iterator[Fault]:
    yield from _outside("sources.folder", spec.sources.folder, True)
    yield from _outside("sources.listing", spec.sources.listing, True)
    yield from _outside("cache", spec.cache, True)
    yield from _outside("captions.bible", spec.captions.bible, True)
    if spec.transcripts.whisper:
        yield from _outside("transcripts.whisper.model", spec.transcripts.whisper.model, True)
    for key, path in (spec.reference.model_dump() if spec.reference else {}).items():
        yield from _outside(f"reference.{key}", path, True)
    for wiki, one in enumerate(spec.design.wiki if spec.design else []):
        yield from _outside(f"design.wiki.{wiki}.path", one.path, True)
    for place, folder in enumerate(spec.evaluation.pictures):
        yield from _outside(f"evaluation.pictures.{place}", folder, True)
    yield from _outside("sources.masters", spec.sources.masters, False)
    yield from _outside("sources.subtitles", spec.sources.subtitles, False)
    for number, episode in spec.sources.episodes.items():
        yield from _outside(f"sources.episodes.{number}.master", episode.master, False)
        yield from _outside(f"sources.episodes.{number}.alternate_master", episode.alternate_master, False)


def _patterns(spec: Spec) -> Iterator[Fault]:
    wanted = {"sources.masters": (spec.sources.masters, {"episode", "title"})}
    wanted["sources.subtitles"] = (spec.sources.subtitles, {"episode"})
    wanted["production_code"] = (spec.production_code, {"episode"})
    for where, (pattern, fields) in wanted.items():
        if pattern is not None and Counter(re.findall(r"\{(.*?)\}", pattern)) != Counter(fields):
            names = " and ".join(f"{{{name}}}" for name in sorted(fields))
            yield where, pattern, f"expected {names} once, and no other braces", None


def _episodes(spec: Spec) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for number, episode in spec.sources.episodes.items():
        if spec.sources.masters is None and episode.master is None:
            yield f"sources.episodes.{number}.master", "", "is required where sources.masters gives no pattern", None
        yield from _titles(f"sources.episodes.{number}", episode)
        for key, path in (("master", episode.master), ("alternate_master", episode.alternate_master)):
            if path is None:
                continue
            where, normal = f"sources.episodes.{number}.{key}", posixpath.normpath(path)
            if normal in seen:
                yield where, path, f"is taken by {seen[normal]}", None
            seen.setdefault(normal, where)


def _old_episodes(spec: Spec) -> Iterator[Fault]:
    """Two production episodes that are said to be the same old one."""
    for key in ("existing_episode_id", "existing_bible_name"):
        seen: dict[str, str] = {}
        for number, episode in spec.sources.episodes.items():
            value = getattr(episode, key)
            if value is not None:
                first = seen.setdefault(plain(value) if key == "existing_bible_name" else value, number)
                if first != number:
                    yield f"sources.episodes.{number}.{key}", value, f"is taken by sources.episodes.{first}.{key}", None


def _titles(where: str, episode: Episode) -> Iterator[Fault]:
    """Faults of titles from which no source_id follows, or the same one twice."""
    key, alternate = "alternate_title", episode.alternate_title
    if alternate is None and episode.alternate_master:
        key, alternate = "alternate_master", PurePosixPath(episode.alternate_master).stem
    if not plain(episode.title):
        yield f"{where}.title", repr(episode.title), "expected a title with a letter or digit in it", None
    if alternate is None:
        return
    if plain(alternate) == plain(episode.title):
        yield f"{where}.{key}", alternate, f"is the canonical title, {episode.title}", None
    elif slug(alternate) == slug(episode.title):
        name = slug(alternate)
        yield f"{where}.{key}", alternate, f"makes the same name of files, {name}, as the canonical title", None


def _package(where: str, package: Package, spec: Spec) -> Iterator[Fault]:
    episodes = list(spec.sources.episodes)
    for number in package.episodes or []:
        if number not in episodes:
            nearest = nearest_name(number, episodes, cutoff=0.4)
            yield f"{where}.episodes", number, f"is no episode of sources.episodes ({_span(episodes)})", nearest
    for count in package.frame_buckets:
        if count % 4 != 1 or count < 5:
            yield f"{where}.frame_buckets", str(count), "expected 4n+1 frames, 5 or more", None
    for key in ("frame_buckets", "episodes", "trainers"):
        values = [str(value) for value in getattr(package, key) or []]
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{where}.{key}", value, "stands there twice", None
    if package.min_frames > max(package.frame_buckets):
        yield f"{where}.min_frames", str(package.min_frames), "is more than the largest of frame_buckets", None
    yield from selection_faults(where, package)
    yield from _trainers(where, package)
    model = facts().models[package.model]
    step = model.step
    width, height = package.size
    if width % step or height % step or min(width, height) < step:
        near = f"[{max(step, round(width / step) * step)}, {max(step, height // step * step)}]"
        yield f"{where}.size", f"[{width}, {height}]", f"expected multiples of {step} for {package.model}", near
    if width * height > model.max_pixels:
        yield f"{where}.size", f"[{width}, {height}]", f"expected at most {model.max_pixels} pixels", None


def _trainers(where: str, package: Package | DesignPackage) -> Iterator[Fault]:
    """Trainers that train something else than the package's media, or another model."""
    for name in package.trainers:
        trainer = facts().trainers[name]
        if isinstance(package, Package) and package.stills is not None and "image" not in trainer.kinds:
            able = [other for other, one in facts().trainers.items() if "image" in one.kinds]
            expected = "takes videos only, and a package of stills holds pictures"
            yield f"{where}.trainers", name, expected, nearest_name(name, able)
        if isinstance(package, Package) and package.stills is None and "video" not in trainer.kinds:
            able = [other for other, one in facts().trainers.items() if "video" in one.kinds]
            expected = "takes pictures only, and a package of the lane video holds videos"
            yield f"{where}.trainers", name, expected, nearest_name(name, able)
        if package.model not in trainer.models:
            yield f"{where}.trainers", name, f"doesn't train {package.model}, only {', '.join(trainer.models)}", None


def _training(spec: Spec) -> Iterator[Fault]:
    training, packages = spec.training, list(spec.packages)
    yield from _outside("training.trainer_folder", training.trainer_folder, True)
    for name in FLAGS_OF_LAUNCH & training.flags.keys():
        yield f"training.flags.{name}", str(training.flags[name]), "is set by the launch itself: leave it out", None
    for name in training.flags.keys() - FLAGS_OF_LAUNCH:
        known = facts().trainers["diffsynth"].known_flags
        if name not in known:
            yield f"training.flags.{name}", "", "is no flag of DiffSynth-Studio's trainer", nearest_name(name, known)
    for name in COUNTS & training.flags.keys():
        count = training.flags[name]
        if isinstance(count, bool) or not str(count).isdecimal() or int(count) < 1:
            yield f"training.flags.{name}", str(count), "expected a whole number, 1 or more", None
    for name, first in (training.after or {}).items():
        for one in (name, first):
            if one not in packages:
                yield f"training.after.{name}", one, "is no package of packages", nearest_name(one, packages)
        seen = [name]
        while (first := (training.after or {}).get(seen[-1], "")) and first not in seen:
            seen.append(first)
        if first == name:
            yield (
                f"training.after.{name}",
                " after ".join([*seen, first]),
                "expected an order that begins somewhere",
                None,
            )


def _span(episodes: list[str]) -> str:
    return ", ".join(episodes) if len(episodes) <= 8 else f"{episodes[0]} to {episodes[-1]}"


def _packages(spec: Spec) -> Iterator[Fault]:
    for name, package in spec.packages.items():
        if name in RESERVED_NAMES or name in STAGES or name.startswith(RESERVED_PREFIXES):
            yield f"packages.{name}", "", "is the name of a target; call the package something else", None
        if isinstance(package, Package):
            yield from _package(f"packages.{name}", package, spec)
        else:
            yield from lane_faults(f"packages.{name}", package, spec, facts().models[package.model].step)
            yield from _trainers(f"packages.{name}", package)


def _clips(spec: Spec) -> Iterator[Fault]:
    if spec.clips.min_s > spec.clips.max_s:
        yield "clips.min_s", str(spec.clips.min_s), f"expected at most clips.max_s, {spec.clips.max_s}", None


def _captions(spec: Spec) -> Iterator[Fault]:
    captions = spec.captions
    for key in ("prompt", "tokenizer"):
        yield from _outside(f"captions.{key}", getattr(captions, key), True)
    for number, path in enumerate(captions.imports):
        yield from _outside(f"captions.imports.{number}", path, True)
    if captions.template != TEMPLATE and (problem := template_problem(captions.template, TRAINING_VARIABLES)):
        yield "captions.template", captions.template, f"expected a Jinja template: {problem}", None
    if captions.asks:
        yield from _asked(f"captions.{captions.backend}", captions.asks, spec)


def _identity(spec: Spec) -> Iterator[Fault]:
    identity = spec.identity
    if identity is None:
        return
    review = identity.review
    yield from _outside("identity.folder", identity.folder, True)
    yield from _outside("identity.review.prompt", review.prompt, True)
    for number, path in enumerate(review.imports):
        yield from _outside(f"identity.review.imports.{number}", path, True)
    for name, plates in identity.sets.items():
        for character, entries in plates.characters.items():
            where = f"identity.sets.{name}.characters.{character}"
            for entry in entries:
                if entry.startswith(("/", "~")) or _escapes(entry):
                    yield where, entry, "expected a path below identity.folder", None
                elif not in_archive(entry) and re.search(r"[*?]", posixpath.dirname(entry)):
                    yield where, entry, "expected * and ? in the name of the file only: name each folder", None
    if review.asks:
        yield from _asked(f"identity.review.{review.backend}", review.asks, spec)


def _actors(spec: Spec) -> Iterator[Fault]:
    actors = spec.actors
    if actors is None:
        return
    evaluation = actors.evaluation
    paths = {"folder": actors.folder, "prompts": actors.prompts, "evaluation.prompt": evaluation.prompt}
    paths |= {f"evaluation.imports.{number}": path for number, path in enumerate(evaluation.imports)}
    for key, path in paths.items():
        yield from _outside(f"actors.{key}", path, True)
    yield from _outside("actors.roster", actors.roster, False)
    for key, value, expected in actors_faults(actors):
        yield f"actors.{key}", value, expected, None
    if evaluation.asks:
        yield from _asked(f"actors.evaluation.{evaluation.backend}", evaluation.asks, spec)
    currency = actors.generate.currency
    if actors.generate.price and spec.budget and spec.budget.currency != currency:
        yield "actors.generate.currency", currency, f"expected the budget's, {spec.budget.currency}", None
    own = actors.generate.budget
    if own and spec.budget and own.money > spec.budget.money:
        expected = f"expected at most the whole project's, {spec.budget.money:g}"
        yield "actors.generate.budget.money", f"{own.money:g}", expected, None


def _asked(where: str, asked: Ollama | OpenAI, spec: Spec) -> Iterator[Fault]:
    """Faults of a model that is asked."""
    yield from _outside(f"{where}.models_folder", asked.models_folder, True)
    for key, value, expected in model_faults(asked):
        yield f"{where}.{key}", value, expected, None
    if asked.price != 0 and spec.budget and spec.budget.currency != asked.currency:
        yield f"{where}.currency", asked.currency, f"expected the budget's, {spec.budget.currency}", None


def _design(spec: Spec) -> Iterator[Fault]:
    design = spec.design
    if design is None:
        return
    yield from _outside("design.folder", design.folder, True)
    inside = {f"design.folders.{key}": key for key in design.folders}
    inside |= {f"design.extracted.{key}": key for key in design.extracted}
    inside |= {f"design.extracted.{key}.archive": one.archive for key, one in design.extracted.items()}
    for where, path in inside.items():
        if path.startswith(("/", "~")) or _escapes(path):
            yield where, path, "expected a path relative to design.folder, and inside it", None
    yield from design_faults(design)
    yield from masters_among_art(spec)


def _evaluation(spec: Spec) -> Iterator[Fault]:
    episodes = list(spec.sources.episodes)
    whole: dict[str, str] = {}
    for number, held in enumerate(spec.evaluation.holdout):
        where = f"evaluation.holdout.{number}"
        if held.episode not in episodes:
            nearest = nearest_name(held.episode, episodes, cutoff=0.4)
            yield where, held.episode, f"is no episode of sources.episodes ({_span(episodes)})", nearest
        if held.start_s is not None and held.end_s is not None and held.start_s >= held.end_s:
            yield f"{where}.end_s", f"{held.end_s:g}", f"expected more than start_s, {held.start_s:g}", None
        if held.whole:
            whole.setdefault(held.episode, where)
    for number, held in enumerate(spec.evaluation.holdout):
        where = f"evaluation.holdout.{number}"
        if whole.get(held.episode, where) != where:
            yield where, held.episode, f"is held out whole by {whole[held.episode]}", None
    for name, package in spec.video_packages.items():
        for episode in package.episodes or []:
            if episode in whole:
                expected = f"is held out by {whole[episode]}: nothing of it can be trained on"
                yield f"packages.{name}.episodes", episode, expected, None
    if spec.video_packages and whole.keys() >= set(episodes):
        yield "evaluation.holdout", _span(episodes), "leaves no episode to train on", None
    for folder, times in Counter(spec.evaluation.pictures).items():
        if times > 1:
            yield "evaluation.pictures", folder, "stands there twice", None
    for kind in KINDS:
        wanted = spec.evaluation.sets.of(kind)
        if wanted.minimum > wanted.size:
            expected = f"expected at most size, {wanted.size}"
            yield f"evaluation.sets.{kind}.minimum", str(wanted.minimum), expected, None


def _demo(spec: Spec) -> Iterator[Fault]:
    masters = spec.sources.masters or ""
    if spec.demo and (PurePosixPath(masters).parent.name != "masters" or not masters.endswith(".mov")):
        yield "sources.masters", masters, "expected masters/NAME.mov, the only place the demo draws into", None
    transcripts = spec.sources.subtitles
    if spec.demo and transcripts and not transcripts.endswith((".srt", ".vtt", ".json", ".*")):
        yield "sources.subtitles", transcripts, "expected .srt, .vtt, .json or .* at its end in a demo", None
    actors = f"{spec.sources.folder}/{ACTOR_FOLDER}"
    if spec.demo and spec.actors and spec.actors.folder != actors:
        yield "actors.folder", spec.actors.folder, f"expected {actors}, the only place the demo draws actors into", None
    drawn = f"{spec.sources.folder}/wiki.json"
    for number, wiki in enumerate(spec.design.wiki if spec.demo and spec.design else []):
        if wiki.path != drawn:
            yield f"design.wiki.{number}.path", wiki.path, f"expected {drawn}, the only list that the demo writes", None


def check_values(spec: Spec) -> Iterator[Fault]:
    """Every fault of a spec whose types are right, in the order of its keys."""
    for check in (
        _paths,
        _patterns,
        _episodes,
        _old_episodes,
        _clips,
        _captions,
        _design,
        _identity,
        _evaluation,
        _actors,
        _packages,
        _training,
        _demo,
    ):
        yield from check(spec)

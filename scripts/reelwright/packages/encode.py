"""Training media: rows encoded from their master by PTS, at the model's rate and size, and kept in the store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from reelwright.digest import recipe_digest
from reelwright.errors import BadItem, BuildError
from reelwright.files import read_json, write_json
from reelwright.fit import Fitter, picture, write_picture
from reelwright.media import H264Writer, Making, Span, make_spans, reason
from reelwright.packages.models import MODELS
from reelwright.packages.retime import Instants
from reelwright.packages.select import EpisodeSelection, Row, Source
from reelwright.spec.model import Package
from reelwright.store import FolderStore

RECIPE = 2
"""Version of how training media is made: part of every recipe, raised when the same settings give other pictures."""

STILL_RECIPE = 1
"""The same of stills."""


@dataclass(frozen=True)
class TrainingMedia:
    """The media of one row, in the store."""

    path: Path
    recipe: str
    """Digest of its recipe."""
    frames: tuple[int, ...]
    """Source frame that each of its frames shows, numbered as in the clip's id."""


def media_suffix(settings: Package) -> str:
    """That of a package's media."""
    return ".png" if settings.stills is not None else ".mp4"


def _recipe(row: Row, source: Source, settings: Package) -> str:
    if row.still is not None:
        still = {"kind": "still", "version": STILL_RECIPE, "source_sha256": source.sha256, "pts": row.still.pts}
        return recipe_digest({**still, "size": list(settings.size)})
    return recipe_digest(
        {
            "kind": "training_media",
            "version": RECIPE,
            "source_sha256": source.sha256,
            "start_pts": row.clip.start_pts,
            "rate": MODELS[settings.model].rate,
            "frames": row.num_frames,
            "size": list(settings.size),
            "encode": settings.encode.model_dump(),
        }
    )


def _stored(row: Row, recipe: str, store: FolderStore) -> TrainingMedia | None:
    if row.still is not None:
        still = store.get(recipe, ".png")
        return TrainingMedia(still, recipe, (row.still.frame,)) if still else None
    media, taken = store.get(recipe, ".mp4"), store.get(recipe, ".json")
    if media is None or taken is None:
        return None
    start = row.clip.start_frame
    return TrainingMedia(media, recipe, tuple(start + offset for offset in read_json(taken)))


class _Making:
    """One row's media in the making: takes the frames of its clip one by one."""

    def __init__(
        self, row: Row, recipe: str, source: Source, settings: Package, store: FolderStore, threads: int
    ) -> None:
        rate = Fraction(MODELS[settings.model].rate)
        self.clip = row.clip
        self._recipe = recipe
        self._store = store
        self._fit = Fitter(*settings.size, source.sample_aspect, source.rotation)
        self._instants = Instants(row.clip.start_pts, source.time_base, rate, row.num_frames)
        self._on_screen: av.VideoFrame | None = None
        self._seen = 0
        self._taken: list[int] = []
        self._path = store.reserve(".mp4")
        self.stack = ExitStack()
        """Holds the open writer: whoever makes this closes it where making breaks off."""
        writer = H264Writer(self._path, *settings.size, rate, 1 / rate, settings.encode, threads)
        self._writer = self.stack.enter_context(writer)

    def take(self, frame: av.VideoFrame) -> None:
        """Take the next frame of the clip."""
        assert frame.pts is not None
        self._show(self._instants.before(frame.pts))
        self._on_screen = frame
        self._seen += 1

    def _show(self, indexes: range) -> None:
        if not indexes:
            return
        if self._on_screen is None:
            raise BuildError(f"clip {self.clip.clip_id}: no picture at its start (PTS {self.clip.start_pts})")
        fitted = self._fit(self._on_screen)
        for index in indexes:
            self._writer.write(fitted, index)
            self._taken.append(self._seen - 1)

    def finish(self) -> None:
        """Close the file and put it into the store."""
        self._show(self._instants.rest())
        expected = self.clip.end_frame - self.clip.start_frame
        if self._seen != expected:
            raise BuildError(f"clip {self.clip.clip_id} has {expected} frames, but {self._seen} of them can be decoded")
        self.stack.close()
        self._store.commit(self._path, self._recipe, ".mp4")
        self._store.put(self._recipe, ".json", lambda path: write_json(path, self._taken))


class _MakingStill:
    """One still in the making, of the one frame of its span."""

    def __init__(self, row: Row, recipe: str, source: Source, settings: Package, store: FolderStore) -> None:
        self._clip_id = row.clip.clip_id
        self._recipe = recipe
        self._store = store
        self._fit = Fitter(*settings.size, source.sample_aspect, source.rotation)
        self._made = False
        self.stack = ExitStack()

    def take(self, frame: av.VideoFrame) -> None:
        """Store the picture."""
        bgr = picture(self._fit(frame))
        self._store.put(self._recipe, ".png", lambda path: write_picture(path, bgr))
        self._made = True

    def finish(self) -> None:
        """Nothing is left to do."""
        if not self._made:
            raise BuildError(f"clip {self._clip_id}: its still can't be decoded")


def encode_rows(
    selection: EpisodeSelection, settings: Package, store: FolderStore, threads: int
) -> list[TrainingMedia]:
    """The stored media of each row of an episode, made where the store has none, in one pass over the master.

    Raises BuildError naming the episode where the master can't be decoded, or the clip that has not all its frames.
    """
    recipes = {row: _recipe(row, selection.source, settings) for row in selection.rows}
    # What is taken out of the store is read whole, to check it: once is enough.
    found = {row: _stored(row, recipes[row], store) for row in selection.rows}
    missing = [row for row, made in found.items() if made is None]
    if missing:
        try:
            _make(missing, recipes, selection, settings, store, threads)
        except (BadItem, av.FFmpegError) as error:
            raise BuildError(f"episode {selection.episode}: {selection.source.path}: {reason(error)}") from error
    media = [found[row] or _stored(row, recipes[row], store) for row in selection.rows]
    lost = [row.clip.clip_id for row, made in zip(selection.rows, media, strict=True) if made is None]
    if lost:
        raise BuildError(f"{selection.source.path}: no picture could be decoded for {', '.join(lost)}")
    return [made for made in media if made is not None]


def _make(
    rows: Sequence[Row],
    recipes: dict[Row, str],
    selection: EpisodeSelection,
    settings: Package,
    store: FolderStore,
    threads: int,
) -> None:
    def begin(index: int, encoder_threads: int) -> Making:
        row = rows[index]
        if row.still is not None:
            return _MakingStill(row, recipes[row], selection.source, settings, store)
        return _Making(row, recipes[row], selection.source, settings, store, encoder_threads)

    spans = [
        Span(row.still.pts, row.still.pts + 1) if row.still else Span(row.clip.start_pts, row.clip.end_pts)
        for row in rows
    ]
    make_spans(selection.master, spans, begin, threads)

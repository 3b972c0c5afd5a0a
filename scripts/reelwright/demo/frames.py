"""The frames of an episode in order, from its plan."""

from __future__ import annotations

from collections.abc import Iterator

from reelwright.demo.cards import Credits, Opening, TitleCard
from reelwright.demo.picture import Grain, Picture, flash
from reelwright.demo.plan import Boundary, EpisodePlan
from reelwright.demo.stage import Stage


def _grainy(grain: Grain, picture: Picture, frame: int) -> Picture:
    return Picture(grain.on(picture.y, frame), picture.cb, picture.cr)


def head_frames(plan: EpisodePlan, show: str, width: int, height: int) -> Iterator[Picture]:
    """The black lead-in and the opening. It doesn't depend on the episode."""
    black, grain = Picture.plain(width, height, "#000000"), Grain(width, height, plan.seed)
    for _ in range(plan.opening):
        yield black
    opening, edge = Opening(show, plan.seed, width, height), plan.boundaries[0]
    for frame in range(plan.opening, plan.title):
        picture = opening.picture(frame - plan.opening)
        if frame <= edge.end:
            picture = black.mixed(picture, _faded(edge, frame))
        yield _grainy(grain, picture, frame)


def title_frames(plan: EpisodePlan, title: str, width: int, height: int) -> Iterator[Picture]:
    """The title card."""
    card, grain = TitleCard(title, plan.episode, plan.seed, width, height), Grain(width, height, plan.seed)
    for frame in range(plan.title, plan.body):
        yield _grainy(grain, card.picture(frame - plan.title), frame)


class _Reel:
    """The shots of the body and the credits after them, each set up when first needed and let go when done."""

    def __init__(self, plan: EpisodePlan, show: str, width: int, height: int) -> None:
        self._plan, self._show, self._size = plan, show, (width, height)
        self._open: dict[int, Stage | Credits] = {}

    def picture(self, index: int, frame: int) -> Picture:
        """Shot ``index`` (the credits come after the last one) at the episode's frame ``frame``."""
        plan, (width, height) = self._plan, self._size
        if index not in self._open:
            self._open = {at: one for at, one in self._open.items() if at >= index - 1}
            if index < len(plan.shots):
                self._open[index] = Stage(plan.shots[index], width, height)
            else:
                self._open[index] = Credits(self._show, plan.seed, width, height, plan.frames - plan.credits)
        start = plan.shots[index].start if index < len(plan.shots) else plan.credits
        return self._open[index].picture(frame - start)


def _faded(edge: Boundary, frame: int) -> float:
    """Share of the picture that is left at a frame of a fade through black."""
    out = edge.end + 1 - edge.frame
    if frame >= edge.frame:
        return (frame - edge.frame + 1) / (out + 1)
    return max(0.0, 1 - (frame - edge.start + 1) / (out + 1))


def body_frames(plan: EpisodePlan, show: str, width: int, height: int) -> Iterator[Picture]:
    """Body and end credits, with transitions, flashes and grain."""
    reel, grain = _Reel(plan, show, width, height), Grain(width, height, plan.seed)
    black = Picture.plain(width, height, "#000000")
    starts = [shot.start for shot in plan.shots[1:]] + [plan.credits]
    edges = {
        edge.frame: (index + 1, edge) for edge in plan.boundaries for index, at in enumerate(starts) if at == edge.frame
    }
    gradual = {
        frame: pair
        for pair in edges.values()
        if pair[1].kind != "cut"
        for frame in range(pair[1].start, pair[1].end + 1)
    }
    white = {frame for first, last in plan.flashes for frame in range(first, last + 1)}
    index = 0
    for frame in range(plan.body, plan.frames):
        index = edges[frame][0] if frame in edges else index
        picture = reel.picture(index, frame) if frame not in gradual else None
        if picture is None:
            after, edge = gradual[frame]
            if edge.kind == "dissolve":
                share = (frame - edge.start + 1) / (edge.end - edge.start + 2)
                picture = reel.picture(after - 1, frame).mixed(reel.picture(after, frame), share)
            else:
                picture = black.mixed(reel.picture(index, frame), _faded(edge, frame))
        yield _grainy(grain, flash(picture) if frame in white else picture, frame)

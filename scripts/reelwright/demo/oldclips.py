"""Making the old material of the demo season: clips and first frames out of its masters, as a video site passes them on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from reelwright.demo.movie import video_frame
from reelwright.demo.oldseason import OldClip, old_bible, old_manifest, old_truth, plan_old_clips
from reelwright.demo.picture import Grain, Picture
from reelwright.demo.plan import FPS
from reelwright.demo.stage import Stage
from reelwright.files import write_json
from reelwright.fit import write_picture
from reelwright.media import H264Writer, Span, decode_spans
from reelwright.spec.model import Encode

WIDTH, HEIGHT = 640, 360
"""Pixels of an old clip."""

ENCODE = Encode(crf=34, preset="superfast")
"""100 to 300 kbit/s of the demo: blocks in the flats, mosquitoes at the lines."""

BAR = WIDTH // 8
"""Width of each of the bars beside a 16:9 picture that was squeezed to 4:3."""

# The site's logo: a plate and an arrow on it, in shares of its side.
_PLATE = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 0.7), (0.0, 0.7)])
_ARROW = np.array([(0.38, 0.15), (0.7, 0.35), (0.38, 0.55)])


def cut_demo_old_clips(
    *,
    masters: Mapping[str, Path],
    titles: Mapping[str, Sequence[str]],
    show: str,
    season: int | None,
    seed: int,
    seconds: float,
    clips: Mapping[str, Path],
    first_frames: Mapping[str, Path],
    bible: Path,
    manifest: Path,
    truth: Path,
) -> None:
    """Write old clips, their first frames, manifest and bible, and where each was cut from.

    ``masters`` and ``titles`` (canonical ones first) go by two-digit episode, ``clips`` and ``first_frames`` by the old clip's
    name: a clip that has no path there is left out, its first frame and its row are not.
    """
    cv2.setNumThreads(1)
    planned = plan_old_clips(list(titles), seed, seconds)
    for clip in planned:
        _write(clip, _pictures(clip, masters), clips.get(clip.name), first_frames[clip.name])
    write_json(manifest, old_manifest(show, planned, seed))
    write_json(bible, old_bible(show, season, titles))
    write_json(truth, old_truth(planned), "demo_old_truth")


def _pictures(clip: OldClip, masters: Mapping[str, Path]) -> Iterator[Picture]:
    """The pictures of the stretch that a clip shows, small."""
    if clip.foreign:
        stage, grain = Stage(clip.shot, WIDTH, HEIGHT), Grain(WIDTH, HEIGHT, clip.plan.seed)
        for frame in range(clip.start, clip.end):
            drawn = stage.picture(frame - clip.shot.start)
            yield Picture(grain.on(drawn.y, frame), drawn.cb, drawn.cr)
        return
    path = masters[clip.plan.episode]
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base
    assert base is not None
    first, end = (round((frame - Fraction(1, 2)) / FPS / base) for frame in (clip.start, clip.end))
    for _, decoded in decode_spans(path, [Span(first, end)], 1):
        yield _shrunk(decoded, WIDTH - 2 * BAR if clip.look.bars else WIDTH)


def _shrunk(frame: av.VideoFrame, width: int) -> Picture:
    """A decoded yuv420p frame at ``width`` x ``HEIGHT``."""
    planes, rows, columns = frame.to_ndarray(), frame.height, frame.width
    chroma = planes[rows:].reshape(2, rows // 2, columns // 2)
    sizes = [(width, HEIGHT), (width // 2, HEIGHT // 2), (width // 2, HEIGHT // 2)]
    return Picture(
        *(
            np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
            for plane, size in zip((planes[:rows], *chroma), sizes, strict=True)
        )
    )


def _shown(clip: OldClip, pictures: Iterable[Picture]) -> Iterator[Picture]:
    """What each frame of a clip shows, in its look."""
    stretch = iter(pictures)
    at, picture = -1, None
    for wanted in clip.shown:
        while at < wanted:
            at, picture = at + 1, next(stretch)
        assert picture is not None
        yield _dressed(clip, picture)


def _dressed(clip: OldClip, picture: Picture) -> Picture:
    """A picture of ``HEIGHT`` between bars, or under the logo, as the clip has them."""
    whole = Picture.plain(WIDTH, HEIGHT, "#000000")
    whole.paste(picture, BAR if clip.look.bars else 0, 0)
    if clip.look.logo:
        side = HEIGHT // 6
        corner = (WIDTH - (BAR if clip.look.bars else 0) - side - 14, 12)
        whole.fill(_PLATE * side + corner, "#d8202c")
        whole.fill(_ARROW * side + corner, "#ffffff")
    return whole


def _write(clip: OldClip, pictures: Iterable[Picture], out: Path | None, first_frame: Path) -> None:
    """Encode a clip, and take its first frame from what was encoded, or from the picture where there is no clip."""
    shown = _shown(clip, pictures)
    first_frame.parent.mkdir(parents=True, exist_ok=True)
    if out is None:
        write_picture(first_frame, video_frame(next(shown)).to_ndarray(format="bgr24"))
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    with H264Writer(out, WIDTH, HEIGHT, Fraction(FPS), Fraction(1, FPS), ENCODE, threads=1) as writer:
        for number, picture in enumerate(shown):
            writer.write(video_frame(picture), number)
    with av.open(str(out)) as container:
        write_picture(first_frame, next(container.decode(video=0)).to_ndarray(format="bgr24"))

"""Making a master: an episode's shared footage with a title card put in, packet by packet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from reelwright.demo.frames import title_frames
from reelwright.demo.movie import add_video, copy_streams, encode_pictures, open_movie
from reelwright.demo.plan import FPS, plan_episode
from reelwright.files import whole


def _card(episode: str, title: str, seed: int, seconds: float, width: int, height: int) -> io.BytesIO:
    """The encoded title card, as a MOV in memory."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as container:
        stream = add_video(container, width, height)
        encode_pictures(container, stream, title_frames(plan_episode(episode, seed, seconds), title, width, height))
    buffer.seek(0)
    return buffer


def _moved(packet: Any, stream: Any, frames: int) -> Any:
    """A packet for ``stream``, ``frames`` later."""
    shift = round(Fraction(frames, FPS) / packet.time_base)
    packet.pts += shift
    packet.dts += shift
    packet.stream = stream
    return packet


def _spliced(footage: Any, card: Any, streams: list[Any], first: int, length: int) -> Iterator[Any]:
    """The packets of a master in the order of the footage's, the card's before the first one that comes after it."""
    pending = True
    for packet in footage.demux():
        if packet.dts is None:
            continue
        stream = streams[packet.stream.index]
        if packet.stream.type == "video" and packet.pts * packet.time_base >= Fraction(first, FPS):
            if pending:
                yield from (_moved(one, stream, first) for one in card.demux() if one.dts is not None)
                pending = False
            yield _moved(packet, stream, length)
        else:
            packet.stream = stream
            yield packet


def splice_demo_master(
    *, footage: Path, episode: str, title: str, seed: int, seconds: float, width: int, height: int, master: Path
) -> None:
    """Write one title variant of an episode: shared footage copied, its own title card encoded.

    Raises ValueError where card and footage were not encoded alike (another version of the encoder made one of them).
    """
    plan = plan_episode(episode, seed, seconds)
    buffer = _card(episode, title, seed, seconds, width, height)
    with av.open(str(footage)) as source, av.open(buffer) as card, whole(master) as temporary:
        if source.streams.video[0].codec_context.extradata != card.streams.video[0].codec_context.extradata:
            raise ValueError(f"{footage} was made by another encoder: delete it and run again")
        with open_movie(temporary) as target:
            streams = copy_streams(source, target)
            for packet in _spliced(source, card, streams, plan.title, plan.body - plan.title):
                target.mux(packet)

"""Clips and training media show exactly the master's frames at exactly its times, whatever kind of file it is."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from chain import Chain, cut, measured, packed, seconds

from footage import painted
from reelwright.media import Span, decode_spans
from reelwright.spec.model import Clips, Encode, Package

BITS = 8
FRAMES = 120
WIDTH, HEIGHT = 256, 144


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT, second_field: bool = False) -> np.ndarray:
    """A BGR picture that carries its number as dark and bright blocks, a red corner at top left, and a moving disc."""
    bgr = painted(3, 2 * number + second_field, width, height) // 2 + 40
    block = width // (BITS + 4)
    for bit in range(BITS):
        left = block * (bit + 2)
        cv2.rectangle(bgr, (left, height // 2), (left + block - 1, height // 2 + block - 1), [20] * 3, -1)
        if number >> bit & 1:
            cv2.rectangle(bgr, (left, height // 2), (left + block - 1, height // 2 + block - 1), [235] * 3, -1)
    cv2.rectangle(bgr, (0, 0), (block, block), (30, 30, 220), -1)
    return bgr


def number_of(bgr: np.ndarray) -> int:
    """The number that an upright picture carries, at whatever size; fails where its red corner isn't at top left."""
    height, width = bgr.shape[:2]
    block = width / (BITS + 4)
    blue, green, red = bgr[int(block * 0.4), int(block * 0.4)].astype(int)
    assert red > blue + 60, "the picture is not upright"
    assert red > green + 60, "the picture is not upright"
    row = int(height / 2 + block / 2)
    return sum(1 << bit for bit in range(BITS) if bgr[row, int(block * (bit + 2.5))].mean() > 128)


def write(
    path: Path,
    *,
    fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    pts: Sequence[int] | None = None,
    base: Fraction = Fraction(1, 25),
    rate: Fraction = Fraction(25),
    pictures: Callable[[int], np.ndarray] = numbered,
    aspect: Fraction | None = None,
    colour: tuple[Colorspace, ColorRange] | None = None,
) -> Path:
    """Encode the numbered pictures; ``colour`` is how they are stored, and what the file says of it."""
    space, value_range = colour or (Colorspace.ITU601, ColorRange.MPEG)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        first = pictures(0)
        stream.height, stream.width, stream.pix_fmt = *first.shape[:2], fmt
        context = stream.codec_context
        context.time_base = base
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        if colour is not None:
            context.colorspace = {Colorspace.ITU709: 1, Colorspace.ITU601: 6}[space]
            context.color_range = int(value_range)
        context.options = {"crf": "8", "preset": "veryfast", "g": "24", "bf": "3", **(options or {})}
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(pictures(number), format="bgr24")
            frame = frame.reformat(format=fmt, dst_colorspace=space, dst_color_range=value_range)
            frame.pts, frame.time_base = (pts[number] if pts else number), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments], check=True)


def rotated(folder: Path, degrees: int) -> Path:
    """A film whose pictures lie turned in the file, with a display matrix that puts them right."""
    film = write(
        folder / "lying.mov", pictures=lambda number: np.ascontiguousarray(np.rot90(numbered(number), -degrees // 90))
    )
    ffmpeg("-display_rotation", str(degrees), "-i", str(film), "-c", "copy", str(folder / "film.mov"))
    return folder / "film.mov"


def edited(folder: Path) -> Path:
    """A film whose edit list skips its first frames, among them the keyframe that the first shown ones need."""
    ffmpeg("-ss", "0.6", "-i", str(write(folder / "long.mov")), "-c", "copy", str(folder / "film.mov"))
    return folder / "film.mov"


def woven(number: int) -> np.ndarray:
    """An interlaced picture: its odd rows show a later moment."""
    bgr = numbered(number)
    bgr[1::2] = numbered(number, second_field=True)[1::2]
    return bgr


DROPPED = [round(number * Fraction(1001)) for number in range(150) if number % 5 != 3][:FRAMES]
VARIABLE = [number * 3600 + (number * 7919 % 1500) for number in range(FRAMES)]
FILMS: dict[str, Callable[[Path], Path]] = {
    "B-frames, closed GOPs": lambda folder: write(folder / "film.mov"),
    "open GOPs": lambda folder: write(
        folder / "film.mkv", options={"x264-params": "open-gop=1:keyint=20:bframes=4:scenecut=0"}
    ),
    "transport stream": lambda folder: write(folder / "film.ts"),
    "edit list": edited,
    "variable rate": lambda folder: write(folder / "film.mov", pts=VARIABLE, base=Fraction(1, 90000)),
    "23.976": lambda folder: write(folder / "film.mkv", base=Fraction(1001, 24000), rate=Fraction(24000, 1001)),
    "29.97 with dropped frames": lambda folder: write(
        folder / "film.mov", pts=DROPPED, base=Fraction(1, 30000), rate=Fraction(30000, 1001)
    ),
    "start not 0": lambda folder: write(folder / "film.mkv", pts=[500 + number for number in range(FRAMES)]),
    "turned 90": lambda folder: rotated(folder, 90),
    "turned 180": lambda folder: rotated(folder, 180),
    "turned 270": lambda folder: rotated(folder, -90),
    "anamorphic": lambda folder: write(folder / "film.mov", aspect=Fraction(64, 45)),
    "10 bit": lambda folder: write(folder / "film.mov", fmt="yuv420p10le"),
    "4:2:2": lambda folder: write(folder / "film.mov", fmt="yuv422p"),
    "10 bit 4:2:2, turned": lambda folder: rotated_in(folder, "yuv422p10le"),
    "interlaced": lambda folder: write(
        folder / "film.mov", options={"flags": "+ilme+ildct", "x264-params": "tff=1"}, pictures=woven
    ),
    "full range": lambda folder: write(
        folder / "film.mov", fmt="yuvj420p", colour=(Colorspace.ITU601, ColorRange.JPEG)
    ),
}


def rotated_in(folder: Path, fmt: str) -> Path:
    lying = write(
        folder / "lying.mov", fmt=fmt, pictures=lambda number: np.ascontiguousarray(np.rot90(numbered(number), -1))
    )
    ffmpeg("-display_rotation", "90", "-i", str(lying), "-c", "copy", str(folder / "film.mov"))
    return folder / "film.mov"


@dataclass(frozen=True)
class Plain:
    """A film decoded from its beginning to its end, with nothing of ours in between."""

    stamps: list[int]
    digests: dict[int, str]
    numbers: list[int]
    """What each picture carries, in order."""


def plain(film: Path) -> Plain:
    stamps, digests, numbers = [], {}, []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            stamps.append(frame.pts)
            digests[frame.pts] = digest(frame)
            bgr = frame.to_ndarray(format="bgr24")
            numbers.append(number_of(np.rot90(bgr, round(frame.rotation / 90) % 4)))
    return Plain(stamps, digests, numbers)


def digest(frame: av.VideoFrame) -> str:
    return hashlib.sha256(b"".join(bytes(plane) for plane in frame.planes)).hexdigest()


def shown(media: Path) -> tuple[list[int], list[Fraction]]:
    """The numbers that the frames of a clip carry, and when they are shown."""
    with av.open(str(media)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        frames = list(container.decode(stream))
        assert {frame.rotation for frame in frames} == {0}
        assert not any(frame.interlaced_frame for frame in frames)
        assert Fraction(stream.sample_aspect_ratio or 1) == 1
        numbers = [number_of(frame.to_ndarray(format="bgr24")) for frame in frames]
        return numbers, [(frame.pts or 0) * stream.time_base for frame in frames]


SETTINGS = Clips(
    head_s=0, tail_s=0, min_s=0.5, max_s=0.9, dedupe_threshold=0, height=144, encode=Encode(preset="veryfast")
)
PACKAGE = Package(
    lane="video",
    model="wan2.2-t2v-a14b",
    caption_sources=["structured"],
    size=(128, 128),
    frame_buckets=[9],
    encode=Encode(preset="veryfast"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS)
def test_clips_and_training_media_are_exact(tmp_path: Path, name: str) -> None:
    film = FILMS[name](tmp_path)
    known = plain(film)
    chain = cut(film, tmp_path, SETTINGS)
    scan = chain.scan
    assert scan["pts"].tolist() == known.stamps, "the scan numbers the frames as a plain decoder shows them"
    assert chain.probe["frames"] == len(known.stamps), "and so does the probe, by the packets"
    assert chain.probe["start_pts"] == known.stamps[0]
    assert chain.header["holes"] == []
    assert len(chain.kept) >= 4
    spans = [Span(row["start_pts"], row["end_pts"]) for row in chain.kept]
    for index, frame in decode_spans(film, spans, 2):
        assert frame.pts is not None
        assert spans[index].start_pts <= frame.pts < spans[index].end_pts
        assert digest(frame) == known.digests[frame.pts], "a seek gives the very frame of a plain pass"
    for row in chain.kept:
        numbers, times = shown(chain.folder / row["clip"])
        assert numbers == known.numbers[row["start_frame"] : row["end_frame"]]
        assert times == seconds(row, scan["pts"])
    check_training_media(chain, known)


def check_training_media(chain: Chain, known: Plain) -> None:
    for row, media in zip(chain.kept, packed(chain, PACKAGE, 5), strict=True):
        with av.open(str(media.path)) as container:
            frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
        assert len(frames) == len(media.frames) == 5
        start = known.stamps[row["start_frame"]]
        for index, taken in enumerate(media.frames):
            moment = start + (index + Fraction(1, 2)) / 16 / Fraction(row["time_base"])
            due = max(pts for pts in known.stamps if pts <= moment)
            assert known.stamps[taken] == due, "the source frame that is on screen then"


@pytest.mark.parametrize(("name", "size"), [("turned 90", (256, 144)), ("anamorphic", (364, 144))])
def test_clips_are_as_large_as_the_picture_is_shown(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    chain = cut(FILMS[name](tmp_path), tmp_path, SETTINGS)
    picture = cv2.imread(str(chain.folder / chain.kept[0]["first_frame"]))
    assert picture is not None
    assert picture.shape[1::-1] == size == (chain.kept[0]["width"], chain.kept[0]["height"])
    assert number_of(picture) >= 0


def combing(luma: np.ndarray) -> float:
    """Difference of neighbouring rows over that of rows two apart."""
    rows = luma.astype(int)
    return float(np.abs(np.diff(rows, axis=0)).sum() / max(1, np.abs(rows[2:] - rows[:-2]).sum()))


def bars(number: int) -> np.ndarray:
    """Broad bars that move fast: rows of the two fields show them at different places."""
    columns = np.arange(WIDTH)
    fields = [(columns + 12 * (2 * number + second)) % 64 < 32 for second in (0, 1)]
    rows = np.array([fields[row % 2] for row in range(HEIGHT)])
    return np.repeat(np.where(rows, 200, 60).astype(np.uint8)[:, :, None], 3, axis=2)


def test_interlaced_footage_is_said_and_made_progressive(tmp_path: Path) -> None:
    options = {"flags": "+ilme+ildct", "x264-params": "tff=1"}
    film = write(tmp_path / "film.mov", options=options, pictures=bars)
    chain = cut(film, tmp_path, SETTINGS)
    assert chain.probe["interlaced"] is True
    assert chain.header["interlaced_frames"] == FRAMES
    assert "interlaced" in chain.warnings()
    row = chain.kept[1]
    source = [
        frame.to_ndarray(format="gray") for _, frame in decode_spans(film, [Span(row["start_pts"], row["end_pts"])])
    ]
    with av.open(str(chain.folder / row["clip"])) as container:
        made = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(made) == len(source)
    assert min(combing(luma) for luma in source) > 5
    assert np.median([combing(luma) for luma in made]) < 1.2


PATCHES = [(200, 40, 40), (40, 190, 50), (40, 60, 210), (230, 220, 60), (128, 128, 128), (250, 250, 250), (8, 8, 8)]
"""RGB."""


def patches(_: int) -> np.ndarray:
    bgr = np.zeros((144, 32 * len(PATCHES), 3), np.uint8)
    for number, rgb in enumerate(PATCHES):
        bgr[:, 32 * number : 32 * (number + 1)] = rgb[::-1]
    return bgr


COLOURS = {
    "BT.601": ("yuv420p", Colorspace.ITU601, ColorRange.MPEG),
    "BT.709": ("yuv420p", Colorspace.ITU709, ColorRange.MPEG),
    "BT.601, full range": ("yuvj420p", Colorspace.ITU601, ColorRange.JPEG),
    "BT.709, full range": ("yuvj420p", Colorspace.ITU709, ColorRange.JPEG),
    "BT.709, 10 bit": ("yuv420p10le", Colorspace.ITU709, ColorRange.MPEG),
    "BT.709, 10 bit full range": ("yuv420p10le", Colorspace.ITU709, ColorRange.JPEG),
    "BT.601, 4:2:2": ("yuv422p", Colorspace.ITU601, ColorRange.MPEG),
    "BT.709, 4:4:4 full range": ("yuvj444p", Colorspace.ITU709, ColorRange.JPEG),
}


@pytest.mark.parametrize("name", COLOURS)
def test_colours_stay_what_they_are(tmp_path: Path, name: str) -> None:
    fmt, space, value_range = COLOURS[name]
    film = write(tmp_path / "film.mov", fmt=fmt, colour=(space, value_range), pictures=patches)
    chain = cut(film, tmp_path, SETTINGS.model_copy(update={"max_s": 5.0}))
    assert chain.probe["color_range"] == ("pc" if value_range is ColorRange.JPEG else "tv")
    with av.open(str(chain.folder / chain.kept[0]["clip"])) as container:
        frame = next(iter(container.decode(video=0)))
        assert (int(frame.colorspace), int(frame.color_range)) == (1, 1)
        clip = rgb_of(frame)
    first = cv2.imread(str(chain.folder / chain.kept[0]["first_frame"]))
    assert first is not None
    thumb = chain.scan.thumbs(0, 1)[0]
    for number, rgb in enumerate(PATCHES):
        column = (number + 0.5) / len(PATCHES)
        assert near(clip[72, int(column * clip.shape[1])], rgb, 4), "the clip"
        assert near(first[72, int(column * first.shape[1])][::-1], rgb, 5), "the first frame"
        assert near(thumb[13, int(column * thumb.shape[1])], rgb, 6), "what was measured"


def rgb_of(frame: av.VideoFrame) -> np.ndarray:
    """Limited-range BT.709 to RGB by the standard's own formula."""
    planes = frame.to_ndarray(format="yuv444p").astype(float)
    luma, blue, red = (planes[0] - 16) / 219, (planes[1] - 128) / 224, (planes[2] - 128) / 224
    channels = [luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue]
    return np.clip(np.stack(channels, axis=-1) * 255, 0, 255)


def near(found: Any, wanted: Sequence[int], levels: int) -> bool:
    return bool(np.abs(np.asarray(found, float) - np.asarray(wanted, float)).max() <= levels)


def test_what_is_measured_of_10_bit_footage_is_what_8_bit_gives(tmp_path: Path) -> None:
    found = []
    for fmt in ("yuv420p", "yuv420p10le", "yuv422p10le"):
        (tmp_path / fmt).mkdir()
        scan = measured(write(tmp_path / fmt / "film.mov", fmt=fmt, options={"crf": "2"}), tmp_path / fmt).scan
        found.append([scan["brightness"], scan["motion"], scan["sharpness"]])
    for other in found[1:]:
        for one, ten in zip(found[0], other, strict=True):
            assert np.abs(one - ten).max() <= 0.05 * np.abs(one).max() + 0.5

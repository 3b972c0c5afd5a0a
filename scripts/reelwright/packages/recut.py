"""Cuts a row of a training package again from its master. It needs Python 3.9 and FFmpeg 5.1, nothing of Reelwright.

    python3 recut.py CLIP_ID MASTER OUT.mp4 [--ffmpeg FFMPEG] [--provenance PROVENANCE.json]

(a still is written to OUT.png)

``PROVENANCE.json`` says all that is needed: the master by its sha256, the span by time stamps, how a picture is made to fit,
and which of the span's frames each frame of the row shows. The pictures come out as in the package, but for what another
version of an encoder makes of them. This file lies in every package; it is a copy of ``reelwright/packages/recut.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

LEAD_S = 10.0
"""Seconds before a span at which decoding begins: a seek lands on a key frame before that, and audio may begin earlier."""


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def commands(provenance: dict[str, Any], row: dict[str, Any], master: Path, out: Path, ffmpeg: str) -> list[list[str]]:
    """Two commands: one writes every fitted frame of the row's span as raw pictures, the other encodes those it is given."""
    width, height = provenance["settings"]["size"]
    encode = provenance["settings"]["encode"]
    (source,) = [one for one in provenance["sources"] if one["source_id"] == row["source_id"]]
    span = f"settb={row['time_base']},trim=start_pts={row['start_pts']}:end_pts={row['end_pts']}"
    seek = ["-ss", f"{row['start_s'] - LEAD_S:.3f}"] if row["start_s"] > LEAD_S else []
    quiet = [ffmpeg, "-v", "error", "-nostdin"]
    pictures = ["-f", "rawvideo", "-pix_fmt", "yuv420p"]
    # Numbered anew, since raw pictures have no times: they are told apart by their order.
    counted = [
        "-vf",
        f"{span},{source['filters']},settb=1/25,setpts=N",
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "1/25",
    ]
    decode = [*quiet, *seek, "-copyts", "-noautorotate", "-i", str(master), "-map", "0:v:0", *counted, *pictures, "-"]
    # Said by a filter: told of the encoder alone, FFmpeg would convert what it takes for another colour space.
    colours = ["-vf", "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"]
    write = [*quiet, "-y", *pictures, "-s", f"{width}x{height}", "-r", str(row["fps"]), "-i", "-", "-an", *colours]
    if out.suffix == ".png":
        return [decode, [*write, "-frames:v", "1", str(out)]]
    write += ["-c:v", "libx264", "-crf", str(encode["crf"]), "-preset", encode["preset"], "-movflags", "+faststart"]
    return [decode, [*write, str(out)]]


def recut(provenance: dict[str, Any], clip_id: str, master: Path, out: Path, ffmpeg: str) -> None:
    """Write the row ``clip_id`` to ``out``. Raises ValueError where it can't be the same."""
    found = [row for row in provenance["rows"] if row["clip_id"] == clip_id]
    if not found:
        raise ValueError(f"PROVENANCE.json has no row {clip_id}")
    row = found[0]
    if sha256_of(master) != row["source_sha256"]:
        raise ValueError(f"{master} is not the master of {clip_id}: its sha256 is not {row['source_sha256']}")
    decode, write = commands(provenance, row, master, out, ffmpeg)
    width, height = provenance["settings"]["size"]
    size = width * height * 3 // 2
    times = {number - row["start_frame"]: row["frames_taken"].count(number) for number in row["frames_taken"]}
    with (
        subprocess.Popen(decode, stdout=subprocess.PIPE) as decoder,
        subprocess.Popen(write, stdin=subprocess.PIPE) as writer,
    ):
        assert decoder.stdout is not None and writer.stdin is not None
        seen = 0
        # What breaks a pipe, FFmpeg says.
        with suppress(BrokenPipeError):
            while picture := decoder.stdout.read(size):
                writer.stdin.write(picture * times.get(seen, 0))
                seen += 1
            writer.stdin.close()
    expected = row["end_frame"] - row["start_frame"]
    if decoder.returncode or writer.returncode or seen != expected:
        out.unlink(missing_ok=True)
        raise ValueError(
            f"{master}: {seen} of the {expected} frames of {clip_id} could be decoded; FFmpeg's words are above"
        )


def main(words: list[str]) -> str | None:
    """Do what the command line says; a message where it can't be done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clip_id", help="the row, as in metadata.jsonl")
    parser.add_argument("master", type=Path, help="the master file, wherever it lies; it is known by its sha256")
    parser.add_argument("out", type=Path, help="the MP4 file to write; of a still, PNG")
    parser.add_argument("--ffmpeg", default=shutil.which("ffmpeg") or "ffmpeg")
    parser.add_argument("--provenance", type=Path, default=Path(__file__).with_name("PROVENANCE.json"))
    given = parser.parse_args(words)
    try:
        recut(json.loads(given.provenance.read_text("utf-8")), given.clip_id, given.master, given.out, given.ffmpeg)
    except (OSError, ValueError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

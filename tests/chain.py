"""One film through probe, scan and clips by the library, as the rules call it, for tests of what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from reelwright.clips import ClipOutputs, cut_clips
from reelwright.files import check, read_json, read_jsonl, write_json
from reelwright.outcome import Record
from reelwright.packages.encode import TrainingMedia, encode_rows
from reelwright.packages.select import Caption, Clip, EpisodeSelection, Row, _source
from reelwright.scan import scan_source
from reelwright.scan.file import Scan
from reelwright.sources.probe import probe_master
from reelwright.spec.model import Clips, Encode, Package
from reelwright.store import FolderStore

SETTINGS = Clips(
    head_s=0,
    tail_s=0,
    min_s=1,
    max_s=2,
    dedupe_threshold=0,
    height=180,
    trim_frames=0,
    encode=Encode(preset="ultrafast"),
)
"""Clips of one to two seconds from the whole film, quickly encoded."""


@dataclass(frozen=True)
class Chain:
    """What became of one film."""

    film: Path
    folder: Path

    @property
    def probe(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.folder / "probe.json")
        return found

    @property
    def header(self) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.folder / "scan.json")
        return found

    @property
    def scan(self) -> Scan:
        return Scan(self.folder / "scan.npz")

    def outcome(self, stage: str) -> dict[str, Any]:
        found: dict[str, Any] = read_json(self.folder / f"{stage}.outcome.json")
        return found

    def warnings(self) -> str:
        """What the probe, the scan and the cutting warn of."""
        stages = [stage for stage in ("probe", "scan", "clips") if (self.folder / f"{stage}.outcome.json").exists()]
        return "\n".join(word for stage in stages for word in self.outcome(stage)["warnings"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        return read_jsonl(self.folder / "clips" / "ep01.jsonl")

    @property
    def kept(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["kept"]]


def measured(film: Path, folder: Path, threads: int = 2) -> Chain:
    """Probe and scan a film."""
    chain = Chain(film, folder)
    probe, outcome = folder / "probe.json", folder / "probe.outcome.json"
    record = Record("probe_master", "ep01.the-film", outcome)
    probe_master(film, probe, record, episode="01", title="THE FILM", relative=film.name, problem=None)
    record = Record("scan_source", "ep01.the-film", folder / "scan.outcome.json")
    scan_source(film, probe, outcome, folder / "scan.npz", folder / "scan.json", record, threads=threads)
    if chain.outcome("scan")["status"] == "ok":
        check(chain.probe, "probe", "probe.json")
        check(chain.header, "scan", "scan.json")
    return chain


def cut(film: Path, folder: Path, settings: Clips, shots: list[tuple[int, int]] | None = None) -> Chain:
    """Probe and scan a film and cut it into clips: one shot, or those given as (first frame, end exclusive)."""
    chain = measured(film, folder)
    scan = chain.scan
    rows = [{"start_frame": first, "end_frame": end} for first, end in shots or [(0, scan.frames)]]
    head = {key: chain.header[key] for key in ("source_id", "source_sha256", "time_base")}
    write_json(folder / "shots.json", {"episode": "01", **head, "shots": rows})
    outputs = ClipOutputs(
        folder / "clips" / "ep01.jsonl", *(folder / name for name in ("clip", "first_frame", "sheet"))
    )
    cut_clips(
        film,
        folder / "probe.json",
        folder / "scan.npz",
        folder / "shots.json",
        folder / "scan.outcome.json",
        outputs,
        Record("cut_clips", "ep01", folder / "clips.outcome.json"),
        settings=settings,
        store=folder / "store",
        threads=2,
    )
    return chain


def packed(chain: Chain, settings: Package, frames: int) -> list[TrainingMedia]:
    """The training media of every kept clip of a film, ``frames`` frames each."""
    fields = ("clip_id", "start_frame", "end_frame", "start_pts", "end_pts", "start_s", "end_s")
    rows = [
        Row(Clip(*(row[key] for key in fields)), Caption("structured", "x", None, None), frames) for row in chain.kept
    ]
    count = len(rows)
    selection = EpisodeSelection("01", chain.film, _source(chain.probe), tuple(rows), count, count, count, {}, (), ())
    return encode_rows(selection, settings, FolderStore(chain.folder / "store"), 2)


def seconds(row: dict[str, Any], stamps: np.ndarray) -> list[Fraction]:
    """When each frame of a clip is shown after its start, by the stamps of its master; exact."""
    inside = stamps[row["start_frame"] : row["end_frame"]]
    return [int(pts - inside[0]) * Fraction(row["time_base"]) for pts in inside]

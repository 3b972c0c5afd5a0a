"""The identity anchors that go with a package of clips: to judge by and to look at, never to train on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from reelwright.digest import file_sha256
from reelwright.files import read_json, write_json


def reference_anchors(usable: Path, results: Path, out: Path) -> None:
    """Write to ``out`` (JSON) which usable manifest of anchors, below ``results``, goes with a package, and what is in it."""
    anchors = read_json(usable)["anchors"]
    data = {
        "manifest": usable.relative_to(results).as_posix(),
        "sha256": file_sha256(usable),
        "use": "evaluation",
        "anchors": len(anchors),
        "verdicts": dict(sorted(Counter(one["verdict"] for one in anchors).items())),
        "characters": dict(sorted(Counter(one["character"] for one in anchors).items())),
        "tightened": sum(one["tightened"] for one in anchors),
    }
    write_json(out, data, "package_anchors")

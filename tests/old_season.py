"""The reference project's titles, and its old season as the notes give it."""

from __future__ import annotations

from conftest import ROOT

from reelwright.spec.load import load_spec

SPEC = load_spec(ROOT / "config" / "totally-spies-s7.yaml")
TITLES = {
    number: [title for title in (one.title, one.alternate_title) if title]
    for number, one in SPEC.sources.episodes.items()
}
"""The production titles of the reference project, and nothing that its spec states of the old names."""

KNOWN = {
    "Frankenpanda": "01",
    "It Takes A Slob": "02",
    "Totally Vintage": "03",
    "Creepy Crawly Creature Catcher": "05",
    "Totally Trolling, Much?": "06",
    "Over": "07",
    "It's Totally a Test": "08",
    "Totally Talented": "10",
    "The DAH": "11",
    "Mega Moon Cheese": "12",
    "What Woolly Mammoth": "14",
    "Undercover Supervillains": "17",
    "Totally Pawsome": "20",
}
"""The pairs of the reference project: old name, production episode."""

NEW = ["04", "09", "13", "15", "16", "18", "19", "21", "22", "23", "24", "25", "26"]

BIBLE = {
    "season": 7,
    "episodes": [
        {"episode_id": f"yt-{name[:3].lower()}{place}", "episode_name": name, "episode_number": place + 1}
        for place, name in enumerate(sorted(KNOWN))
    ],
}
"""The old season in the order of the video site, which is not that of production."""

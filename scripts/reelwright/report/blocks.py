"""What a section of the report is made of: typed figures and tables, which the page alone turns into HTML.

A section holds text, never markup: whatever a file or a person is called is escaped in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "plain", "held", "warn", "bad", "left"]
"""What a colour means: usable, counted without judgement, held out, not usable, failed, left out. ``page.css`` has the
colours of each for light and dark."""


@dataclass(frozen=True)
class Link:
    """A file of the results."""

    text: str
    path: str
    """Below ``results/<project>/``, where the report lies."""


Cell = str | int | float | Link | None
"""What a table holds; None is an empty cell, numbers are set with their separators."""


@dataclass(frozen=True)
class Facts:
    """Numbers to be seen first, each under its name."""

    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """Rows under columns. Columns of numbers alone are set to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = False
    """Whether it has to be opened to be seen."""
    note: str = ""

    def is_numeric(self, column: int) -> bool:
        """Whether a column holds nothing but numbers."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and all(isinstance(cell, int | float) for cell in cells)


@dataclass(frozen=True)
class Part:
    """One coloured part of a bar."""

    value: float
    tone: Tone = "plain"


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart."""

    label: str
    shown: str
    """Its value in words and numbers: what is read where the bar isn't seen."""
    parts: tuple[Part, ...]
    target: float | None = None
    """Where the value should be, in its unit."""


@dataclass(frozen=True)
class Bars:
    """A bar chart that is a table too: label, value, bar."""

    title: str
    label: str
    """What the bars are (``location``)."""
    unit: str
    """What they count (``usable clips``)."""
    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, Tone], ...] = ()
    """Name of each tone, where bars have parts."""
    note: str = ""

    @property
    def longest(self) -> float:
        """The value that fills the width."""
        sums = [sum(part.value for part in bar.parts) for bar in self.bars]
        return max([*sums, *(bar.target for bar in self.bars if bar.target is not None)], default=0) or 1


@dataclass(frozen=True)
class Histogram:
    """How often a value falls into each of equal bins."""

    title: str
    unit: str
    """Of the value (``s``)."""
    edges: tuple[float, ...]
    """One more than there are bins."""
    counts: tuple[tuple[int, ...], ...]
    """Of each bin, in the order of the legend."""
    legend: tuple[tuple[str, Tone], ...]
    note: str = ""

    @property
    def highest(self) -> int:
        """The count that fills the height."""
        return max((sum(counts) for counts in self.counts), default=0) or 1


@dataclass(frozen=True)
class Lane:
    """One episode on a timeline."""

    label: str
    title: str
    length_s: float
    spans: tuple[tuple[Tone, tuple[tuple[float, float], ...]], ...]
    """Of each tone, when something of it is shown: start and end in seconds."""


@dataclass(frozen=True)
class Timeline:
    """What becomes of every second, one lane an episode."""

    title: str
    lanes: tuple[Lane, ...]
    legend: tuple[tuple[str, Tone], ...]
    seconds: Table
    """The same in numbers."""
    note: str = ""

    @property
    def longest_s(self) -> float:
        """Seconds of the longest episode, which fills the width."""
        return max((lane.length_s for lane in self.lanes), default=0) or 1


@dataclass(frozen=True)
class Heading:
    """What the blocks after it are about, with files of it."""

    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Note:
    """Something that somebody should know: what happened, what it was about, how to go on."""

    text: str
    subject: str | Link = ""
    command: str = ""


@dataclass(frozen=True)
class Notes:
    """A list of such."""

    title: str
    notes: tuple[Note, ...]
    tone: Tone = "plain"
    folded: bool = False


Block = Facts | Heading | Table | Bars | Histogram | Timeline | Notes


@dataclass(frozen=True)
class Section:
    """A part of the report."""

    key: str
    """Anchor of it in the page."""
    title: str
    said: str
    """The section in one sentence."""
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    tone: Tone = "plain"


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 clip``, ``1,200 clips``: a count with what it counts."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def minutes(seconds: float) -> str:
    """Seconds as ``15.7 s``, ``3.4 min`` or ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.1f} min"
    whole = round(seconds / 60)
    return f"{whole // 60} h {whole % 60:02d} min"


def share(part: float, whole: float) -> str:
    """``77 %``; nothing of nothing is ``0 %``."""
    return f"{100 * part / whole if whole else 0:.0f} %"

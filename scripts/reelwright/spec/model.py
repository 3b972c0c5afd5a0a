"""The project spec as typed, frozen models: the one place that states its keys, types, ranges, defaults and meanings.

``schemas/spec.schema.json`` and ``docs/spec.md`` are generated from these models, and a test keeps them in step. Every
duration is in seconds, every length in pixels, and every path is relative to the folder in which Snakemake runs unless
its description says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reelwright.spec.actors import Actors
from reelwright.spec.captions import Captions
from reelwright.spec.design import Design
from reelwright.spec.evaluation import Evaluation
from reelwright.spec.identity import Identity
from reelwright.spec.lane import DesignPackage
from reelwright.spec.quality import Quality
from reelwright.spec.recurring import Recurring
from reelwright.spec.reference import Reference
from reelwright.spec.section import EpisodeId, ModelName, Name, RelativePath, Section, SpeakerLabel, Title
from reelwright.spec.selection import Balance, Exclude, Only, Stills
from reelwright.spec.shots import AdaptiveDetector, Shots
from reelwright.spec.training import FIRST, Training
from reelwright.spec.transcripts import Transcripts
from reelwright.spec.variants import Variants

__all__ = ["DesignPackage", "ModelName", "Package", "Spec", "TrainerName"]


class Episode(Section):
    """One production episode and the files it was delivered as."""

    title: Title
    """Canonical title, as in the name of the master that is trained on (case, spaces, underscores don't matter)."""
    alternate_title: Title | None = None
    """Title of the second delivered variant; left out where it is not known."""
    master: RelativePath | None = None
    """Explicit path of the canonical master below `sources.folder`, where its name does not follow the pattern."""
    alternate_master: RelativePath | None = None
    """Explicit path of the alternate master below `sources.folder`."""
    existing_episode_id: str | None = None
    """Id that the old video-site material gives this episode."""
    existing_bible_name: str | None = None
    """Name that the old season bible gives this episode."""
    speakers: dict[SpeakerLabel, str] = Field({})
    """Who is who in this episode's transcript, by the labels of a diariser: `SPEAKER_00: Sam`. A label is no name: lines of
    one that stands in no list have no speaker."""


class Sources(Section):
    """Which licensed masters exist and where they lie."""

    folder: RelativePath
    """The delivery: a folder, relative or absolute. It is only ever read."""
    rights: Literal["licensed"]
    """States that the masters below `folder` are licensed for training. There is no default: somebody must say it."""
    listing: RelativePath | None = None
    """File that names every delivered file, one a line, below `folder`: for builds whose machine does not have the delivery,
    because it lies in a bucket. Without it the folder itself is looked at."""
    masters: RelativePath | None = None
    """File-name pattern of a master below `folder`, with `{episode}` (two digits) and `{title}`."""
    subtitles: RelativePath | None = None
    """File-name pattern of an episode's transcript below `folder`, with `{episode}`: SRT, WebVTT or JSON with segments
    (WhisperX, faster-whisper, openai-whisper, whisper.cpp). Ending in `.*` it takes the `.json`, `.vtt` or `.srt` that was
    delivered, the first of these. Times count from the episode's first frame."""
    episodes: dict[EpisodeId, Episode] = Field(min_length=1)
    """The production episodes, by two-digit number."""


class Encode(Section):
    """How H.264 media is encoded."""

    crf: int = Field(18, ge=0, le=51)
    """x264's constant rate factor; 18 is visually lossless for most footage."""
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"] = "veryfast"
    """x264's speed preset."""


class Sheet(Section):
    """The contact sheet of a clip."""

    columns: int = Field(4, ge=1, le=12)
    """Frames a row."""
    rows: int = Field(2, ge=1, le=12)
    """Rows."""
    frame_width: int = Field(480, ge=64, le=1920)
    """Width of one frame in the sheet; its height follows from the picture."""
    quality: int = Field(88, ge=1, le=100)
    """JPEG quality."""


class Clips(Section):
    """Which parts of the shots become clips, and what they look like."""

    head_s: float = Field(12.0, ge=0)
    """Nothing that begins earlier than this in an episode is used (opening)."""
    tail_s: float = Field(45.0, ge=0)
    """Nothing that ends later than this before an episode's end is used (credits)."""
    min_s: float = Field(3.0, gt=0)
    """Shortest clip."""
    max_s: float = Field(7.0, gt=0)
    """Longest clip."""
    long_shots: Literal["split", "trim", "discard"] = "split"
    """What becomes of a shot longer than `max_s`: equal parts, its first `max_s`, or nothing."""
    trim_frames: int = Field(2, ge=0, le=50)
    """Frames left out at each end of a shot, so that no clip carries a neighbour's frame."""
    dedupe_threshold: int = Field(4, ge=0, le=64)
    """Largest distance (bits of 64) of perceptual hashes at which two clips count as the same picture: of an episode, the
    later is dropped; of two episodes, that of the higher number is found to be a duplicate (`quality`)."""
    height: int = Field(720, ge=64, le=2160, multiple_of=2)
    """Height of the clips; the width follows from the master's display aspect."""
    encode: Encode = Encode()
    """How clips are encoded."""
    sheet: Sheet = Sheet()
    """The contact sheet that the captioner and the reviewer see."""


class Budget(Section):
    """What paid backends may spend."""

    money: float = Field(ge=0)
    """Upper limit, in `currency`, over all runs of this project."""
    currency: str = "USD"
    """Currency of prices and of the limit."""


TrainerName = Literal[
    "diffsynth",
    "musubi",
    "diffusion-pipe",
    "finetrainers",
    "ai-toolkit",
    "videofolder",
    "imagefolder",
    "webdataset",
]


class Package(Section):
    """One training package of videos."""

    lane: Literal["video"]
    """Lanes are never mixed: `video` takes clips of licensed masters only."""
    model: ModelName
    """The model it is for: fixes the frame rate (A14B 16, TI2V-5B 24) and the step of sizes (16, 32 pixels)."""
    episodes: list[EpisodeId] | None = Field(None, min_length=1)
    """Episodes it draws from; all of them where left out."""
    rows_per_episode: int | None = Field(None, ge=1)
    """Exactly so many rows from each episode: short for `rows` and `balance: {by: episode}`."""
    rows: int | None = Field(None, ge=1)
    """So many rows, drawn by `seed`; every clip that can be a row where neither this nor `rows_per_episode` is given."""
    balance: Balance | None = None
    """How `rows` are shared out; without it each clip has the same chance."""
    only: Only = Only()
    """What clips must be: a filter by what is known of them."""
    exclude: Exclude = Exclude()
    """What clips must not be."""
    caption_sources: list[Literal["vlm", "structured", "seeded", "imported", "edited"]] = Field(min_length=1)
    """Caption sources it takes; a clip with any other is refused. `edited` is the text of a person
    (`decisions/captions.csv`)."""
    size: tuple[int, int] = (1280, 720)
    """Width and height of its media: scaled to cover, then centre-cropped."""
    frame_buckets: list[int] = Field([81, 65, 49, 33], min_length=1)
    """Frame counts (each 4n+1) that rows may have at the model's rate, the largest that fits being taken."""
    short_clips: Literal["floor", "drop"] = "floor"
    """A clip shorter than the smallest bucket: cut to the largest 4n+1 that fits, or dropped and named."""
    min_frames: int = Field(17, ge=5)
    """Rows with fewer frames than this are never made."""
    seed: int = 0
    """Seed of the selection by rank of sha256(seed, clip id): more episodes never reshuffle it."""
    stills: Stills | None = None
    """Where it stands (`{}` will do), the package is made of images: of each clip its sharpest frame, as PNG."""
    encode: Encode = Encode(crf=16)
    """How its media is encoded, from the master."""
    trainers: list[TrainerName] = Field(["diffsynth"], min_length=1)
    """Trainers (and loaders) it is exported to, each in its own form, of the same media; the preflight says what each would
    do to every row. `webdataset` is the only one that copies media."""


class Demo(Section):
    """The self-made season that `make demo` draws into `sources.folder`."""

    seed: int = 7
    """Seed of everything drawn."""
    seconds: float = Field(80.0, ge=20, le=600)
    """Length of an episode."""
    width: int = Field(1280, ge=320, le=1920, multiple_of=2)
    """Picture width."""
    height: int = Field(720, ge=180, le=1080, multiple_of=2)
    """Picture height."""


class Spec(Section):
    """One project: what was delivered, and which training packages are wanted."""

    project: Name
    """Name of the project: its results lie in `results/<project>`, its decisions in `config/<project>/decisions`."""
    show: str
    """Title of the show or film."""
    season: int | None = Field(None, ge=1)
    """Season number, for a series."""
    production_code: str | None = None
    """Pattern of the production code, with `{episode}`: `7{episode}` makes 703 of episode 03."""
    cache: RelativePath = ".cache"
    """Folder of what must outlive a rerun: encoded media and answers that were paid for. May be absolute."""
    demo: Demo | None = None
    """Present only where the build draws its own delivery."""
    sources: Sources
    """Masters."""
    variants: Variants = Variants()
    """Masters that an episode was delivered as."""
    recurring: Recurring = Recurring()
    """Footage that comes back: opening, credits, eyecatch, stock shots."""
    reference: Reference | None = None
    """The old material, where there is some."""
    shots: Shots = AdaptiveDetector()
    """Shot boundaries."""
    clips: Clips = Clips()
    """Clips."""
    quality: Quality = Quality()
    """Quality limits."""
    transcripts: Transcripts = Transcripts()
    """Transcripts that were not delivered."""
    captions: Captions = Captions()
    """Captions."""
    design: Design | None = None
    """The delivered production art, where there is some."""
    identity: Identity | None = None
    """Plates of characters and identity anchors, where the delivery has production art."""
    evaluation: Evaluation = Evaluation()
    """What is held out of training."""
    actors: Actors | None = None
    """Image sets of actors, where the project has some."""
    budget: Budget | None = None
    """Without a budget no paid backend runs."""
    packages: dict[Name, Annotated[Package | DesignPackage, Field(discriminator="lane")]] = Field({})
    """The training packages, by name; each is a target of that name."""
    training: Training = Training()
    """How packages are trained on, where that is asked for."""

    @property
    def video_packages(self) -> dict[str, Package]:
        """The packages of the video lane, by name."""
        return {name: one for name, one in self.packages.items() if isinstance(one, Package)}

    @property
    def design_packages(self) -> dict[str, DesignPackage]:
        """The packages of the design lane, by name."""
        return {name: one for name, one in self.packages.items() if isinstance(one, DesignPackage)}

    def code_of(self, episode: str) -> str | None:
        """The production code of ``episode``; None where the spec gives no pattern."""
        return self.production_code.replace("{episode}", episode) if self.production_code else None

    def trained_before(self, package: str) -> str | None:
        """The package that must have been trained on before ``package`` is; None where that is said of none."""
        after = FIRST if self.training.after is None else self.training.after
        first = after.get(package)
        return first if first in self.packages else None

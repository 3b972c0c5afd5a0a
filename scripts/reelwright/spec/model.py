"""The project spec as typed, frozen models: the one place that states its keys, types, ranges, defaults and meanings.

``schemas/spec.schema.json`` and ``docs/spec.md`` are generated from these models, and a test keeps them in step. Every
duration is in seconds, every length in pixels, and every path is relative to the folder in which Snakemake runs unless
its description says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter

EpisodeId = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
"""Two-digit production episode number, always quoted in YAML."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
"""A name that becomes part of paths and targets: lower case, digits, dash, underscore."""

RelativePath = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x1f]+$"), Field(json_schema_extra={"format": "path"})
]
"""A path that must stay inside its root; an absolute path is taken as it is where the description allows one."""

Title = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f/]+$", max_length=120)]
"""A title that becomes part of file names: no slash, no line break."""


class Section(BaseModel):
    """What every part of the spec shares: unknown keys are refused, values never change, types are not guessed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


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


class Sources(Section):
    """Which licensed masters exist and where they lie."""

    folder: RelativePath
    """The delivery: a folder, relative or absolute. It is only ever read."""
    rights: Literal["licensed"]
    """States that the masters below `folder` are licensed for training. There is no default: somebody must say it."""
    masters: RelativePath | None = None
    """File-name pattern of a master below `folder`, with `{episode}` (two digits) and `{title}`."""
    subtitles: RelativePath | None = None
    """File-name pattern of an episode's subtitles (SRT) below `folder`, with `{episode}`."""
    episodes: dict[EpisodeId, Episode] = Field(min_length=1)
    """The production episodes, by two-digit number."""


class AdaptiveDetector(Section):
    """PySceneDetect's AdaptiveDetector: content score against its neighbours' mean."""

    detector: Literal["adaptive"] = "adaptive"
    """Which detector finds the boundaries."""
    threshold: float = Field(3.0, ge=1.0, le=50.0)
    """Ratio of a frame's content score to the mean of its neighbours' (origin: PySceneDetect 0.7's default)."""
    min_content: float = Field(15.0, ge=0.0, le=255.0)
    """Content score below which no cut is seen, whatever the ratio (PySceneDetect 0.7's default)."""
    window: int = Field(2, ge=1, le=25)
    """Neighbours on each side, in frames (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts (PySceneDetect 0.7's default)."""


class ContentDetector(Section):
    """PySceneDetect's ContentDetector: mean change of hue, saturation and brightness."""

    detector: Literal["content"]
    """Which detector finds the boundaries."""
    threshold: float = Field(27.0, ge=1.0, le=255.0)
    """Content score from which on a frame starts a new shot (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts; closer ones are merged (PySceneDetect 0.7's default)."""


class HashDetector(Section):
    """PySceneDetect's HashDetector: distance of 64-bit perceptual hashes."""

    detector: Literal["hash"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.35, gt=0.0, le=1.0)
    """Share of differing hash bits from which on a frame starts a new shot (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts (PySceneDetect 0.7's default)."""


class HistogramDetector(Section):
    """PySceneDetect's HistogramDetector: correlation of 128-bin luma histograms."""

    detector: Literal["histogram"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.20, gt=0.0, le=1.0)
    """One minus the correlation from which on a frame starts a new shot (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(15, ge=1, le=250)
    """Frames that must lie between two cuts (PySceneDetect 0.7's default)."""


class TransNetDetector(Section):
    """TransNetV2 (Soucek and Lokoc 2020), a neural network. Needs PyTorch: `make neural`."""

    detector: Literal["transnetv2"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.5, gt=0.0, lt=1.0)
    """Probability of a transition above which a frame is the last of its shot (its authors' 0.5)."""
    min_shot_frames: int = Field(4, ge=1, le=250)
    """Frames that must lie between two cuts (a sixth of a second: shorter ones are not shots but effects; its authors ask
    for 1)."""


class EnsembleDetector(Section):
    """TransNetV2, with the light detectors for what it misses. Needs PyTorch: `make neural`."""

    detector: Literal["ensemble"]
    """Which detector finds the boundaries."""
    threshold: float = Field(0.5, gt=0.0, lt=1.0)
    """TransNetV2's probability above which there is a cut, whatever the others say (its authors' 0.5)."""
    doubtful: float = Field(0.2, gt=0.0, lt=1.0)
    """TransNetV2's probability from which on there is a cut where the adaptive detector sees one too: two weak witnesses
    that look at different things (our choice: frames without a transition get less than 0.1 nearly everywhere)."""
    adaptive_threshold: float = Field(3.0, ge=1.0, le=50.0)
    """Threshold of the adaptive detector (PySceneDetect 0.7's default)."""
    min_content: float = Field(15.0, ge=0.0, le=255.0)
    """The adaptive detector's least content score (PySceneDetect 0.7's default)."""
    hash_threshold: float = Field(0.35, gt=0.0, le=1.0)
    """Threshold of the hash detector (PySceneDetect 0.7's default): with the adaptive and the histogram detector it
    makes a cut whatever TransNetV2 says."""
    histogram_threshold: float = Field(0.20, gt=0.0, le=1.0)
    """Threshold of the histogram detector (PySceneDetect 0.7's default)."""
    min_shot_frames: int = Field(4, ge=1, le=250)
    """Frames that must lie between two cuts (a sixth of a second: shorter ones are not shots but effects)."""


def _name_the_default_detector(value: Any) -> Any:
    """A spec that names no detector gets the adaptive one, so that its other keys are checked as that detector's."""
    return {"detector": "adaptive", **value} if isinstance(value, dict) else value


Shots = Annotated[
    Annotated[
        AdaptiveDetector | ContentDetector | HashDetector | HistogramDetector | TransNetDetector | EnsembleDetector,
        Field(discriminator="detector"),
    ],
    BeforeValidator(_name_the_default_detector),
]
"""How shot boundaries are found: the ranges of the other keys follow from `detector`."""


DETECTORS: dict[str, type[Section]] = {
    "adaptive": AdaptiveDetector,
    "content": ContentDetector,
    "hash": HashDetector,
    "histogram": HistogramDetector,
    "transnetv2": TransNetDetector,
    "ensemble": EnsembleDetector,
}
"""The detectors by the name that `shots.detector` gives them."""

NEURAL_DETECTORS = frozenset({"transnetv2", "ensemble"})
"""The detectors that need TransNetV2's probabilities of each frame."""


def parse_shots(settings: dict[str, Any]) -> Shots:
    """The typed form of a spec's `shots`, with its detector's defaults."""
    return TypeAdapter(Shots).validate_python(settings)


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
    """Largest distance (bits of 64) of perceptual hashes at which two clips of an episode count as the same picture."""
    height: int = Field(720, ge=64, le=2160, multiple_of=2)
    """Height of the clips; the width follows from the master's display aspect."""
    encode: Encode = Encode()
    """How clips are encoded."""
    sheet: Sheet = Sheet()
    """The contact sheet that the captioner and the reviewer see."""


class Quality(Section):
    """Below or above which measurements a clip is not usable."""

    black_luma: float = Field(20.0, ge=0, le=255)
    """A frame whose mean luma (0 to 255) is below this is black (video black is 0 at full range)."""
    flat_deviation: float = Field(4.0, ge=0, le=128)
    """A frame whose luma deviates less than this from its mean shows nothing: a plain colour."""
    bad_share: float = Field(0.2, gt=0, le=1)
    """Share of black or flat frames from which on the clip is refused."""
    frozen_s: float = Field(2.0, gt=0)
    """Longest time without any change of the picture; drawings held on twos and threes are far shorter."""
    soft_sharpness: float = Field(8.0, ge=0)
    """Median variance of the Laplacian at 240x135 below which a clip is soft."""


class Captions(Section):
    """Where captions come from."""

    backend: Literal["structured"] = "structured"
    """`structured` assembles captions from bible, labels and subtitles, without a model."""
    bible: RelativePath | None = None
    """The season bible (JSON): characters, outfits, locations, gadgets, story context, labelled shots."""
    trigger: str | None = None
    """Word put before every training caption, for the LoRA to answer to."""


class Budget(Section):
    """What paid backends may spend."""

    money: float = Field(ge=0)
    """Upper limit, in `currency`, over all runs of this project."""
    currency: str = "USD"
    """Currency of prices and of the limit."""


ModelName = Literal["wan2.2-t2v-a14b", "wan2.2-i2v-a14b", "wan2.2-ti2v-5b"]


class Package(Section):
    """One training package."""

    lane: Literal["video"]
    """Lanes are never mixed: `video` takes clips of licensed masters only."""
    model: ModelName
    """The model it is for: fixes the frame rate (A14B 16, TI2V-5B 24) and the step of sizes (16, 32 pixels)."""
    episodes: list[EpisodeId] | None = Field(None, min_length=1)
    """Episodes it draws from; all of them where left out."""
    rows_per_episode: int | None = Field(None, ge=1)
    """Exactly so many rows from each episode (a balanced package); every usable clip where left out."""
    caption_sources: list[Literal["vlm", "structured", "seeded", "imported"]] = Field(min_length=1)
    """Caption sources it takes; a clip with any other is refused."""
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
    encode: Encode = Encode(crf=16)
    """How its media is encoded, from the master."""


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
    shots: Shots = AdaptiveDetector()
    """Shot boundaries."""
    clips: Clips = Clips()
    """Clips."""
    quality: Quality = Quality()
    """Quality limits."""
    captions: Captions = Captions()
    """Captions."""
    budget: Budget | None = None
    """Without a budget no paid backend runs."""
    packages: dict[Name, Package] = {}
    """The training packages, by name; each is a target of that name."""

    def code_of(self, episode: str) -> str | None:
        """The production code of ``episode``; None where the spec gives no pattern."""
        return self.production_code.replace("{episode}", episode) if self.production_code else None

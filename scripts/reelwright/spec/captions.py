"""The part `captions` of the spec."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.models import Ollama, OpenAI, asked_model
from reelwright.spec.section import RelativePath, Section

Term = Annotated[str, StringConstraints(pattern=r"^\S+( \S+)*$", max_length=80)]
"""A word or short phrase."""

TEMPLATE = "{% if trigger %}{{ trigger }}, {% endif %}{{ visual_description }} {{ camera }} {{ context }}"
"""Visual description and structured context, as the reference project has it, after the trigger word."""

TRAINING_VARIABLES = frozenset(
    {"trigger", "visual_description", "context", "camera", "structured_caption", "action", "location", "transcript"}
    | {"show", "title"}
)
"""What `template` can say."""

PROMPT = Path(__file__).resolve().parents[3] / "config" / "prompts" / "caption.jinja"
"""The prompt that is used where the spec names none."""


class Captions(Section):
    """Where captions come from, and how a training caption is worded."""

    backend: Literal["structured", "ollama", "openai"] = "structured"
    """`structured` assembles captions from bible, labels and transcript, without a model. `ollama` and `openai` ask a
    vision-language model about the contact sheet of every usable clip."""
    ollama: Ollama = Ollama()
    """How Ollama is reached, for `backend: ollama`."""
    openai: OpenAI = OpenAI()
    """How OpenAI, or a server that speaks its API, is reached, for `backend: openai`."""
    bible: RelativePath | None = None
    """The season bible (JSON): characters, outfits, locations, gadgets, story context, labelled shots."""
    locations: list[Term] | None = Field(None, min_length=1)
    """The locations that a caption may name; those of the bible where left out."""
    scene_types: list[Term] = Field(
        ["action", "dialogue", "establishing", "reaction", "transformation", "montage", "insert", "title", "other"],
        min_length=1,
    )
    """The scene types that a model chooses from."""
    prompt: RelativePath | None = None
    """The prompt for a model, a Jinja template to copy and edit; `config/prompts/caption.jinja` where left out."""
    ask_again: int = Field(2, ge=0, le=10)
    """Times a model is asked again, with what was wrong, when an answer is not as it should be."""
    max_failed_share: float = Field(0.1, ge=0, le=1)
    """Share of an episode's clips whose captions may fail before the whole job fails (our choice: a tenth of the answers
    missing is not bad luck but a wrong setting)."""
    trigger: str | None = None
    """Word put before every training caption, for the LoRA to answer to."""
    template: str = Field(TEMPLATE, min_length=1)
    """The training caption as a Jinja template of `trigger`, `visual_description`, `context` (a sentence on scene and
    show), `camera` (a sentence, where `camera` is on), `structured_caption`, `action`, `location`, `transcript`, `show`,
    `title`."""
    identity: Literal["named", "described"] = "named"
    """What training captions say of known characters. `named`: names, and outfits that change; hair and usual suit stay
    unsaid, for what a caption describes is not learned as the character's own. `described`: hair and suit too."""
    leave_out: list[Term] = Field(["animated", "animation", "anime", "cartoon", "illustration", "drawing style"])
    """What training captions must not say, because every clip has it: the trigger word stands for it."""
    foreign_names: list[Term] = Field([])
    """Names of other shows that a model is known to see in this one; a caption with one is asked for again."""
    camera: bool = False
    """Whether the measured camera motion is said in training captions."""
    token_limit: int = Field(512, ge=16)
    """Longest training caption in tokens (512: what Wan2.2's text encoder, umT5-xxl, is given before it cuts off)."""
    tokenizer: RelativePath | None = None
    """SentencePiece model of the text encoder (`spiece.model` of umT5-xxl) that counts tokens. Without it they are estimated
    at a third of the characters, more than English text needs. May be absolute."""
    common_share: float = Field(0.8, gt=0, le=1)
    """Phrases in more than this share of the captions are listed: a model learns them as meaning nothing (the brief's 80 %)."""
    imports: list[RelativePath] = Field([])
    """Captions made elsewhere (JSON or JSONL): taken over for the clips whose span they fit, and not asked for again. May
    be absolute."""
    import_overlap: float = Field(0.9, gt=0.5, le=1)
    """Least share of the common time in the whole time of an imported caption's span and a clip's: below it the caption
    would be of another clip."""

    @property
    def prompt_file(self) -> Path:
        """The prompt's template."""
        return Path(self.prompt) if self.prompt else PROMPT

    @property
    def asks(self) -> Ollama | OpenAI | None:
        """How the model is reached that captions are asked of; None where none is asked."""
        return asked_model(self.backend, self.ollama, self.openai)

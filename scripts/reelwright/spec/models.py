"""How a vision-language model is reached and asked: shared by every part of the spec that names one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.section import RelativePath, Section

OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Name of an option of a model server."""

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$")]
"""Address of a server."""

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""Name of an environment variable."""


class VisionModel(Section):
    """What every way of asking a model has in common."""

    model: str = Field(min_length=1)
    """Name of the model, as its server calls it."""
    temperature: float = Field(0.2, ge=0, le=2)
    """Sampling temperature."""
    seed: int | None = 7
    """Seed of the sampling, for servers that take one; `null` sends none."""
    max_tokens: int = Field(800, ge=16, le=32768)
    """Longest answer, in tokens. One that is cut off there is not taken."""
    slots: int = Field(2, ge=1, le=256)
    """Requests in flight at a time, over the whole build."""
    timeout_s: float = Field(180.0, gt=0)
    """Longest time that one answer may take, connecting included."""
    tries: int = Field(4, ge=1, le=20)
    """Times one call is made when the server is busy, breaks down or drops the connection; the waits between grow."""
    price: float | None = Field(None, ge=0)
    """Price of one call. 0 declares the model free; a price, or none stated, counts as paid and needs a `budget`."""
    currency: str = "USD"
    """Currency of `price`."""
    server: Literal["running", "managed"] = "running"
    """`managed` starts the server on a free port for the job that needs it, on the node's GPU, and ends it with it."""
    executable: str | None = None
    """Program that a managed server is started with; the backend's own name where left out (`ollama`, `vllm`)."""
    models_folder: RelativePath | None = None
    """Folder of the models of a managed server. May be absolute."""
    start_timeout_s: float = Field(300.0, gt=0)
    """Longest time until a managed server answers: large models load slowly."""


class Ollama(VisionModel):
    """A model behind Ollama, asked with its official client."""

    model: str = Field("qwen2.5vl:7b", min_length=1)
    """Name of the model, as `ollama list` shows it."""
    base_url: Url = "http://127.0.0.1:11434"
    """Address of a running server."""
    context_tokens: int = Field(8192, ge=512)
    """Length of the context (`num_ctx`): prompt, pictures and answer."""
    options: dict[OptionName, float | int | bool | str] = Field({})
    """Any other option of Ollama, by its name there (`top_p`, `repeat_penalty`...)."""
    price: float | None = Field(0.0, ge=0)
    """Price of one call; a local model is free."""


class OpenAI(VisionModel):
    """A model behind the OpenAI API or a server that speaks it (vLLM, SGLang, LM Studio), asked with the official client."""

    model: str = Field("gpt-4o-mini", min_length=1)
    """Name of the model, as its server calls it."""
    base_url: Url | None = None
    """Address of a compatible server, with its `/v1`; OpenAI's own where left out."""
    key_variable: VariableName = "OPENAI_API_KEY"
    """Environment variable that holds the key. Keys are never written into a spec. With `base_url` it may be unset."""
    detail: Literal["auto", "low", "high"] = "high"
    """How closely the server looks at a picture."""

"""How a vision-language model is reached and asked: shared by every part of the spec that names one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from reelwright.spec.section import RelativePath, Section

OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Name of an option of a model server."""

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+(/\S*)?$")]
"""Address of a server, without user and password: they have no place in a spec."""

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""Name of an environment variable."""


class VisionModel(Section):
    """What every way of asking a model has in common."""

    model: str = Field(min_length=1)
    """Name of the model, as its server calls it."""
    temperature: float | None = Field(0.2, ge=0, le=2)
    """Sampling temperature; `null` sends none, for models that take none."""
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
    arguments: list[str] = Field([])
    """More arguments for a managed server, for example `["--max-model-len", "16384"]` for vLLM."""
    models_folder: RelativePath | None = None
    """Folder of the models of a managed server. May be absolute."""
    start_timeout_s: float = Field(300.0, gt=0)
    """Longest time until a managed server answers, and until Ollama has loaded the model: large ones load slowly."""


class Ollama(VisionModel):
    """A model behind Ollama, asked with its official client."""

    model: str = Field("qwen2.5vl:7b", min_length=1)
    """Name of the model, as `ollama list` shows it."""
    base_url: Url = "http://127.0.0.1:11434"
    """Address of a running server."""
    context_tokens: int = Field(8192, ge=512)
    """Length of the context (`num_ctx`): prompt, pictures and answer."""
    think: bool | None = None
    """Whether a model that can think does so before it answers, out of `max_tokens`; `null` leaves it to the model."""
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
    options: dict[OptionName, float | int | bool | str] = Field({})
    """Any other parameter of a request, by its name there (`top_p`, `reasoning_effort`...)."""


def asked_model(backend: str, ollama: Ollama, openai: OpenAI) -> Ollama | OpenAI | None:
    """The model that a part of the spec asks, by its key `backend`; None where that asks none."""
    models: dict[str, Ollama | OpenAI] = {"ollama": ollama, "openai": openai}
    return models.get(backend)


def own_gpus(model: Ollama | OpenAI | None) -> int:
    """GPUs that a job needs which asks ``model``: one where it starts the server itself."""
    return int(model is not None and model.server == "managed")


SENT_ANYWAY = {
    Ollama: {"temperature": "temperature", "seed": "seed", "num_predict": "max_tokens", "num_ctx": "context_tokens"},
    OpenAI: {"temperature": "temperature", "seed": "seed", "max_tokens": "max_tokens", "model": "model"}
    | {"max_completion_tokens": "max_tokens", "messages": "", "response_format": "", "stream": "", "n": ""},
}
"""Options that can't be set under ``options``, and the key that does it; empty where none does."""


def model_faults(model: Ollama | OpenAI) -> Iterator[tuple[str, str, str]]:
    """Faults of a model that types can't say: key, value, what was expected."""
    for name, value in model.options.items():
        key = SENT_ANYWAY[Ollama if isinstance(model, Ollama) else OpenAI].get(name)
        if key is not None:
            yield f"options.{name}", str(value), f"has a key of its own, {key}" if key else "can't be set"
    if isinstance(model, Ollama) and model.max_tokens >= model.context_tokens:
        yield "max_tokens", str(model.max_tokens), f"expected less than context_tokens, {model.context_tokens}"
    if model.server == "managed" and isinstance(model, OpenAI) and model.base_url is not None:
        yield "base_url", model.base_url, "a managed server has an address of its own: leave it out"
    for key in ("executable", "models_folder", "arguments"):
        if model.server == "running" and getattr(model, key):
            yield key, str(getattr(model, key)), "is for a server that the build starts: add `server: managed`"
    for argument in model.arguments:
        if argument.startswith("--api-key"):
            yield "arguments", "--api-key", "keys have no place in a spec; a managed server needs none"

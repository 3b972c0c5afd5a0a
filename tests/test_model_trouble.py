"""What servers say when something is wrong, in their own words, and what it means; and schemas in strict form."""

from __future__ import annotations

import email.utils
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reelwright.errors import BadItem, BuildError
from reelwright.models.strict import strict_form
from reelwright.models.trouble import Told, TryAgain, retry_after_s, verdict
from reelwright.servers import one_line
from reelwright.spec.models import Ollama, OpenAI, model_faults

VLLM_LONG = "This model's maximum context length is 4096 tokens. However, your request has 25938 input tokens."
SGLANG_LONG = "The input (12041 tokens) is longer than the model's context length (8192 tokens)."
OLLAMA_LONG = "the prompt is 7912 tokens, which exceeds the available context size (4096 tokens)"
OLLAMA_BUSY = "server busy, please try again. maximum pending requests exceeded"
OLLAMA_SMALL = "model requires more system memory (60.2 GiB) than is available (7.1 GiB)"
OLLAMA_CRASH = "llama runner process has terminated: exit status 2"
OPENAI_TEMPERATURE = "Unsupported value: 'temperature' does not support 0.2 with this model."
OPENAI_SCHEMA = "Invalid schema for response_format 'answer': 'additionalProperties' is required to be false."
OPENAI_RATE = "Rate limit reached for gpt-4o-mini on tokens per min (TPM): Limit 200000, Used 199000"
VLLM_GRAMMAR = "The provided JSON schema contains features not supported by xgrammar."
LMSTUDIO_URL = "'url' field must be a base64 encoded image."
GATEWAY = "upstream took too long to respond"


@pytest.mark.parametrize(
    ("told", "kind", "code"),
    [
        (Told(400, VLLM_LONG, "BadRequestError"), BadItem, "too_large"),
        (Told(400, SGLANG_LONG), BadItem, "too_large"),
        (Told(400, OLLAMA_LONG), BadItem, "too_large"),
        (Told(400, "Image size too big", "image_too_large"), BadItem, "too_large"),
        (Told(400, LMSTUDIO_URL), BadItem, "bad_request"),
        (Told(400, "Failed to load image or audio file"), BadItem, "bad_request"),
        (Told(400, "filtered", "content_filter"), BadItem, "refused_by_model"),
        (Told(503, OLLAMA_BUSY), TryAgain, "busy"),
        (Told(429, OPENAI_RATE, "rate_limit_exceeded"), TryAgain, "busy"),
        (Told(500, OLLAMA_CRASH), TryAgain, "broken"),
        (Told(504, GATEWAY), TryAgain, "broken"),
        (Told(529, "overloaded"), TryAgain, "busy"),
        (Told(500, OLLAMA_SMALL), BuildError, None),
        (Told(400, OPENAI_TEMPERATURE, "unsupported_value", "temperature"), BuildError, None),
        (Told(400, OPENAI_SCHEMA, "", "response_format"), BuildError, None),
        (Told(400, VLLM_GRAMMAR), BuildError, None),
        (Told(429, "You've reached your usage limit"), BuildError, None),
        (Told(400, "google/gemma is not a multimodal model"), BuildError, None),
        (Told(500, "this model is missing data required for image input"), BuildError, None),
    ],
    ids=lambda value: value.message[:40] if isinstance(value, Told) else None,
)
def test_the_words_of_real_servers(told: Told, kind: type, code: str | None) -> None:
    found = verdict(told, "ollama parrot at http://127.0.0.1", {"temperature": 0.2}, "set OLLAMA_API_KEY")
    assert type(found) is kind and getattr(found, "code", None) == code
    assert told.message in str(found) and "ollama parrot at http://127.0.0.1" in str(found)


@given(st.integers(0, 10**6), st.integers(0, 2_000_000_000))
def test_waits_in_seconds_and_as_dates(seconds: int, now: int) -> None:
    assert retry_after_s({"retry-after": str(seconds)}, now) == seconds
    assert retry_after_s({"retry-after": email.utils.formatdate(now + seconds, usegmt=True)}, now) == seconds
    assert retry_after_s({"retry-after": email.utils.formatdate(now, usegmt=True)}, now + seconds) == 0
    assert retry_after_s({"retry-after-ms": str(seconds), "retry-after": "9"}, now) == pytest.approx(seconds / 1000)


@given(st.text(max_size=40))
def test_a_wait_that_makes_no_sense_is_none(text: str) -> None:
    wait = retry_after_s({"retry-after": text}, 0.0)
    assert wait is None or wait >= 0


@given(
    st.text(), st.text(min_size=8, max_size=20).filter(lambda text: "*" not in text and text == "".join(text.split()))
)
def test_a_secret_is_blotted_out_before_anything_is_cut(text: str, secret: str) -> None:
    line = one_line(f"{text} {secret} {secret}", secret)
    assert secret not in line and len(line) <= 300 and "\n" not in line


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


TEXT = {"type": "string"}
LIST = {"type": "array", "items": {"enum": ["wide", "close"]}, "maxItems": 5}


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        (closed(shot=TEXT), closed(shot=TEXT)),
        (closed(shot={**TEXT, "minLength": 1, "maxLength": 80}), closed(shot=TEXT)),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", **closed(a=LIST)}, closed(a=LIST)),
        (closed(a={**LIST, "uniqueItems": True}), closed(a=LIST)),
        (closed(a={"anyOf": [TEXT, {"type": "null"}]}), closed(a={"anyOf": [TEXT, {"type": "null"}]})),
        (
            {**closed(a={"$ref": "#/$defs/b"}), "$defs": {"b": TEXT}},
            {**closed(a={"$ref": "#/$defs/b"}), "$defs": {"b": TEXT}},
        ),
        ({"type": "object", "properties": {"shot": TEXT}, "additionalProperties": False}, None),
        ({"type": "object", "properties": {"shot": TEXT}, "required": ["shot"]}, None),
        (closed(outfits={"type": "object", "additionalProperties": TEXT}), None),
        (closed(a={"type": "object", "patternProperties": {"^a": TEXT}, "additionalProperties": False}), None),
        (closed(a={"not": TEXT}), None),
        (closed(a=True), None),
        (TEXT, None),
    ],
)
def test_strict_form(schema: dict[str, Any], form: dict[str, Any] | None) -> None:
    assert strict_form(schema) == form


@pytest.mark.parametrize(
    ("model", "keys"),
    [
        (Ollama(), []),
        (OpenAI(base_url="http://gpu07:8000/v1", options={"top_p": 0.9}), []),
        (Ollama(server="managed", executable="/opt/ollama", models_folder="/models"), []),
        (Ollama(options={"num_ctx": 4096, "temperature": 0.1}), ["options.num_ctx", "options.temperature"]),
        (OpenAI(options={"stream": True}), ["options.stream"]),
        (Ollama(context_tokens=1024, max_tokens=1024), ["max_tokens"]),
        (OpenAI(server="managed", base_url="http://gpu07:8000/v1"), ["base_url"]),
        (Ollama(models_folder="/models"), ["models_folder"]),
        (OpenAI(arguments=["--max-model-len", "8192"]), ["arguments"]),
        (OpenAI(server="managed", arguments=["--api-key=x"]), ["arguments"]),
    ],
)
def test_values_of_a_model_that_do_not_fit_each_other(model: Ollama | OpenAI, keys: list[str]) -> None:
    faults = list(model_faults(model))
    assert [key for key, _, _ in faults] == keys and all(expected for _, _, expected in faults)


def test_a_password_in_an_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="base_url"):
        Ollama(base_url="http://me:secret@gpu07:11434")

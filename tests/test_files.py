"""Files that the build writes and reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelwright.files import read_jsonl
from reelwright.foreign import read_foreign_rows

SEPARATORS = "\u2028\u2029\u0085\x0b\x0c\x1c"
"""What str.splitlines takes for the end of a line, and JSON doesn't."""


@settings(deadline=None)
@given(texts=st.lists(st.text(st.characters(codec="utf-8") | st.sampled_from(SEPARATORS)), min_size=1))
def test_a_caption_may_hold_any_letter(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path: Path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    lines = (json.dumps({"caption": text}, ensure_ascii=False) + "\n" for text in texts)
    path.write_text("".join(lines), encoding="utf-8", newline="")
    assert [row["caption"] for row in read_jsonl(path)] == texts
    assert [row["caption"] for row in read_foreign_rows(path, "rows")] == texts

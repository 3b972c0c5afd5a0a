"""The doctor: what it finds on this machine, for specs that ask for what is not here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from reelwright.doctor import Finding, examine


def spec(folder: Path, **changes: Any) -> Path:
    """A small spec with a delivery that is there."""
    (folder / "delivery" / "masters").mkdir(parents=True)
    (folder / "delivery" / "masters" / "Show_EP01_ONE.mov").write_bytes(b"x" * 1000)
    data = {
        "project": "tiny",
        "show": "Tiny",
        "sources": {
            "folder": str(folder / "delivery"),
            "rights": "licensed",
            "masters": "masters/Show_EP{episode}_{title}.mov",
            "episodes": {"01": {"title": "ONE"}},
        },
        **changes,
    }
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def found(path: Path, check: str) -> Finding:
    """What a check has found."""
    (one,) = [one for one in examine(path) if one.check == check]
    return one


def test_a_machine_that_can_build(tmp_path: Path) -> None:
    findings = examine(spec(tmp_path))
    assert [one for one in findings if one.verdict == "problem"] == []
    assert {"Python", "packages", "codecs", "font", "spec", "delivery", "results", "cache"} <= {
        one.check for one in findings
    }


def test_a_delivery_that_is_not_there(tmp_path: Path) -> None:
    path = spec(tmp_path)
    data = yaml.safe_load(path.read_text())
    data["sources"]["folder"] = str(tmp_path / "elsewhere")
    path.write_text(yaml.safe_dump(data))
    one = found(path, "delivery")
    assert one.verdict == "problem" and "elsewhere is not there" in one.found


def test_a_server_that_nobody_has_started(tmp_path: Path) -> None:
    one = found(
        spec(tmp_path, captions={"backend": "ollama", "ollama": {"base_url": "http://127.0.0.1:9"}}), "captions"
    )
    assert one.verdict == "problem" and one.found == "nobody answers at http://127.0.0.1:9"
    assert "ollama serve" in one.advice


def test_a_key_is_known_by_its_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spec(tmp_path, captions={"backend": "openai", "openai": {"price": 0.01}}, budget={"money": 5})
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert found(path, "captions").found == "OPENAI_API_KEY is not set"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-secret")
    assert found(path, "captions") == Finding("captions", "ok", "OpenAI, with OPENAI_API_KEY")


def test_a_detector_whose_packages_are_missing_says_how_to_get_them(tmp_path: Path) -> None:
    findings = examine(spec(tmp_path, shots={"detector": "transnetv2"}))
    for one in findings:
        if one.check == "detector":
            assert one.advice == "make neural"
    (gpu,) = [one for one in findings if one.check == "GPU"]
    assert gpu.verdict in ("ok", "note")


def test_its_exit_code_and_words(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("project: x\nshow: 1\n")
    run = subprocess.run(
        [sys.executable, "-m", "reelwright.doctor", str(path)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "problem  spec:" in run.stdout and "docs/spec.md" in run.stdout

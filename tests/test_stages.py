"""Stage versions are honest: code that a stage reaches can't change behind its version's back."""

from __future__ import annotations

import importlib
from pathlib import Path

from reelwright import stages


def test_no_stage_has_changed_behind_its_version() -> None:
    behind = stages.changed_stages()
    assert not behind, "\n".join(f"{stage}: {todo}" for stage, todo in behind.items())


def test_every_stage_names_a_module_and_an_adapter_of_its_name(root: Path) -> None:
    for stage, (version, entry) in stages.STAGES.items():
        assert version >= 1
        assert callable(getattr(importlib.import_module(entry), stage))
        assert (root / "scripts" / f"{stage}.py").exists()


def test_docstrings_and_comments_don_t_count_and_code_does(tmp_path: Path, monkeypatch: object) -> None:
    library = tmp_path / "reelwright"
    library.mkdir()
    (library / "__init__.py").write_text("")
    (library / "entry.py").write_text("from reelwright import helper\n\ndef run():\n    return helper.go()\n")
    (library / "helper.py").write_text("def go():\n    return 1\n")
    monkeypatch.setattr(stages, "LIBRARY", library)  # type: ignore[attr-defined]
    before = stages.closure_digest("reelwright.entry")
    (library / "helper.py").write_text(
        '"""Now documented."""\n\n\ndef go():\n    """Why."""\n    # because\n    return 1\n'
    )
    assert stages.closure_digest("reelwright.entry") == before
    (library / "helper.py").write_text("def go():\n    return 2\n")
    assert stages.closure_digest("reelwright.entry") != before

"""Reports of whole builds by a real Snakemake: when all is well, when items fail, when a job fails, and Snakemake's own."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from season import build, jobs, season

pytestmark = pytest.mark.slow

CATEGORIES = {"Clips", "Packages", "Report", "Sources"}
"""What a season without production art and evaluation has."""


def results(spec: Path) -> Path:
    return spec.parent / "results" / "tiny"


def page(spec: Path) -> str:
    return (results(spec) / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A small season: its spec, what a dry run said before it, and what its build said."""
    spec = season(tmp_path_factory.mktemp("reported"), episodes=2)
    dry = build(spec, "--dry-run").stdout
    run = build(spec)
    assert run.returncode == 0, run.stdout
    return spec, dry, run.stdout


@pytest.fixture
def copy(built: tuple[Path, str, str], tmp_path: Path) -> Path:
    """A copy of it to change; times are kept, so it is up to date."""
    shutil.copytree(built[0].parent, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy" / "tiny.yaml"


def test_a_build_ends_with_what_there_is_and_a_dry_run_doesn_t(built: tuple[Path, str, str]) -> None:
    spec, dry, said = built
    assert "tiny: 2 episodes; " not in dry and jobs(dry)["write_report"] == 1
    lines = said.splitlines()
    assert "packages: smoke 4 rows" in lines
    assert "report: results/tiny/report.html" in lines
    (first,) = [number for number, line in enumerate(lines) if line.startswith("tiny: 2 episodes; ")]
    last = lines.index("report: results/tiny/report.html")
    assert last - first < 10
    assert "Nothing failed." in page(spec)


def test_the_report_is_a_target_of_its_own_and_a_leaf(copy: Path) -> None:
    before = page(copy)
    (results(copy) / "report.html").unlink()
    run = build(copy, "report")
    assert run.returncode == 0, run.stdout
    assert jobs(run.stdout) == {"write_report": 1, "report": 1}
    assert page(copy) == before, "the same results, the same bytes"
    assert "Nothing to be done" in build(copy).stdout


def test_a_failed_item_is_in_the_report_of_the_same_build(copy: Path) -> None:
    (copy.parent / "delivery" / "masters" / "Show_EP02_TWO.mov").write_bytes(b"")
    run = build(copy, "--config", "packages={}")
    assert run.returncode == 1
    assert "FAILED probe_master ep02.two: " in run.stdout
    first = (
        "the first alone: snakemake results/tiny/outcomes/probe_master/ep02.two.json --cores all --configfile tiny.yaml"
    )
    assert first in run.stdout.splitlines()
    assert '<section id="failures" class="bad"' in page(copy) and "probe_master ep02.two" in page(copy)
    again = build(copy, "results/tiny/outcomes/probe_master/ep02.two.json", "--config", "packages={}")
    assert jobs(again.stdout)["probe_master"] == 1, "the command does what it says"


def test_a_package_that_fails_is_in_the_report_though_its_job_never_ran(copy: Path) -> None:
    spec = yaml.safe_load(copy.read_text())
    spec["packages"]["smoke"]["rows_per_episode"] = 40
    copy.write_text(yaml.safe_dump(spec))
    run = build(copy)
    assert run.returncode == 1
    assert "write_report" in jobs(run.stdout) and "Writing the report of tiny" not in run.stdout
    assert "package smoke failed: rows_per_episode is 40, but not every episode has so many:" in run.stdout
    assert "package smoke: rows_per_episode is 40" in page(copy)
    spec["packages"]["smoke"]["rows_per_episode"] = 1
    copy.write_text(yaml.safe_dump(spec))
    mended = build(copy)
    assert mended.returncode == 0, mended.stdout
    assert "Nothing failed." in page(copy)


def test_snakemake_s_own_report_lists_what_is_to_be_seen_by_category(copy: Path) -> None:
    out = copy.parent / "out.zip"
    run = build(copy, "--report", str(out))
    assert run.returncode == 0, run.stdout
    with zipfile.ZipFile(out) as archive:
        names = {Path(name).name for name in archive.namelist()}
        text = archive.read("out/report.html").decode()
    wanted = {
        "report.html",
        "masters.csv",
        "manifest.json",
        "summary.json",
        "selection.csv",
        "CHANGES.md",
        "preflight.csv",
    }
    assert wanted <= names
    # The page's script has the files of each category under its name.
    assert {category for category in CATEGORIES if f'"{category}": {{"Other": ["results/tiny/' in text} == CATEGORIES
    assert "failures first, then what was built from what" in text, "captions are there"

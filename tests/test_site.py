"""The docs site: what is generated is current and true, no link is broken, and nothing is asked of the network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reelwright.site.architecture import PICTURE, draw, read_by, rule_graph
from reelwright.site.domains import imported_by, read_domains
from reelwright.site.reference import domains_page, read_schemas, schema_page, schemas_page

LISTINGS = {("sources", "variants"), ("manifest", "design"), ("manifest", "evaluation")}
"""Where results of a later domain are read: leaves that list what others have found out."""


def later(names: list[str], pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(one, other) for one, other in pairs if names.index(other) > names.index(one)}


def test_no_module_imports_from_a_later_domain() -> None:
    names = [domain.name for domain in read_domains()]
    found = imported_by(set(names))
    assert ("tuning", "shots") in found and ("packages", "evaluation") in found
    assert later(names, found) == set()


@pytest.mark.slow
def test_the_architecture_picture_is_current_and_data_flows_one_way(root: Path) -> None:
    domains = read_domains(root)
    names = [domain.name for domain in domains]
    data = read_by(domains, rule_graph(root))
    assert {("shots", "scan"), ("training", "packages"), ("captions", "quality")} <= data
    assert later(names, data) <= LISTINGS
    assert PICTURE.read_text() == draw(names, data, imported_by(set(names))), "run `make reference`"


def test_the_picture_says_in_words_what_it_shows() -> None:
    names = ["one", "two", "th<ree"]
    picture = ElementTree.fromstring(draw(names, {("two", "one")}, {("two", "one"), ("th<ree", "one")}))
    titles = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[1:] == ["two reads and imports one", "th<ree imports one"]


def test_the_architecture_page_names_the_domains_in_their_order(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text()
    said = page.split("`")[1].replace("\n", " ")
    assert re.split(r"\s*→\s*", said) == [domain.name for domain in read_domains(root)]


def test_every_domain_says_what_it_needs_and_writes(root: Path) -> None:
    domains = read_domains(root)
    assert {domain.name for domain in domains} == {path.stem for path in (root / "rules").glob("*.smk")}
    for domain in domains:
        assert domain.said and domain.inputs and domain.outputs and domain.steps and domain.rules, domain.name
    page = domains_page(domains)
    assert all(f"`{rule}`" in page for domain in domains for rule, _ in domain.rules)


def test_every_schema_has_a_page_with_its_fields(root: Path) -> None:
    schemas = read_schemas(root / "schemas")
    assert len(schemas) == len(list((root / "schemas").glob("*.json"))) - 1
    index = schemas_page(schemas)
    for name, schema in schemas.items():
        page = schema_page(name, schema)
        assert f"(schemas/{name}.md)" in index
        assert all(f"| `{field}` |" in page for field in schema.get("properties", {})), name
        # Nothing breaks out of its cell.
        assert {line.count("|") - line.count("\\|") for line in page.splitlines() if line.startswith("| ")} <= {5}, name


def test_links_of_the_readme_lead_somewhere(root: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (root / "README.md").read_text())
    assert links
    assert [link for link in links if "://" not in link and not (root / link).exists()] == []


@pytest.mark.slow
def test_the_site_is_built_strictly_and_needs_no_network(root: Path, tmp_path: Path) -> None:
    pytest.importorskip("material", reason="MkDocs Material is not installed (the dev extra has it)")
    for name in ("mkdocs.yml", "Snakefile"):
        shutil.copy(root / name, tmp_path / name)
    for name in ("docs", "schemas", "rules", "scripts"):
        (tmp_path / name).symlink_to(root / name)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(tmp_path / "mkdocs.yml")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    site = tmp_path / ".cache" / "site"
    pages = sorted(site.rglob("*.html"))
    assert {"index.html", "tutorial.html", "spec.html", "schemas.html"} <= {
        str(page.relative_to(site)) for page in pages
    }
    assert (site / "schemas" / "clip.html").exists() and not list(site.rglob("*.rst"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        fetched = re.findall(r"<(?:script|img|iframe|source)[^>]*\ssrc=\"?(https?:[^\s\">]+)", text)
        fetched += [
            address
            for tag in re.findall(r"<link[^>]*>", text)
            if "canonical" not in tag
            for address in re.findall(r"href=\"?(https?:[^\s\">]+)", tag)
        ]
        assert fetched == [], page

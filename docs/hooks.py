"""MkDocs calls this when it builds the site: pages of the reference are made from rules and schemas, and never committed."""

from __future__ import annotations

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from reelwright.site.domains import read_domains
from reelwright.site.reference import domains_page, read_schemas, schema_page, schemas_page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is generated."""
    schemas = read_schemas()
    pages = {"schemas.md": schemas_page(schemas), "domains.md": domains_page(read_domains())}
    pages |= {f"schemas/{name}.md": schema_page(name, schema) for name, schema in schemas.items()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files

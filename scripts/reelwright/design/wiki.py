"""Wiki lists: what things are called in public. JSON or CSV; names only, and never a source of what things look like."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelwright.digest import recipe_digest
from reelwright.errors import BadItem, listed
from reelwright.files import check
from reelwright.foreign import read_foreign_json, read_foreign_text
from reelwright.spec.design import WikiGroup
from reelwright.spec.explain import nearest_name

OTHER_WORDS = {"wiki_name": "name", "category": "group"}
"""Keys or columns of lists that say what ours do."""

WHAT = "the wiki list (design.wiki)"
"""What messages call such a file."""

SHOWN = 5


@dataclass(frozen=True)
class WikiName:
    """One name of a list."""

    name: str
    group: str
    """One of ``design.wiki_groups``."""
    character: str | None = None
    """Who wears it, of an outfit."""
    aliases: tuple[str, ...] = ()
    """Other names that the list gives the same thing."""
    shared: bool = False
    """Whether it may mean an asset that another name means too."""

    @property
    def item(self) -> str:
        """What decisions call it: ``gadgets/Compowder``, ``outfits/Sam/Reporter``."""
        return "/".join(filter(None, (self.group, self.character, self.name)))

    @property
    def sha256(self) -> str:
        """What a decision about it names: it is asked again where the list says something else of it."""
        return recipe_digest(
            {"name": self.name, "group": self.group, "character": self.character, "aliases": list(self.aliases)}
        )


def read_wiki(path: Path, groups: Mapping[str, WikiGroup], *, one_to_one: bool) -> list[WikiName]:
    """The names of a list in the order of the file, each once; raises BadItem with what is wrong."""
    rows = list(_csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path))
    try:
        check(rows, "wiki", path.name)
    except ValueError as error:
        raise BadItem("wiki", f"{path}: {listed(str(error).splitlines(), SHOWN)}") from error
    names: dict[str, WikiName] = {}
    for place, row in enumerate(rows, 1):
        one = _name(path, place, row, groups, one_to_one)
        names.setdefault(one.item, one)
    return list(names.values())


def _name(
    path: Path, place: int, row: Mapping[str, Any], groups: Mapping[str, WikiGroup], one_to_one: bool
) -> WikiName:
    if row["group"] not in groups:
        nearest = nearest_name(row["group"], list(groups))
        hint = f"; did you mean {nearest!r}?" if nearest else ""
        expected = f"expected one of {', '.join(groups)}{hint}"
        raise BadItem("wiki", f"{path}: entry {place}: group is {row['group']!r}: {expected}", retryable=False)
    return WikiName(
        " ".join(row["name"].split()),
        row["group"],
        row.get("character") or None,
        tuple(row.get("aliases") or ()),
        bool(row.get("shared", not one_to_one)),
    )


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a list of objects, or of lists by group; a name alone stands for an object with it."""
    content = read_foreign_json(path, WHAT, "wiki")
    for group, rows in content.items() if isinstance(content, dict) else [(None, content)]:
        if not isinstance(rows, list):
            raise BadItem("wiki", f"{path}: expected a list of names, or lists of names by group", retryable=False)
        for row in rows:
            whole = {"name": row} if isinstance(row, str) else row
            if not isinstance(whole, dict):
                raise BadItem("wiki", f"{path}: {str(row)[:60]!r} is no name and no object with one", retryable=False)
            yield {**({"group": group} if group else {}), **_renamed(whole)}


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    text = read_foreign_text(path, WHAT, "wiki")
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
            if None in row or None in row.values():
                raise BadItem(
                    "wiki", f"{path}: a row has another number of cells than the header: {list(row.values())}"
                )
            cells = _renamed(
                {(key or "").strip().lower(): value.strip() for key, value in row.items() if value.strip()}
            )
            if "aliases" in cells:
                cells["aliases"] = [one.strip() for one in cells["aliases"].split("|") if one.strip()]
            if "shared" in cells:
                cells["shared"] = cells["shared"].lower() in ("yes", "true", "1")
            if cells:
                yield cells
    except csv.Error as error:
        raise BadItem("wiki", f"{path}: no valid CSV: {error}") from error


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with our word for what lists call differently."""
    return {OTHER_WORDS.get(key, key): value for key, value in row.items()}

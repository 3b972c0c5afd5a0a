"""Hugging Face VideoFolder and ImageFolder: a folder with the media and one ``metadata.jsonl``."""

from __future__ import annotations

from pathlib import Path

from reelwright.files import write_jsonl
from reelwright.packages.trainers.contents import Contents, link_media


def write_folder(contents: Contents, package: Path, folder: Path, caption: str) -> None:
    """Write a folder that ``datasets`` loads by itself; ``caption`` is the name of the column with the prompts."""
    link_media(contents.items, package, folder)
    write_jsonl(
        folder / "metadata.jsonl",
        ({"file_name": item.file, caption: item.prompt, **item.fields} for item in contents.items),
    )


def export_folder(contents: Contents, package: Path) -> None:
    """Write ``trainers/videofolder/`` or ``trainers/imagefolder/``, as the package's media is."""
    write_folder(contents, package, package / "trainers" / f"{contents.kind}folder", "prompt")

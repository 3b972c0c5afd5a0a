"""Drawings without pixels: PDF, and Illustrator files, which hold a PDF unless somebody saved them without one."""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from reelwright.errors import BadItem

NO_PDF_CONTENT = "saved without PDF"
"""Words on the page that Illustrator writes in place of the drawing."""


def is_drawing(start: bytes) -> bool:
    """Whether a file that begins like this is a PDF; raises BadItem for PostScript, which nothing here renders."""
    if start.startswith((b"%!PS", b"\xc5\xd0\xd3\xc6")):
        raise BadItem(
            "no_renderer", "is an Illustrator file without PDF content: save it as PDF or PNG", retryable=False
        )
    return b"%PDF-" in start


def render_drawing(file: BinaryIO, size: int) -> Image.Image:
    """The first page, ``size`` pixels on its longest side, transparent where nothing is drawn."""
    try:
        import pypdfium2
    except ImportError as error:
        raise BadItem("no_renderer", "needs the package pypdfium2 to be rendered") from error
    with pypdfium2.PdfDocument(file.read()) as document:
        page = document[0]
        text = page.get_textpage().get_text_range()
        if NO_PDF_CONTENT.lower() in " ".join(text.split()).lower():
            raise BadItem(
                "no_renderer",
                "is an Illustrator file that was saved without PDF content: save it with it",
                retryable=False,
            )
        bitmap = page.render(scale=size / max(page.get_size()), fill_color=(255, 255, 255, 0))
        picture: Image.Image = bitmap.to_pil().convert("RGBA")
        return picture.copy()

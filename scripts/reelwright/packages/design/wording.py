"""Captions of drawings, from what the dictionaries say of them."""

from __future__ import annotations

from collections.abc import Mapping

from reelwright.packages.design.drawings import Drawing
from reelwright.packages.design.inputs import DesignInputs
from reelwright.spec.lane import DesignPackage
from reelwright.template import Template

COLOURED = frozenset({"colour", "clean"})
"""States that say of a drawing no more than that it is finished."""

LAYOUTS = {
    "characters": "character art",
    "outfits": "character art",
    "props": "prop art",
    "backgrounds": "background art",
    "style_guides": "style guide art",
}
"""What kind of drawing the art of each dictionary is: said, so that the model takes its ground and pose for part of that."""

SHEET = "model sheet"
"""What a sheet is called, so that its layout is learned under these words and not as the character's own."""

GARMENTS = ("suit", "coat", "gear", "uniform", "apron", "overalls", "dress", "costume", "outfit", "wear", "pyjama")
"""Last words of outfits that need no "outfit" behind them."""


class Wording:
    """Words captions by the package's template."""

    def __init__(self, name: str, settings: DesignPackage, inputs: DesignInputs, locations: Mapping[str, str]) -> None:
        self._template = Template(settings.template, f"packages.{name}.template")
        self._inputs, self._locations = inputs, locations

    def caption(self, drawing: Drawing, sheet: bool) -> str:
        """The caption of a drawing, in one line; raises BuildError where the template asks for what is not there."""
        said = self._template.render(
            {
                "trigger": self._inputs.trigger or "",
                "subject": self._subject(drawing),
                "name": drawing.name,
                "category": drawing.category,
                "kind": drawing.kind or "",
                "character": drawing.character or "",
                "states": ", ".join(state for state in drawing.states if state not in COLOURED),
                "version": drawing.version or "",
                "episodes": list(drawing.episodes),
                "location": self._locations.get(drawing.asset, ""),
                "layout": SHEET if sheet else self._layout(drawing),
                "show": self._inputs.show,
            }
        )
        return " ".join(said.split())

    def _subject(self, drawing: Drawing) -> str:
        """What is shown, in a few words."""
        if drawing.dictionary == "outfits":
            worn = drawing.name if drawing.name.split()[-1] in GARMENTS else f"{drawing.name} outfit"
            return f"{drawing.character} in the {worn}"
        if drawing.dictionary == "characters":
            return drawing.character or drawing.name
        if drawing.dictionary == "props":
            return f"{drawing.name}, {drawing.kind}" if drawing.kind else drawing.name
        # The word that captions of footage use for the place.
        return self._locations.get(drawing.asset, drawing.name)

    def _layout(self, drawing: Drawing) -> str:
        scenes = drawing.dictionary in ("backgrounds", "style_guides")
        return drawing.kind if scenes and drawing.kind else LAYOUTS[drawing.dictionary]

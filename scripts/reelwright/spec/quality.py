"""The part `quality` of the spec: what makes a clip unusable, and how a camera move is named."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from reelwright.spec.section import Section

Reason = Literal[
    "black",
    "white",
    "flat",
    "fade",
    "flash",
    "soft",
    "frozen",
    "combing",
    "letterbox",
    "pillarbox",
    "card",
    "duplicate",
    "recurring",
]
"""What can be found wrong with a clip, each by its own measurement."""

REASONS: tuple[Reason, ...] = get_args(Reason)
"""The reasons, in the order in which rows list them."""

EVAL_ONLY = "eval_only"
"""What a person says of a clip that is in no package and may serve evaluation; also the reason why it is in none."""


class CameraLimits(Section):
    """When the camera counts as moving, and when its move has one name. Shares of the picture within its bars."""

    moved: float = Field(0.02, gt=0, le=0.5)
    """Share of the picture's width that the camera must move some point of the picture by, over the whole clip, else it is
    `static` (our choice: less reads as sway; the slowest moves of the drawn season, 2.5 % a second, go nearly four times as
    far in three seconds)."""
    mixed: float = Field(0.5, gt=0, le=1)
    """A pan or tilt stays one where everything else the camera does is at most this share of it (0.5: within 27 degrees of
    the axis); above it, the move is `complex`."""
    straight: float = Field(0.7, gt=0, le=1)
    """Least share of the way between its farthest points that a move has made at the clip's end; below it, the camera has
    turned back, and the move is `complex` (our choice: a move that is only eased makes all of it)."""


class Quality(Section):
    """Below or above which measurements a clip is not usable. Shares of the picture are of what lies within its bars."""

    refuse: list[Reason] = Field(list(REASONS))
    """The findings that make a clip unusable; those left out are measured and reported all the same."""
    bad_share: float = Field(0.2, gt=0, le=1)
    """Share of black, white or flat frames from which on the clip is that (our choice)."""
    plain_area: float = Field(0.98, gt=0.5, le=1)
    """Share of the picture that must be black or white for the frame to be it (FFmpeg's blackdetect: 0.98)."""
    black_level: float = Field(25.5, ge=0, le=255)
    """Luma (0 to 255 at full range) up to which a point is black (FFmpeg's blackdetect: a tenth of the range)."""
    white_level: float = Field(229.5, ge=0, le=255)
    """Luma from which on a point is white: as far from the end of the range as `black_level`."""
    flat_deviation: float = Field(4.0, ge=0, le=128)
    """A frame whose luma, at 48x27, deviates less than this from its mean shows nothing: a plain colour (our choice; the
    plainest frame of a rendered film's shots has 8, of the drawn season's, flashes aside, 20)."""
    fade_contrast: float = Field(0.3, gt=0, lt=1)
    """Share of its contrast to which a picture must sink, evenly, for a fade (our choice: lamps that go out within a scene
    leave more). Fades through black of ordinary length are transitions, which no clip holds: this sees the others."""
    flash_levels: float = Field(25.0, gt=0, le=255)
    """Change of luma that makes a flash (a tenth of the range, as in WCAG 2's definition of a general flash)."""
    flash_area: float = Field(0.75, gt=0.25, le=1)
    """Share of the picture that must flash at once: the whole scene, not an explosion in it (our choice)."""
    flash_s: float = Field(0.25, gt=0, le=1)
    """Longest flash, in seconds; a change that lasts is one of light (our choice: the drawn season's
    have one to three frames)."""
    soft_detail: float = Field(0.06, ge=0)
    """Variance of the luma's Laplacian at 240x135 over that at 48x27 below which a clip is soft, by its median frame.
    Measured: 0.16 and more on 64 clips of a rendered film with a shallow depth of field, 0.4 and more on drawn ones;
    blurred by a sigma of 0.8 % of the picture's height, all of them are below 0.06, of 0.5 % half of the film's."""
    frozen_s: float = Field(2.0, gt=0)
    """Longest time without any change of the picture; drawings held on twos and threes are far shorter (our choice)."""
    frozen_levels: float = Field(10.0, gt=0, le=255)
    """Change of any of the 48x27 points up to which the picture is unchanged. Measured: grain of 8 levels and keyframes at
    crf 34 stay at or below it; a mouth of a twentieth of the width that moves is above."""
    combing: float = Field(1.1, ge=0.5)
    """Difference of neighbouring rows over that of rows two apart, from which on a frame is combed: 0.5 where rows follow
    each other smoothly, 1 for noise; frames of a progressive film have at most 0.76."""
    combed_share: float = Field(0.1, gt=0, le=1)
    """Share of combed frames from which on the clip is refused. Only what moves shows it: woven fields of a film pass this
    in four of five clips. Masters that are flagged as interlaced are deinterlaced, and not judged."""
    bar_share: float = Field(0.012, gt=0, lt=0.5)
    """Least height of black bars above and below, over the picture's, or width at both sides (1.85:1 in 16:9 has 0.019)."""
    refuse_own_bars: bool = False
    """Whether bars that an episode has throughout make its clips unusable. They are no clip's fault and refusing them would
    leave nothing: crop them. Bars that only some of an episode's clips have do make those unusable."""
    card_ground: float = Field(0.7, gt=0, le=1)
    """Share of one luma in the picture from which on fine detail before it is a title card or credits (measured: 0.88 and
    more on cards)."""
    card_detail: float = Field(8.0, gt=0)
    """Variance of the Laplacian at 240x135 over the luma's variance at 48x27, from which on detail is as fine as lettering.
    Measured: 16 and more on cards; of 189 drawn and rendered clips, those with a ground of 0.6 and more have at most 3.4, and
    those with 8 and more a ground of at most 0.57."""
    camera: CameraLimits = CameraLimits()
    """How the camera's move is named."""

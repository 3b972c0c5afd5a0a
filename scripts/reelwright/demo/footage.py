"""Drawing and encoding what both title variants of an episode share."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2

from reelwright.demo.frames import body_frames, head_frames
from reelwright.demo.movie import add_sound, add_video, encode_pictures, encode_sound, open_movie
from reelwright.demo.plan import plan_episode
from reelwright.demo.sound import episode_sound
from reelwright.demo.truth import episode_truth
from reelwright.files import whole, write_json


def draw_demo_footage(
    *, episode: str, show: str, seed: int, seconds: float, width: int, height: int, footage: Path, truth: Path
) -> None:
    """Draw an episode without its title card, and write its ground truth.

    ``footage`` becomes a MOV with everything before the title card and, from a key frame on, everything after it, and
    with the sound of the whole episode.
    """
    cv2.setNumThreads(1)
    plan = plan_episode(episode, seed, seconds)
    with whole(footage) as temporary, open_movie(temporary) as container:
        video, sounds = add_video(container, width, height), add_sound(container)
        pictures = itertools.chain(head_frames(plan, show, width, height), body_frames(plan, show, width, height))
        encode_pictures(container, video, pictures, keys=(plan.title,))
        encode_sound(container, sounds, episode_sound(plan))
    write_json(truth, episode_truth(plan), "demo_truth")

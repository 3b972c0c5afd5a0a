"""Captions, first form: assembled from the season bible, its labelled shots and the subtitles, without a model."""

from reelwright.captions.caption import caption_clips

__all__ = ["caption_clips"]

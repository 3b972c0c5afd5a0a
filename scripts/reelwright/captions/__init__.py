"""Captions: from people's labels and transcripts, from captions made elsewhere, and from vision-language models."""

from reelwright.captions.caption import Asking, CaptionInputs, caption_clips, waiting_calls
from reelwright.captions.context import Production

__all__ = ["Asking", "CaptionInputs", "Production", "caption_clips", "waiting_calls"]

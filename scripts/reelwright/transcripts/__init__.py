"""Transcripts: who says what when, as delivered beside a master or heard in it, and what of it is said in a clip.

Times are seconds from the episode's first frame.
"""

from reelwright.transcripts.lines import Line, Word, lines_within
from reelwright.transcripts.read import read_transcript

__all__ = ["Line", "Word", "lines_within", "read_transcript"]

"""How often predictions are looked at."""

from __future__ import annotations

from collections import deque

SHORTEST_S, PART = 0.03, 0.015
"""Between two looks at a prediction that may be done lies this time at least, and so much of the time that it took already:
what a slot stands idle by it is little beside what it worked."""


class Pace:
    """When predictions are looked at: seldom while none was ever done so soon, then at a small part of the time passed."""

    def __init__(self, longest_s: float) -> None:
        """``longest_s`` is the longest time between two looks."""
        self._longest_s = longest_s
        self._times: deque[float] = deque(maxlen=20)

    def took(self, seconds: float) -> None:
        """Take note of how long a prediction took."""
        self._times.append(seconds)

    def wait_s(self, elapsed_s: float) -> float:
        """Time until the next look at a prediction that has been waited for so long."""
        early = 0.95 * min(self._times, default=0.0)
        if elapsed_s < early:
            return min(self._longest_s, early - elapsed_s)
        return min(self._longest_s, max(SHORTEST_S, elapsed_s * PART))

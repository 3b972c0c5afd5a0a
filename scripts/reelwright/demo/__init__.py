"""The demo delivery: a small invented cartoon season, drawn by code from a seed.

``show`` is what the show is about, ``plan`` decides every shot without drawing anything, ``truth`` and ``bible`` write
down what was decided, the drawing modules follow the plan, ``footage`` and ``splice`` encode it.
"""

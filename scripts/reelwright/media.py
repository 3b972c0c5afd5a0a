"""Reading spans of frames by PTS and writing H.264: the one place that decodes and encodes pictures.

Frames leave here upright (display rotation applied by the caller's scaler is not needed: masters are stored upright) and in
presentation order.
"""

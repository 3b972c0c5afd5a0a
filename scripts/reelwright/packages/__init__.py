"""Packages: rows chosen from captioned clips, encoded from the masters for one model, each with its origin."""

"""Evaluation: what is held out of training, and the guard that keeps its pictures out of packages."""

"""Actors: image sets that are discovered, evaluated and planned, so that each gets to its target mix."""

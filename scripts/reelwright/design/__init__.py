"""The design half: production art as it was delivered, names turned into data, and what the wiki calls it."""

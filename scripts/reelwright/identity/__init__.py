"""Identity: plates of the characters as they were designed, reviewed, and the anchors chosen among them."""

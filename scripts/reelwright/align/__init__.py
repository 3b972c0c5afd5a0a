"""Alignment: which frames of one film are which of another. Numbers in, numbers out: nothing is decoded or written here."""

"""Reelwright's library: a module or subpackage a domain, in the order in which data flows.

It knows nothing of Snakemake.
"""

__version__ = "0.1.0"

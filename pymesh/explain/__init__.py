"""From what a user writes to requests, and from answers to text a user can read."""

from pymesh.explain._load import Loaded, load
from pymesh.explain._render import headline, render, visible
from pymesh.explain._short import destination_of, source_of

__all__ = ["Loaded", "destination_of", "headline", "load", "render", "source_of", "visible"]

"""What holds for every Python test."""

from __future__ import annotations

from hypothesis import settings

# An example takes longer on a busy machine; that says nothing about the code.
settings.register_profile("pymesh", deadline=None)
settings.load_profile("pymesh")

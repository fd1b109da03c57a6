"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pymesh.resources import parse
from pymesh.translate import Translation, Translator
from pymesh.translate.gateway import ROOTS

Translated = Callable[[str], Translation]


@pytest.fixture
def translated() -> Translated:
    """Translates the Gateway API resources of a YAML text."""

    def translate(text: str) -> Translation:
        parsed = parse(text, "test.yaml")
        assert [finding for finding in parsed.findings if finding.severity == "error"] == []
        return Translator(ROOTS).update(parsed.resources)

    return translate

"""Every field of the published schemas and what becomes of it here, as a list and as a page.

Run as a module, it writes the page again: `python -m published.listing`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from published.schemas import Published, Schema, read
from pymesh.resources import Ignored, NotYet, load
from pymesh.resources._fields import fields_of, models_in

PAGE: Final = Path(__file__).parents[3] / "docs" / "fields.md"

ACTED_ON: Final = "acted on"
NOT_YET: Final = "accepted with a finding"
IGNORED: Final = "accepted, without effect"
REFUSED: Final = "refused"

_START: Final = """\
# The fields of other projects' resources

What becomes of each field of the kinds that other projects have published. *Accepted with a
finding* means that the field is read and checked and that nothing acts on it yet: the finding is
`not-acted-on`, which is an error in a resource that is about security, and a warning elsewhere.
*Accepted, without effect* is the finding `no-effect`. What is not in a published schema is
refused. The parts of a field that has a finding share its fate and are not listed.

`[]` stands for an item of a list, `{}` for a value of a mapping.
"""


class Field(NamedTuple):
    """A field and what becomes of it.

    Args:
        path: Its YAML names, without `spec`.
        state: One of the four words above.
        why: What is not acted on, or why it has no effect.
        schema: Its schema, if it is in the published one.
    """

    path: str
    state: str
    why: str = ""
    schema: Schema | None = None


def fields(published: Published) -> list[Field]:
    """Every field of a kind's `spec`, those that only we know included (without a schema)."""
    model = load()[published.group, published.kind]
    spec = list(models_in(model.model_fields["spec"].annotation))
    return list(_fields(published.spec, spec, ""))


def _fields(schema: Schema, models: list[type[BaseModel]], path: str) -> Iterator[Field]:
    properties = schema.get("properties", {})
    ours = {name: (one, at) for one in models for name, at in fields_of(one).items()}
    for name in ours.keys() - properties.keys() if properties else ():
        yield Field(f"{path}{name}", ACTED_ON)
    for name, part in sorted(properties.items()):
        here = f"{path}{name}"
        if name not in ours:
            yield Field(here, REFUSED, schema=part)
            continue
        model, attribute = ours[name]
        field = model.model_fields[attribute]
        mark: Any = next((m for m in field.metadata if isinstance(m, (NotYet, Ignored))), None)
        if isinstance(mark, NotYet):
            values = f" ({', '.join(map(str, mark.values))})" if mark.values else ""
            yield Field(here, NOT_YET, mark.what + values, part)
        elif isinstance(mark, Ignored):
            yield Field(here, IGNORED, mark.why, part)
        else:
            yield Field(here, ACTED_ON, schema=part)
        if mark is None or (isinstance(mark, NotYet) and mark.values):
            yield from _inner(part, list(models_in(field.annotation)), here)


def _inner(schema: Schema, models: list[type[BaseModel]], path: str) -> Iterator[Field]:
    if "items" in schema:
        yield from _inner(schema["items"], models, f"{path}[]")
    elif isinstance(schema.get("additionalProperties"), dict):
        yield from _inner(schema["additionalProperties"], models, f"{path}{{}}")
    elif "properties" in schema:
        yield from _fields(schema, models, f"{path}.")


def page() -> str:
    """The page, in Markdown."""
    sections = [_START]
    for (group, kind), versions in sorted(read().items()):
        names = ", ".join(sorted(each.version for each in versions))
        rows = "".join(
            f"| `{field.path}` | {field.state}{f': {field.why}' if field.why else ''} |\n"
            for field in fields(versions[0])
        )
        head = f"## {kind} ({group})\n\nVersions: {names}.\n\n"
        sections.append(f"{head}| field | what becomes of it |\n|---|---|\n{rows}")
    return "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page())

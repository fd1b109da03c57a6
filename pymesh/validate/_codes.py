"""The codes of what reading files finds, before any rule is asked."""

from __future__ import annotations

from typing import Final

from pymesh.validate._rules import Code, define

__all__ = ["READING"]

# A table reads best as one.
# fmt: off
READING: Final = (
    Code(
        "invalid-value", "error",
        "A value is of the right type and outside of what the field can be: not one of its words, "
        "too small, too large, too long, or not of its form.",
        "The message says what it can be.",
    ),
    Code(
        "internal-error", "error",
        "A check of pymesh failed. That is a mistake in pymesh, not in the resource; the other "
        "checks have been made.",
        "Please report it, with the resource.",
    ),
    Code(
        "misspelled-kind", "error",
        "The kind or its API group is nearly that of one that pymesh reads. Taken as it stands, "
        "the resource would have no effect.",
        "Correct the `kind` or the `apiVersion`.",
    ),
    Code(
        "missing-field", "error",
        "A field that has to be there is not.",
        "Add it.",
    ),
    Code(
        "more-findings", "error",
        "A document or a file has so many findings that not all are shown.",
        "Correct those that are shown first.",
    ),
    Code(
        "no-effect", "info",
        "The field is part of the resource's schema and does nothing, here or anywhere: it is "
        "deprecated, or configures another product.",
        "Nothing has to be done. Leave it out to be told no more.",
    ),
    Code(
        "no-files", "warning",
        "A folder that was named has no file that would be read, neither itself nor below.",
        "Name the right folder. Files in folders end in `.yaml`, `.yml` or `.json`; one that is "
        "named itself may be called anything.",
    ),
    Code(
        "not-a-resource", "error",
        "The document is text, a number or a list, where a resource is a mapping.",
        "Begin it with `apiVersion` and `kind`. Files that hold something else belong elsewhere.",
    ),
    Code(
        "not-acted-on", "warning",
        "The field is read and checked, and pymesh does not do yet what it says. In a resource "
        "that grants or denies access it is an error, because a condition that is not looked at "
        "would allow too much or too little.",
        "Leave the field out, or do without what it does.",
    ),
    Code(
        "unknown-field", "error",
        "The resource's schema has no field of that name at that place. An API server would drop "
        "it silently or refuse it.",
        "Correct the name or the indentation, or take it out.",
    ),
    Code(
        "unknown-kind", "info",
        "The document is a resource that does not concern a mesh, or that pymesh does not know. "
        "It is left alone.",
        "Nothing has to be done.",
    ),
    Code(
        "unknown-version", "error",
        "pymesh reads the kind, but not in that version of its API.",
        "Write one of the versions that the hint names.",
    ),
    Code(
        "unreadable-file", "error",
        "A file or folder that was named does not exist, is not allowed to be read, or is no "
        "regular file.",
        "Correct the path or the permissions.",
    ),
    Code(
        "unsupported-kind", "warning",
        "The kind is one that meshes act on and pymesh does not, yet. It is an error if the kind "
        "forbids something: without it more would be allowed than its author believes.",
        "Take it out of what pymesh reads, or say the same with a kind that it acts on.",
    ),
    Code(
        "wrong-type", "error",
        "A value is of another type than the field: text where a number belongs, a mapping where "
        "a list belongs. YAML takes `80` for a number, `\"80\"` for text, and `on`, `yes` and `y` "
        "for true.",
        "Write it as the type that the message names; put text that looks like something else in "
        "quotes.",
    ),
    Code(
        "yaml-aliases", "error",
        "Aliases (`*name`) or merge keys (`<<`) multiply the document beyond 10,000 values, or "
        "lead back to themselves.",
        "Write the values out.",
    ),
    Code(
        "yaml-duplicate-key", "error",
        "A mapping has the same key twice. Which of the two counts would depend on who reads it.",
        "Take one of them out.",
    ),
    Code(
        "yaml-encoding", "error",
        "The file is not UTF-8, or has a control character in it.",
        "Save it as UTF-8 text.",
    ),
    Code(
        "yaml-syntax", "error",
        "The text is not YAML, or not JSON in a file that ends in `.json`. The other documents of "
        "the file are read all the same.",
        "Look at the line and the one before it: indentation, quotes, a missing colon or space.",
    ),
    Code(
        "yaml-too-deep", "error",
        "Lists and mappings are nested deeper than 64 levels.",
        "No resource is nested that deep; look for a mistake in the indentation.",
    ),
    Code(
        "yaml-too-large", "error",
        "The file is larger than 10 MB or has more than 50,000 documents, or a document has more "
        "than 500,000 values, or a folder has more than 10,000 files or folders over 64 deep.",
        "Split it.",
    ),
    Code(
        "yaml-value", "error",
        "A value has no counterpart in JSON: a number beyond 64 bits, infinity, a tag, or a key "
        "that is not text.",
        "Write it in another way; put it in quotes if it is text.",
    ),
)
# fmt: on

define(*READING)

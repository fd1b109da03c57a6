"""Kubernetes' label selector, as Gateway API uses it for namespaces."""

from pymesh.resources._base import Model


class LabelSelectorRequirement(Model):
    """One requirement: `key` In, NotIn (`values`), Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] | None = None


class LabelSelector(Model):
    """Labels that an object must have; all requirements must hold, an empty one selects all."""

    match_labels: dict[str, str] | None = None
    match_expressions: tuple[LabelSelectorRequirement, ...] | None = None

    def matches(self, labels: dict[str, str]) -> bool:
        """Tells whether an object with these labels is selected.

        An operator that Kubernetes does not know selects nothing.
        """
        if any(labels.get(key) != value for key, value in (self.match_labels or {}).items()):
            return False
        return all(_holds(requirement, labels) for requirement in self.match_expressions or [])


def _holds(requirement: LabelSelectorRequirement, labels: dict[str, str]) -> bool:
    value = labels.get(requirement.key)
    values = requirement.values or ()
    match requirement.operator:
        case "In":
            return value is not None and value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            return False

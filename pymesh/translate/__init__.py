"""From the user's resources to the documents that proxies are given.

It is made of *units*: pure functions of a view of the resources and a key. The engine keeps their
results together with what they read, so that a change runs again only what depends on it.
:func:`translate` starts from nothing; a :class:`Translator` keeps what it knows. Both give the
same, whatever the order of changes was.

To add units, write functions and name the roots among them::

    from pymesh.translate._output import Output, Root
    from pymesh.translate._view import Index, View, by_name, unit

    ROUTES_OF_GATEWAY = Index(HTTPRoute, lambda route: gateways_of(route))

    @unit
    def listeners(view: View, key: tuple[str, str]) -> tuple[Listener, ...]:
        gateway = view.get(Gateway, *key)           # recorded
        ...

    @unit
    def gateway_documents(view: View, key: tuple[str, str]) -> Output:
        routes = view.find(ROUTES_OF_GATEWAY, key)  # the oldest first, recorded
        return Output(documents=(*listeners(view, key), ...), findings=(...))

    ROOTS = (Root("gateway", lambda view: view.keys(by_name(Gateway)), gateway_documents),)

and add the package to ``FAMILIES`` in ``_families.py``. What holds for units:

* They depend on the view and the key alone, and return immutable values that compare by value.
* They run for keys that no longer exist, too: then they return an empty value.
* They call each other freely (``listeners(view, key)`` is memoized), but not in a circle.
* A ``Routes`` document replaces another for the same gateway, port, host and audience if its
  root has the higher rank: 10 for Gateway API routes of the mesh, which so replace a service's
  default and Istio routes; 0 for the rest.
* Documents are sorted by what identifies them. ``PeerAuthentication``, ``Plugin`` and ``Mesh``
  are kept in the order in which their unit returns them, so one unit makes all of a type.
* A status goes to :attr:`Translation.statuses` as the unit returned it; one unit makes the
  status of a resource, calling memoized units for its parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.translate._output import Output, Root, Translation
from pymesh.translate._translator import Translator
from pymesh.translate._view import Index, Unit, View, by_name, by_namespace, unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymesh.resources import Mesh, Resource

__all__ = [
    "Index",
    "Output",
    "Root",
    "Translation",
    "Translator",
    "Unit",
    "View",
    "by_name",
    "by_namespace",
    "translate",
    "unit",
]


def translate(mesh: Mesh | Iterable[Resource]) -> Translation:
    """Translates resources from scratch.

    Args:
        mesh: The resources, checked as far as each can be checked alone.

    Returns:
        Documents, statuses and findings. A reference that leads nowhere is no error: the request
        that would follow it is answered with what Istio or Gateway API answer.
    """
    return Translator().update(mesh)

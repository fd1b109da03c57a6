"""Counts the functions that checking a mesh calls: ``python counting.py COUNT NAMESPACES``.

In a process of its own: CPython 3.11 loops for ever in a profiled function while a signal for
another thread is pending, which the tests of hooks that do not end leave behind.
"""

from __future__ import annotations

import sys

from pymesh.resources import parse
from pymesh.validate import validate

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}, namespace: n{m}}}\nspec:\n"
SERVICE += "  selector: {{app: s{n}}}\n  ports:\n  - {{name: http, port: 80, targetPort: 8080}}\n"
VIRTUAL = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n"
VIRTUAL += "  name: v{n}\n  namespace: n{m}\nspec:\n  hosts: [s{n}]\n  http:\n  - match:\n"
VIRTUAL += "    - uri: {{prefix: /a}}\n      headers: {{x-user: {{exact: a}}}}\n    route:\n"
VIRTUAL += "    - destination: {{host: s{n}, port: {{number: 80}}}}\n"
ROUTE = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n"
ROUTE += "  name: r{n}\n  namespace: n{m}\nspec:\n  parentRefs:\n"
ROUTE += "  - {{group: '', kind: Service, name: s{n}}}\n  rules:\n  - matches:\n"
ROUTE += "    - path: {{type: PathPrefix, value: /b}}\n    backendRefs:\n"
ROUTE += "    - {{name: s{n}, port: 80}}\n"
POLICY = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n"
POLICY += "  name: p{n}\n  namespace: n{m}\nspec:\n  action: ALLOW\n  rules:\n  - from:\n"
POLICY += "    - source: {{principals: [cluster.local/ns/n{m}/sa/a]}}\n    to:\n"
POLICY += "    - operation: {{methods: [GET], paths: [/a]}}\n"


def main(count: int, namespaces: int) -> int:
    """How many calls so many resources of each kind take."""
    made = (
        template.format(n=number, m=number % namespaces)
        for template in (SERVICE, VIRTUAL, ROUTE, POLICY)
        for number in range(count)
    )
    parsed = parse("---\n".join(made), "a.yaml")
    validate(parse(SERVICE.format(n=0, m=0), "a.yaml"))  # what is done once
    calls = 0

    def count_calls(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count_calls)
    report = validate(parsed)
    sys.setprofile(None)
    assert len(report.documents) == 4 * count
    assert [one for one in report.findings if one.severity == "error"] == []
    return calls


if __name__ == "__main__":
    print(main(int(sys.argv[1]), int(sys.argv[2])))

"""AuthorizationPolicy as its rules are worded: short, slow, written without the engine in sight.

`True`, `False` and `None` (it cannot be known) are what a condition comes to. What cannot be known
never lets a request pass: an ALLOW rule then does not match, every other rule does.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

Known = bool | None
Object = dict[str, Any]
Lists = list[tuple[str, bool, list[str]]]

SPACE_DELIMITED = (["scope"], ["permission"])
HTTP_ONLY = ("hosts", "methods", "paths", "request_principals", "request.headers", "request.auth")
OF_IDENTITY = {
    "principals": "principal",
    "source.principal": "principal",
    "trust_domains": "trust_domain",
    "source.trustDomain": "trust_domain",
    "service_accounts": "service_account",
    "source.serviceAccount": "service_account",
}
ADDRESSES = {
    "ip_blocks": "ip",
    "source.ip": "ip",
    "remote_ip_blocks": "remote_ip",
    "remote.ip": "remote_ip",
    "destination.ip": "destination_ip",
}
CLAIMS = {"request.auth.audiences": ["aud"], "request.auth.presenter": ["azp"]}


def any_of(values: Iterable[Known]) -> Known:
    """Whether one holds: unknown if none is known to, and one might."""
    seen = set(values)
    return True if True in seen else None if None in seen else False


def all_of(values: Iterable[Known]) -> Known:
    """Whether all hold: unknown if none is known not to, and one might not."""
    seen = set(values)
    return False if False in seen else None if None in seen else True


def text(pattern: str, value: str) -> bool:
    """Exact, `abc*`, `*abc`, or `*` for anything but the empty text."""
    if pattern == "*":
        return value != ""
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def path_matches(pattern: str, path: str) -> bool:
    """As text; with `{*}` for one segment and `{**}` for any number of them."""
    if "{" not in pattern:
        return text(pattern, path)
    forms = {"{*}": "[^/]+", "{**}": ".*"}
    parts = re.split(r"(\{\*{1,2}\})", pattern)
    return bool(re.fullmatch("".join(forms.get(part, re.escape(part)) for part in parts), path))


def namespace_matches(pattern: str, namespace: str) -> bool:
    """With a star for any text, anywhere."""
    return bool(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), namespace))


def in_block(block: str, address: str | None) -> Known:
    """Whether the address is in the CIDR block; one that is not known may be in any."""
    if address is None:
        return None
    parsed, network = ipaddress.ip_address(address), ipaddress.ip_network(block, strict=False)
    return parsed.version == network.version and parsed in network


def header(pattern: str, values: list[str]) -> Known:
    """Repeated fields are joined by commas; one that is listed only by itself is doubtful."""
    if not values or pattern == "*":
        return bool(values)
    alone = any(text(pattern, value) for value in values)
    return text(pattern, ",".join(values)) or (None if alone else False)


def claim(pattern: str, claims: Object, path: list[str]) -> Known:
    """Whether the claim, or an element of its list, is so; anything but text is doubtful."""
    value: Any = claims
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    if isinstance(value, str) and path in SPACE_DELIMITED:
        value = [part for part in value.split(" ") if part]
    elements = value if isinstance(value, list) else [value]
    return any_of(text(pattern, one) if isinstance(one, str) else None for one in elements)


def request_principal(pattern: str, claims: Object) -> Known:
    """`issuer/subject`, split at the last slash; without one, the subject's end or the issuer."""
    issuer, slash, subject = pattern.rpartition("/")
    if not slash and pattern.startswith("*"):
        issuer, subject = "*", pattern
    elif not slash:
        issuer, subject = pattern, "*" if pattern.endswith("*") else ""
    parts = ((issuer, claims.get("iss")), (subject, claims.get("sub")))
    return all_of(
        text(part, is_) if isinstance(is_, str) else False if is_ is None else None
        for part, is_ in parts
    )


def identity_test(field: str, identity: dict[str, str] | None) -> Callable[[str], Known]:
    """What one value of a list asks of the peer; plaintext is in none."""
    if field in {"namespaces", "source.namespace"}:
        return lambda value: (
            identity is not None and namespace_matches(value, identity["namespace"])
        )
    return lambda value: identity is not None and text(value, identity[OF_IDENTITY[field]])


def http_test(field: str, request: Object) -> Callable[[str], Known]:
    """What one value of a list, or of a condition's key, asks of an HTTP request."""
    claims = request["claims"] or {}
    names = re.findall(r"\[([^]]*)\]", field)
    if field == "hosts":
        host = request["host"].lower()
        return lambda value: text(value.lower(), host) if host else None
    if field == "methods":
        return lambda value: text(value, request["method"])
    if field == "paths":
        return lambda value: path_matches(value, request["path"])
    if field.startswith("request.headers"):
        values = [value for name, value in request["headers"] if name.lower() == names[0].lower()]
        return lambda value: header(value, values)
    if field in {"request_principals", "request.auth.principal"}:
        return lambda value: request_principal(value, claims)
    return lambda value: claim(value, claims, CLAIMS.get(field, names))


def field_test(field: str, request: Object) -> Callable[[str], Known]:
    """What one value of a list, or of a condition's key, asks."""
    if field.startswith(HTTP_ONLY):
        return http_test(field, request)
    if field in ADDRESSES:
        return lambda value: in_block(value, request[ADDRESSES[field]])
    if field in {"ports", "destination.port"}:
        return lambda value: int(value) == request["port"]
    if field == "connection.sni":
        return lambda value: text(value.lower(), (request["sni"] or "").lower())
    return identity_test(field, request["identity"])


def lists_hold(lists: Lists, request: Object) -> Known:
    """Whether all of the lists hold; those that only HTTP can answer are dropped elsewhere."""
    results: list[Known] = []
    for field, negated, values in lists:
        if request["http"] or not field.startswith(HTTP_ONLY):
            found = any_of(map(field_test(field, request), values))
            results.append(found if found is None else found != negated)
    return all_of(results)


def rule_holds(rule: Object, request: Object, *, allow: bool) -> bool:
    """Whether the rule matches; one in doubt does, unless it allows."""
    groups: list[list[Lists]] = [
        [
            [
                (name.removeprefix("not_"), name.startswith("not_"), values)
                for name, values in entry.items()
            ]
            for entry in rule.get(part) or [{}]
        ]
        for part in ("from", "to")
    ]
    sides = ("values", "not_values")
    conditions = rule.get("when", [])
    groups.append(
        [[(c["key"], s == "not_values", c[s]) for c in conditions for s in sides if c.get(s)]]
    )
    asked = [field for group in groups for lists in group for field, *_ in lists]
    if allow and not request["http"] and any(field.startswith(HTTP_ONLY) for field in asked):
        return False
    known = all_of(any_of(lists_hold(lists, request) for lists in group) for group in groups)
    return not allow if known is None else known


def decide(policies: list[Object], root: str, request: Object) -> Object:
    """Whether the request may pass, which policy and rule say so, and what dry runs would do."""
    namespace, labels = request["workload"]
    mine = [
        policy
        for scope in dict.fromkeys([root, namespace])
        for policy in policies
        if policy["namespace"] == scope
        and (
            request["gateway"] in policy["targets"]
            if policy.get("targets")
            else policy.get("selector", {}).items() <= labels.items()
        )
    ]

    def hits(action: str, *, dry_run: bool) -> dict[str, int | None]:
        return {
            f"{policy['namespace']}/{policy['name']}": next(
                (
                    index
                    for index, rule in enumerate(policy.get("rules", []))
                    if rule_holds(rule, request, allow=action == "allow")
                ),
                None,
            )
            for policy in mine
            if (policy["action"], policy.get("dry_run", False)) == (action, dry_run)
        }

    tried = hits("allow", dry_run=True)
    unmet = all(rule is None for rule in tried.values())
    denied = {name: rule is not None for name, rule in hits("deny", dry_run=True).items()}
    dry_run = dict.fromkeys(tried, unmet) | denied
    for action in ("deny", "allow"):
        for name, rule in hits(action, dry_run=False).items():
            if rule is not None:
                return {
                    "allowed": action == "allow",
                    "policy": name,
                    "rule": rule,
                    "dry_run": dry_run,
                }
    allowed = not hits("allow", dry_run=False)
    return {"allowed": allowed, "policy": None, "rule": None, "dry_run": dry_run}


def peer_mode(
    policies: list[Object], root: str, workload: tuple[str, dict[str, str]], port: int
) -> Object:
    """What the narrowest PeerAuthentication that says anything says, the oldest of each scope."""
    namespace, labels = workload

    def oldest(scope: str, of: str) -> Object:
        mine = (
            policy
            for policy in policies
            if (policy["scope"], policy["namespace"]) == (scope, of)
            and policy.get("selector", {}).items() <= labels.items()
        )
        return next(mine, {})

    selected = oldest("workload", namespace) if namespace != root else {}
    said = [
        (selected.get("ports", {}).get(str(port)), selected),
        *(
            (policy.get("mode"), policy)
            for policy in (selected, oldest("namespace", namespace), oldest("mesh", root))
        ),
    ]
    for mode, policy in said:
        if mode not in {None, "unset"}:
            return {"mode": mode, "policy": f"{policy['namespace']}/{policy['name']}"}
    return {"mode": "permissive", "policy": None}

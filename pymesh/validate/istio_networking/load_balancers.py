"""Rules for the load balancers of a DestinationRule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymesh.resources.istio._load_balancer import (
    ConsistentHash,
    LoadBalancer,
    Locality,
    Maglev,
    Warmup,
    ZoneAware,
)
from pymesh.resources.istio.destination_rule import DestinationRule
from pymesh.validate._rules import Code, Issue, rule
from pymesh.validate.istio_networking._walk import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pymesh.resources.istio._load_balancer import Distribute, Failover
    from pymesh.resources.istio._shared import IstioModel
    from pymesh.validate._rules import Path

LOAD_BALANCER_CONFLICT = Code(
    "load-balancer-conflict",
    "error",
    "Settings of a load balancer exclude one another: `localityLbSetting` and "
    "`zoneAwareLbSetting`, `distribute` and `failover`, or the old `minimumRingSize` beside "
    "`ringHash` or `maglev`.",
    "Keep the one that is meant.",
)
HASH_INVALID = Code(
    "hash-invalid",
    "error",
    "Consistent hashing lacks the name of the cookie that it takes the key from, or has a Maglev "
    "table whose size is not a prime below 5,000,011.",
    "Name the cookie; take a prime such as 65537 for the table.",
)
WARMUP_AGGRESSION = Code(
    "warmup-aggression",
    "error",
    "The `aggression` of a warm-up is below 1.",
    "Take 1 for a straight line, more for a slower start.",
)
LOCALITY_INVALID = Code(
    "locality-invalid",
    "error",
    "Balancing by locality has an entry that cannot work: shares that do not add up to 100, a "
    "locality that an earlier one includes, an empty part in a locality, or a region that fails "
    "over to itself.",
    "Write localities as `region/zone/subzone`, `*` for the rest, and shares that add up to 100.",
)
_LARGEST_TABLE = 5_000_011


@rule(
    DestinationRule,
    codes=[LOAD_BALANCER_CONFLICT, HASH_INVALID, WARMUP_AGGRESSION, LOCALITY_INVALID],
)
def check_load_balancers(resource: DestinationRule) -> Iterator[Issue]:
    """Every load balancer, of the rule, of subsets and of ports."""
    for path, part in parts(resource):
        check = _CHECKS.get(type(part))
        if check is not None:
            yield from check(part, path)


def _check_balancer(balancer: LoadBalancer, path: Path) -> Iterator[Issue]:
    if balancer.locality_lb_setting is not None and balancer.zone_aware_lb_setting is not None:
        yield Issue(
            LOAD_BALANCER_CONFLICT.code,
            "zoneAwareLbSetting and localityLbSetting exclude each other",
            (*path, "zoneAwareLbSetting"),
        )


def _check_hash(hashing: ConsistentHash, path: Path) -> Iterator[Issue]:
    if hashing.http_cookie is not None and not hashing.http_cookie.name:
        yield Issue(HASH_INVALID.code, "the cookie has no name", (*path, "httpCookie", "name"))
    if hashing.minimum_ring_size and (hashing.ring_hash or hashing.maglev):
        yield Issue(
            LOAD_BALANCER_CONFLICT.code,
            "minimumRingSize and ringHash or maglev exclude each other",
            (*path, "minimumRingSize"),
        )


def _check_maglev(maglev: Maglev, path: Path) -> Iterator[Issue]:
    size = maglev.table_size
    if size >= _LARGEST_TABLE or not _is_prime(size):
        yield Issue(
            HASH_INVALID.code,
            f"{size} is not a prime below {_LARGEST_TABLE}",
            (*path, "tableSize") if maglev.has("table_size") else path,
        )


def _is_prime(number: int) -> bool:
    if number < 4:
        return number > 0  # 1 passes in Envoy, too
    if number % 2 == 0:
        return False
    return all(number % factor for factor in range(3, int(number**0.5) + 1, 2))


def _check_warmup(warmup: Warmup, path: Path) -> Iterator[Issue]:
    if warmup.aggression is not None and warmup.aggression < 1:
        yield Issue(
            WARMUP_AGGRESSION.code, f"{warmup.aggression:g} is below 1", (*path, "aggression")
        )


def _check_locality(locality: Locality, path: Path) -> Iterator[Issue]:
    if locality.distribute and locality.failover:
        yield Issue(
            LOAD_BALANCER_CONFLICT.code,
            "failover and distribute exclude each other",
            (*path, "failover"),
        )
    yield from _check_distribute(locality.distribute, (*path, "distribute"))
    yield from _check_failover(locality.failover, (*path, "failover"))


def _check_zone(zone: ZoneAware, path: Path) -> Iterator[Issue]:
    yield from _check_failover(zone.failover, (*path, "failover"))


def _check_distribute(entries: Sequence[Distribute], path: Path) -> Iterator[Issue]:
    yield from _check_overlaps([entry.from_ for entry in entries], path)
    for index, entry in enumerate(entries):
        place = (*path, index, "to")
        total = sum(entry.to.values())
        if total != 100:
            yield Issue(LOCALITY_INVALID.code, f"the shares add up to {total}, not 100", place)
        for name, share in entry.to.items():
            if not 0 < share <= 100:
                yield Issue(
                    LOCALITY_INVALID.code, f"{share} is not a share from 1 to 100", (*place, name)
                )
            if not all(name.split("/", 2)):
                yield Issue(
                    LOCALITY_INVALID.code,
                    f"the locality {name!r} has an empty part",
                    (*place, name),
                )


def _check_overlaps(names: Sequence[str], path: Path) -> Iterator[Issue]:
    known: set[tuple[str, ...]] = set()
    for index, name in enumerate(names):
        place = (*path, index, "from")
        levels = tuple(name.split("/", 2))
        if not all(levels):
            yield Issue(LOCALITY_INVALID.code, f"the locality {name!r} has an empty part", place)
            continue
        while levels and levels[-1] == "*":
            levels = levels[:-1]
        if any(levels[:length] in known for length in range(len(levels) + 1)):
            yield Issue(LOCALITY_INVALID.code, f"{name} is in an earlier entry already", place)
        known.add(levels)


def _check_failover(entries: Sequence[Failover], path: Path) -> Iterator[Issue]:
    for index, entry in enumerate(entries):
        if entry.from_ == entry.to:
            yield Issue(
                LOCALITY_INVALID.code,
                f"{entry.from_ or 'nothing'} does not fail over to itself",
                (*path, index, "to"),
            )
        for name, region in (("from", entry.from_), ("to", entry.to)):
            if "/" in region or "*" in region:
                yield Issue(
                    LOCALITY_INVALID.code,
                    f"{region!r} is not a region: only regions fail over",
                    (*path, index, name),
                )


_CHECKS: dict[type[IstioModel], Callable[[Any, Path], Iterator[Issue]]] = {
    LoadBalancer: _check_balancer,
    ConsistentHash: _check_hash,
    Maglev: _check_maglev,
    Warmup: _check_warmup,
    Locality: _check_locality,
    ZoneAware: _check_zone,
}

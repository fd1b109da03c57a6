from typing import Self

from typing_extensions import disjoint_base

@disjoint_base
class Buckets:
    """A bounded set of token buckets, all of one rate and burst.

    Args:
        rate: Tokens a second.
        burst: The most tokens that a bucket holds; a new one is full.
        capacity: How many keys are remembered.

    Raises:
        ValueError: If one of them cannot be.
    """

    rate: float
    burst: float
    capacity: int

    def __new__(cls, rate: float, burst: float, capacity: int) -> Self: ...
    def __len__(self) -> int: ...
    def __contains__(self, key: object, /) -> bool: ...
    def take(self, key: str | bytes, now: float) -> float:
        """Takes a token.

        Args:
            key: Whose bucket.
            now: Seconds of a clock that does not go backwards.

        Returns:
            0.0 if there was one, else the seconds until there will be.
        """

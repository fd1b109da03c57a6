# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, binding=True
# cython: auto_pickle=False, autotestdict=False
"""A bounded set of token buckets, each a number and a time in C."""

from libc.math cimport isfinite
from libc.stdlib cimport calloc, free


cdef struct Bucket:
    double tokens
    double seen
    bint used


cdef class Buckets:
    """Token buckets by key, all of one rate and burst.

    At most ``capacity`` keys are remembered. When another comes, a hand goes round the buckets
    and gives its place away: it takes the first one that has filled up again, since forgetting
    that one changes nothing, or that was not used since the hand last passed (the clock
    algorithm). So memory is bounded, and so is what a call costs on average.

    Args:
        rate: Tokens a second.
        burst: The most tokens that a bucket holds; a new one is full.
        capacity: How many keys are remembered.

    Raises:
        ValueError: If one of them cannot be.
    """

    cdef readonly double rate
    cdef readonly double burst
    cdef readonly Py_ssize_t capacity
    cdef Bucket* _buckets
    cdef dict _slots
    cdef list _keys
    cdef Py_ssize_t _hand

    def __cinit__(self, double rate, double burst, Py_ssize_t capacity):
        if not (isfinite(rate) and rate > 0):
            raise ValueError("rate must be above 0")
        if not (isfinite(burst) and burst >= 1):
            raise ValueError("burst must be at least 1")
        if not 1 <= capacity <= 10_000_000:
            raise ValueError("capacity must be from 1 to 10000000")
        self._buckets = <Bucket*>calloc(capacity, sizeof(Bucket))
        if self._buckets == NULL:
            raise MemoryError()
        self.rate = rate
        self.burst = burst
        self.capacity = capacity
        self._slots = {}
        self._keys = []
        self._hand = 0

    def __dealloc__(self):
        free(self._buckets)

    def __len__(self):
        """How many keys are remembered."""
        return len(self._keys)

    def __contains__(self, key):
        """Whether a key is remembered."""
        return key in self._slots

    cpdef double take(self, key, double now):
        """Takes a token.

        Args:
            key: Whose bucket; a text or bytes.
            now: Seconds of a clock that does not go backwards.

        Returns:
            0.0 if there was one, else the seconds until there will be.
        """
        cdef Py_ssize_t slot
        cdef Bucket* bucket
        found = self._slots.get(key)
        if found is None:
            slot = self._slot(key, now)
            bucket = &self._buckets[slot]
            bucket.tokens = self.burst
        else:
            slot = found
            bucket = &self._buckets[slot]
            if now > bucket.seen:
                bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.seen) * self.rate)
        bucket.used = True
        # Workers read the clock before they are let in, so one may come with an older time.
        if found is None or now > bucket.seen:
            bucket.seen = now
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return 0.0
        return (1.0 - bucket.tokens) / self.rate

    cdef Py_ssize_t _slot(self, key, double now) except -1:
        """A place for a new key, taken from another if need be."""
        cdef Py_ssize_t slot = len(self._keys)
        cdef Bucket* bucket
        if slot < self.capacity:
            self._slots[key] = slot
            self._keys.append(key)
            return slot
        while True:
            slot = self._hand
            self._hand = (self._hand + 1) % self.capacity
            bucket = &self._buckets[slot]
            if not bucket.used or self._full(bucket, now):
                break
            bucket.used = False
        del self._slots[self._keys[slot]]
        self._slots[key] = slot
        self._keys[slot] = key
        return slot

    cdef bint _full(self, Bucket* bucket, double now):
        return bucket.tokens + (now - bucket.seen) * self.rate >= self.burst

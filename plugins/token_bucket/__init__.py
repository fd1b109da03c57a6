"""Limits the rate of requests, for each value of a header or each client."""

from pymesh.plugins.token_bucket.plugin import Config, TokenBucket

__all__ = ["Config", "TokenBucket"]

"""What resources mean that their proxies cannot be told yet."""

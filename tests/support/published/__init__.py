"""The published schemas of Istio and Gateway API: what they accept, and objects to ask about."""

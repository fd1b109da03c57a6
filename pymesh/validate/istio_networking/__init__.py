"""What can be wrong with Istio's kinds of traffic, alone and together."""

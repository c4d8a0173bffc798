"""Kubernetes' words, without MLRun: pods, quantities, QoS classes, labels, and how a node is matched."""

"""The rules that a pod shows, as Kubernetes' own admission policies: facts of the cluster, policies, bindings."""

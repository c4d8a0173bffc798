"""A stand-in."""

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "clusterfacts.igz-runtime.io"},
    "spec": {
        "group": "igz-runtime.io",
        "scope": "Cluster",
        "names": {"kind": "ClusterFacts", "plural": "clusterfacts", "singular": "clusterfacts"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}

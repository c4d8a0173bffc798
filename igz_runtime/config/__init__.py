"""What people write for igz-runtime, validated by pydantic: descriptions of a cluster, and igz-runtime.yaml."""

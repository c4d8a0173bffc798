"""Put the Jupyter services of a team under profiles, on Iguazio. Needs igz-mgmt."""

import sys

from igz_mgmt import AppServicesManifest, Client

from igz_runtime import jupyter, profiles

SERVICES = [
    jupyter.service(profiles.gpu_notebook(cpu=8, memory="64Gi", node_group="gpu"), name="lab-gpu", idle="1h"),
    jupyter.service(profiles.development_notebook(cpu=2, memory="8Gi"), name="lab", idle="4h"),
]


def main(endpoint: str, access_key: str) -> None:
    client = Client(endpoint=endpoint, access_key=access_key)
    for service in SERVICES:
        manifest = AppServicesManifest.get(client)
        there = manifest.resolve_service(service["name"])
        wanted = service.merge_into(there) if there else service.to_igz_mgmt()
        manifest.create_or_update(client, wanted, wait_for_completion=False)
        print(f"{service['name']}: {'changed' if there else 'made'}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What an environment that is declared production says of development work, and of spot nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.causes import opening_spot
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.cel import environment as cel
from igz_runtime.rules.reads import PLACEMENT
from igz_runtime.rules.subject import Subject

NODE_GROUPS = "Iguazio, Best Practices, Node Groups"
UNKNOWN = "the environment is not known; IGZ_RUNTIME_ENVIRONMENT names it, or cluster.environment in igz-runtime.yaml"

ON_DEMAND_RECOMMENDED: Final = "On-demand (not spot) instances are recommended."

NO_DEVELOPMENT: Final = "Do not run development jobs (e.g., using Jupyter) on the production cluster."


@rule(
    "IGZ112",
    "production-on-spot",
    "work that can land on spot nodes of a cluster that is declared production",
    severity="info",
    source=ON_DEMAND_RECOMMENDED,
    origin="Iguazio, Best Practices, Production Cluster",
    fix="keep it on demand with profiles.production_job(…), where its completion matters",
    reads=(*PLACEMENT, "node_groups", "assumed", "environment"),
    cel=elsewhere.ADVICE,
)
def production_on_spot(subject: Subject) -> Iterator[Found | Skip]:
    if subject.cluster.environment == "production" and subject.can_land_on_spot:
        message = f"its pod can land on {subject.spot_landings[0]}, and the environment is production"
        yield Found(message, field=opening_spot(subject))


@rule(
    "IGZ403",
    "development-in-production",
    "development work on a cluster that is declared production",
    severity="error",
    waivable=True,
    source=NO_DEVELOPMENT,
    origin=NODE_GROUPS,
    fix="run it on the development cluster, or apply a profile for production: production_job, production_service",
    reads=("development", "environment"),
    cel=cel.DEVELOPMENT_IN_PRODUCTION,
)
def development_in_production(subject: Subject) -> Iterator[Found | Skip]:
    environment, development = subject.cluster.environment, subject.traits.development or subject.development
    if development and environment is None:
        yield Skip(UNKNOWN)
    if environment != "production":
        return
    if subject.traits.development:
        message = "a Jupyter service is development work, and the environment is production"
        yield Found(message, "run it on the development cluster", field=())
    elif subject.development:
        yield Found("its profile is for development work, and the environment is production", field=())

"""What MLRun runs when it loads this project: its functions get the profiles of igz-runtime.yaml."""

from typing import Any

import igz_runtime.projects


def setup(project: Any) -> Any:
    """Give every function of the project its profile, those that are set from now on included."""
    return igz_runtime.projects.setup(project)

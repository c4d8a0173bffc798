"""The configuration that functions are planned and judged by: right as a whole, or nobody goes by it."""

from __future__ import annotations

from os import PathLike

from igz_runtime.cluster.configured import cluster_in
from igz_runtime.config.file import ConfigFile, config_file
from igz_runtime.rules.configured import chosen_in, terms_in


def whole_file(config: ConfigFile | str | PathLike[str] | None) -> ConfigFile:
    """The configuration, with all that functions are judged by: cluster, rules, waivers, profiles, steps.

    Args:
        config: a configuration, or `none`; None: what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml.

    Raises:
        ConfigurationError: what is wrong in any of them, each with line and column.
    """
    file = config_file(config)
    if file.path is not None:
        # A profile plans by a configuration, and a configuration holds profiles.
        from igz_runtime.profiles.assignment import assignments_in
        from igz_runtime.profiles.catalog import profiles_in
        from igz_runtime.profiles.step_settings import steps_in

        file.require(cluster_in, chosen_in, terms_in, profiles_in, assignments_in, steps_in)
    return file

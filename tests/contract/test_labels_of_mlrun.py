"""The labels by which pods are known are those of the MLRun that is installed."""

from __future__ import annotations

import pytest
from mlrun.common import constants
from mlrun.common.constants import MLRunInternalLabels
from mlrun.common.runtimes.constants import MPIJobCRDVersions

from igz_runtime.cluster.workloads import KEYS, UNPROFILED
from igz_runtime.functions.kinds import traits


@pytest.mark.parametrize(
    "name",
    [
        *("mlrun_class", "project", "function", "tag", "task_name", "spark_role", "mpi_job_role"),
        *("dask_component", "dask_cluster_name", "nuclio_class", "nuclio_project_name", "nuclio_function_name"),
    ],
)
def test_the_table_of_labels_asks_for_mlruns(name: str) -> None:
    assert getattr(MLRunInternalLabels, name) in KEYS


def test_the_roles_of_an_mpi_job_are_told_by_its_operators_label() -> None:
    key = MPIJobCRDVersions.role_label_by_version(MPIJobCRDVersions.v1)
    assert [each.label for each in traits("mpijob").roles] == [(key, "worker"), (key, "launcher")]


def test_the_servers_own_jobs_are_told_by_mlruns_label() -> None:
    """Those of this MLRun: earlier ones know fewer of them."""
    (own, _), *_ = UNPROFILED
    jobs = {value for name, value in vars(constants).items() if name.startswith("JOB_TYPE_")}

    assert own.key == MLRunInternalLabels.job_type
    assert jobs <= set(own.values or ())

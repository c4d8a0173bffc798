"""`igz-runtime audit --every --metrics`: reads again and again, serves what it found, and ends when it is told to."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.cli import audit_serving, main
from igz_runtime.cli.audit_over_time import Address, Repeated, repeated
from igz_runtime.cli.audit_serving import serve
from igz_runtime.cluster import Cluster
from igz_runtime.errors import ClusterUnreachable, InvalidValue
from tests.clusters import audited
from tests.serving import Served, saved, served, until

REPORTS = ("formats", "outputs", "compare", "save", "baseline", "write_baseline", "fail_on")


def asked(every: str | None, metrics: str | None, **options: object) -> Repeated | None:
    """What the options ask for."""
    return repeated({**dict.fromkeys(REPORTS), "every": every, "metrics": metrics, **options})


UP, READS, FAILURES = "up", "reads_total", "read_failures_total"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    saved(tmp_path / "cluster.json")
    return tmp_path / "cluster.json"


@pytest.fixture
def running(tmp_path: Path, file: Path) -> Iterator[Served]:
    with served(tmp_path, "--cluster", str(file)) as command:
        yield command


def test_it_reads_again_and_again_and_serves_what_it_found(running: Served) -> None:
    metrics = running.until(READS, lambda reads: reads >= 3)

    assert (metrics[UP], metrics[FAILURES], metrics["interval_seconds"]) == (1, 0, 1)
    assert metrics['group_nodes{group="jobs"}'] == 11
    assert metrics["read_duration_seconds"] < 1
    assert metrics["read_timestamp_seconds"] == 1795850100


def test_it_answers_what_a_kubelet_and_a_browser_ask_for(running: Served) -> None:
    assert running.answer("/-/healthy") == (200, "healthy\n")
    assert running.answer("/metrics", "HEAD") == (200, "")
    assert running.answer("/metrics?name[]=x")[0] == 200
    assert running.answer("/") == (404, "there are /metrics and /-/healthy\n")
    assert running.answer("/metrics", "POST")[0] == 501


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=lambda told: told.name)
def test_it_ends_cleanly_when_it_is_told_to(running: Served, told: signal.Signals) -> None:
    running.until(READS, lambda reads: reads >= 1)

    running.process.send_signal(told)

    assert running.ended() == 0
    assert "Traceback" not in running.said


def test_it_ends_cleanly_in_the_midst_of_a_reading(tmp_path: Path) -> None:
    """What it reads is a pipe that nobody writes to."""
    os.mkfifo(tmp_path / "cluster.json")

    with served(tmp_path, "--cluster", str(tmp_path / "cluster.json")) as command:
        assert command.metrics()[UP] == 0
        command.process.terminate()

        assert command.ended() == 0


def test_a_reading_that_fails_leaves_the_last_good_metrics_and_is_counted(running: Served, file: Path) -> None:
    good, written = running.until(READS, lambda reads: reads >= 1), file.read_text()

    file.write_text("{")
    failed = running.until(FAILURES, lambda failures: failures >= 2)
    file.write_text(written)
    again = running.until(UP, lambda up: up == 1)

    assert failed[UP] == 0
    assert {name: failed[name] for name in good if name.startswith("group_")} == {
        name: value for name, value in good.items() if name.startswith("group_")
    }
    assert again[FAILURES] == failed[FAILURES]
    assert f"reading failed: {file}:" in running.said


def test_a_configuration_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    with served(tmp_path, "--cluster", "missing.json") as command:
        assert command.ended() == 2

    assert "missing.json" in command.said


def test_an_address_that_is_taken_is_said(file: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = Address("127.0.0.1", taken.getsockname()[1])

        with pytest.raises(ValueError, match=rf"--metrics {address}: cannot listen there: Address already in use"):
            serve(lambda: audit_cluster(Cluster.load(file)), Repeated(1, address))


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6 here")
def test_without_a_host_it_answers_at_every_address_old_and_new() -> None:
    state = audit_serving._State(60)

    with audit_serving._listening(Address("", 0), state) as address:
        answers = []
        for host in ("127.0.0.1", "::1"):
            with closing(socket.create_connection((host, address.port))) as client:
                client.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
                answers.append(client.makefile("rb").readline())

    assert answers == [b"HTTP/1.0 200 OK\r\n"] * 2


def test_readings_do_not_overlap_and_late_ones_are_left_out() -> None:
    times: list[tuple[float, float]] = []

    def slow() -> Audit:
        began = time.monotonic()
        time.sleep(0.15)
        times.append((began, time.monotonic()))
        if len(times) == 5:
            signal.raise_signal(signal.SIGTERM)
        return audited(3)

    handler = signal.getsignal(signal.SIGTERM)

    assert serve(slow, Repeated(0.1, Address("127.0.0.1", 0))) == 0
    assert len(times) == 5
    assert all(ended <= began for (_, ended), (began, _) in itertools.pairwise(times))
    assert signal.getsignal(signal.SIGTERM) is handler
    until(lambda: not any("serve_forever" in thread.name for thread in threading.enumerate()))


def test_a_defect_is_counted_too_and_named_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    state = audit_serving._State(60)

    def broken() -> Audit:
        raise LookupError("s3cret")

    state.read(broken)

    assert "igz_runtime_audit_read_failures_total 1" in state.metrics
    said = capsys.readouterr().err
    assert "reading failed: LookupError in tests.unit.cli.test_audit_serving" in said or "LookupError" in said
    assert "s3cret" not in said


def test_a_cluster_that_no_server_answers_for_does_not_end_the_first_reading() -> None:
    state = audit_serving._State(60)

    def unreachable() -> Audit:
        raise ClusterUnreachable("nothing answers at this address")

    state.read(unreachable)

    assert "igz_runtime_audit_up 0\n" in state.metrics
    assert "igz_runtime_audit_findings" not in state.metrics


def test_a_reading_that_is_stuck_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    state = audit_serving._State(60)
    state.read(lambda: audited(3))
    now = time.monotonic()

    monkeypatch.setattr(time, "monotonic", lambda: now + 600)
    assert state.healthy
    monkeypatch.setattr(time, "monotonic", lambda: now + 700)
    assert not state.healthy


def test_memory_does_not_grow(file: Path) -> None:
    state = audit_serving._State(60)

    def read(times: int) -> int:
        for _ in range(times):
            state.read(lambda: audit_cluster(Cluster.load(file)))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    read(5)
    tracemalloc.start()
    try:
        before = read(5)
        grown = read(100) - before
    finally:
        tracemalloc.stop()

    assert grown < 20_000


@pytest.mark.parametrize(
    ("metrics", "address"),
    [
        ("127.0.0.1:9108", Address("127.0.0.1", 9108)),
        ("[::1]:9108", Address("::1", 9108)),
        (":9108", Address("", 9108)),
        ("localhost:0", Address("localhost", 0)),
    ],
)
def test_an_address_is_a_host_and_a_port(metrics: str, address: Address) -> None:
    assert asked("90m", metrics) == Repeated(5400, address)
    assert str(address) == metrics


@pytest.mark.parametrize("metrics", ["9108", "127.0.0.1", "::1:9108", "127.0.0.1:99999", "127.0.0.1:http", "h:-1"])
def test_what_is_no_address_is_refused(metrics: str) -> None:
    with pytest.raises(click.UsageError, match="write HOST:PORT"):
        asked("1h", metrics)


@pytest.mark.parametrize(
    ("every", "says"),
    [("1", "one number with one unit"), ("0s", "one number"), ("1h 30m", "write '90m'"), ("31d", "longer than 30d")],
)
def test_what_is_no_duration_is_refused(every: str, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        asked(every, "127.0.0.1:9108")


def test_one_option_needs_the_other() -> None:
    assert asked(None, None) is None
    with pytest.raises(click.UsageError, match="--every needs --metrics"):
        asked("1h", None)
    with pytest.raises(click.UsageError, match="--metrics needs --every"):
        asked(None, "127.0.0.1:9108")


def test_a_report_is_not_written_beside_it() -> None:
    with pytest.raises(click.UsageError, match="leave out --compare"):
        asked("1h", "127.0.0.1:9108", compare="before.json")


@pytest.mark.parametrize("name", ["access", "alerts", "cronjob", "dashboard", "deployment"])
def test_what_is_shipped_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--print", name]) == 0

    assert "igz" in capsys.readouterr().out

"""What the functions compute, on the customers in `data/`."""

import csv
import threading
import urllib.request
from http.server import HTTPServer
from pathlib import Path

import mlrun
import portal
import pytest
from prepare import prepare
from score import score
from train import train

CUSTOMERS = Path(__file__).parents[1] / "data" / "customers.csv"


def item(path: Path) -> mlrun.DataItem:
    return mlrun.get_dataitem(str(path))


@pytest.fixture
def features(context: mlrun.MLClientCtx, tmp_path: Path) -> Path:
    prepare(context, item(CUSTOMERS))
    return next(tmp_path.rglob("features.csv"))


@pytest.fixture
def model(context: mlrun.MLClientCtx, features: Path, tmp_path: Path) -> Path:
    train(context, item(features), learning_rate=0.5, epochs=50)
    return next(tmp_path.rglob("model.json")).parent


@pytest.fixture
def scores(context: mlrun.MLClientCtx, features: Path, model: Path, tmp_path: Path) -> Path:
    score(context, item(features), item(model))
    return next(tmp_path.rglob("scores.csv"))


def test_incomplete_rows_go_and_every_column_is_scaled(context: mlrun.MLClientCtx, features: Path) -> None:
    rows = list(csv.DictReader(features.open()))

    assert context.results["rows"] == len(rows) == 58
    assert {min(float(row["calls"]) for row in rows), max(float(row["calls"]) for row in rows)} == {0.0, 1.0}


def test_training_learns(context: mlrun.MLClientCtx, model: Path) -> None:
    assert model.is_dir()
    assert context.results["accuracy"] > 0.8


def test_who_leaves_gets_a_higher_score(features: Path, scores: Path) -> None:
    left = {row["customer"]: row["left"] == "1" for row in csv.DictReader(features.open())}
    scored = {row["customer"]: float(row["probability"]) for row in csv.DictReader(scores.open())}

    means = [
        sum(value for name, value in scored.items() if left[name] is gone) / sum(each is gone for each in left.values())
        for gone in (True, False)
    ]
    assert scored.keys() == left.keys()
    assert means[0] > means[1] + 0.3


def test_the_endpoint_answers_as_batch_scoring_does(model: Path, features: Path, scores: Path) -> None:
    function = mlrun.new_function("model-server", kind="serving")
    function.add_model("churn", model_path=str(model), class_name="serve.ChurnModel")
    row = next(csv.DictReader(features.open()))
    point = [float(row[column]) for column in ("tenure", "calls", "charge")]

    answer = function.to_mock_server().test("/v2/models/churn/infer", {"inputs": [point]})

    expected = next(csv.DictReader(scores.open()))["probability"]
    assert answer["outputs"][0] == pytest.approx(float(expected), abs=1e-4)


def test_the_portal_shows_the_likeliest_first(scores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCORES", str(scores))
    server = HTTPServer(("127.0.0.1", 0), portal.Portal)
    threading.Thread(target=server.handle_request).start()

    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
        page = answer.read().decode()

    server.server_close()
    rows = sorted(csv.DictReader(scores.open()), key=lambda row: float(row["probability"]), reverse=True)
    assert f"<tr><td>{rows[0]['customer']}<td>" in page
    assert page.index(rows[0]["customer"]) < page.index(rows[9]["customer"])
    assert rows[10]["customer"] not in page

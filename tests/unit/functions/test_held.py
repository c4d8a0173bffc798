"""What a document held is put back into the same mappings and lists."""

from __future__ import annotations

import io
from typing import Any

import pytest
from ruamel.yaml import YAML

from igz_runtime.errors import WriteFailed
from igz_runtime.functions import adapter_for
from igz_runtime.planning.write import write_whole

JOB = """\
kind: job
metadata: {name: etl}
spec:
  image: x  # pinned
  node_selector:
    # where
    zone: a
"""


@pytest.mark.parametrize("make", [lambda: YAML().load(JOB), lambda: YAML(typ="safe").load(JOB)], ids=["YAML", "plain"])
def test_a_document_that_cannot_be_written_stays_the_same_objects(make: Any) -> None:
    document = make()
    spec, selector, adapter = document["spec"], document["spec"]["node_selector"], adapter_for(document)
    before = adapter.read()
    (role,) = before.roles
    wanted = before.but(roles=(role.but(node_selector={"zone": "b"}, priority_class="high", target_cpu=7),))

    with pytest.raises(WriteFailed, match="target_cpu was not kept as written"):
        write_whole(adapter, before, wanted)

    assert document["spec"] is spec
    assert spec["node_selector"] is selector
    assert list(spec.items()) == [("image", "x"), ("node_selector", {"zone": "a"})]
    assert _text(document) == _text(make())


def _text(document: Any) -> str:
    stream = io.StringIO()
    YAML().dump(document, stream)
    return stream.getvalue()

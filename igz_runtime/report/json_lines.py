"""JSON with every item of the outer levels on a line of its own, which is quick to write, to search and to compare."""

from __future__ import annotations

from typing import Any

from igz_runtime.messages import json_text


def laid_out(value: Any, depth: int, inset: str = "") -> str:
    """Plain data as JSON, of which only what can be printed anywhere is written.

    Args:
        value: what is written.
        depth: how many levels are spread over lines.
        inset: the blanks before the line that the value begins in.
    """
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return json_text(value)
    inner = f"{inset}  "
    if isinstance(value, dict):
        items = [f"{json_text(key)}: {laid_out(item, depth - 1, inner)}" for key, item in value.items()]
        return f"{{\n{inner}" + f",\n{inner}".join(items) + f"\n{inset}}}"
    return f"[\n{inner}" + f",\n{inner}".join(laid_out(item, depth - 1, inner) for item in value) + f"\n{inset}]"

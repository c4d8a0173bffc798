"""Random amounts of resources, often on either side of what the random nodes offer, however they are spelled."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, Final

Plain = dict[str, Any]

SIZES: Final[dict[str, tuple[str, ...]]] = {
    "cpu": ("3920m", "15890m", "64", "2"),
    "memory": ("60Gi", "250Gi", "16000000k", "2147483648", "1.5Gi"),
    "ephemeral-storage": ("100G", "1Ti"),
    "nvidia.com/gpu": ("1", "8", "0"),
    "pods": ("110",),
}
"""What nodes offer."""

_UNITS: Final = {"cpu": Decimal("0.001"), "memory": Decimal(1), "ephemeral-storage": Decimal(1)}
_FACTORS: Final[dict[str, Decimal | int]] = {
    "": 1, "m": Decimal("0.001"), "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30,
    "e3": 10**3, "e-3": Decimal("0.001"), "E-3": Decimal("0.001"),
}  # fmt: skip
_SUFFIXES: Final[dict[str, Decimal | int]] = {"m": Decimal("0.001"), "k": 10**3, "G": 10**9, "Ti": 2**40, "Gi": 2**30}
_ODD: Final[dict[str, tuple[str, ...]]] = {
    "cpu": ("100m", "1", "1000m", "0.0005", "0", "1e3", "1E", "10E", "1e30", "999999999999", "1e12", "2500e-3"),
    "memory": (
        *("1Gi", "1024Mi", "512Mi", "0", "512m", "1500m", "1e9", "1.5e9", "2000e-3", "8E", "10E", "1e30"),
        *("9223372036854775807", "9223372036854775806.5", "1P", "999999999999999", "9875Ki", "1.0005Ki"),
    ),
}  # fmt: skip


def offered(pick: random.Random) -> Plain:
    """What a node offers; nothing: not known."""
    if pick.random() < 0.1:
        return {}
    return {name: pick.choice(sizes) for name, sizes in SIZES.items() if pick.random() < 0.75}


def asked(pick: random.Random) -> Plain:
    """What a container asks for."""
    limits: Plain = {}
    requests: Plain = {}
    for name in ("cpu", "memory"):
        choices, way = (_amount(pick, name), _amount(pick, name)), pick.random()
        if way < 0.5:
            limits[name] = requests[name] = choices[0]
        elif way < 0.7:
            limits[name] = choices[0]
        elif way < 0.9:
            requests[name] = choices[0]
        elif way < 0.95:
            requests[name], limits[name] = choices
    if pick.random() < 0.05:
        requests["ephemeral-storage"] = pick.choice(("99G", "1Ti", "100000000001", "2Ti"))
    if pick.random() < 0.25:
        limits[pick.choice(("nvidia.com/gpu", "habana.ai/gaudi"))] = pick.choice(("1", "2", "0", "8", "9", "4e0"))
    return {"requests": requests, "limits": limits}


def _amount(pick: random.Random, name: str) -> str:
    """A small amount, an odd one, or one near the size of a node: a whole one, a part of it, one more, one less."""
    way = pick.random()
    if way < 0.55:
        return pick.choice(("100m", "1", "500m") if name == "cpu" else ("1Gi", "1024Mi", "512Mi"))
    if way < 0.65:
        return pick.choice(_ODD[name])
    size = _number(pick.choice(SIZES[name])) / pick.choice((1, 1, 1, 2, 3))
    number = size + _UNITS[name] * pick.choice((0, 0, 1, -1, 1000, -1000, Decimal("0.5")))
    fitting = [suffix for suffix, factor in _FACTORS.items() if number % factor == 0]
    suffix = pick.choice(fitting or ["m"])
    return f"{(number / _FACTORS[suffix]).to_integral_value():f}{suffix}"


def _number(text: str) -> Decimal:
    for suffix, factor in _SUFFIXES.items():
        if text.endswith(suffix):
            return Decimal(text.removesuffix(suffix)) * factor
    return Decimal(text)

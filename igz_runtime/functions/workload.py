"""What a function does, as far as placement cares, and what a function says about it without being asked.

Source: "Avoid running any stateful applications (e.g. training job, Spark job) on spot instances."
(Iguazio, Best Practices, Spot vs. On-demand Usage)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from igz_runtime.cached import by_short_text
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.annotations import LABEL, WORKLOAD
from igz_runtime.functions.code import NO_CODE, evidence_of_code
from igz_runtime.functions.durations import require_duration
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.messages import shown

if TYPE_CHECKING:
    from igz_runtime.code.evidence import CodeEvidence

Ground = Literal["kind", "declaration", "evidence", "nothing"]


@dataclass(frozen=True, slots=True)
class Workload:
    """What a person declares about a function's work. What is left out is read off the function, or not claimed.

    Attributes:
        stateful: True for training and everything that loses work when its pod is removed; None: look at the evidence.
        mission_critical: must be operational at all times.
        restartable: something restarts it after an eviction: `retry=` on the run, `set_retry` on the step, a
            schedule, or the caller.
        duration: how long a run may take, such as `30h`; None: not said.
    """

    stateful: bool | None = None
    mission_critical: bool = False
    restartable: bool = False
    duration: str | None = None

    def __post_init__(self) -> None:
        for name in DECLARATIONS:
            value = getattr(self, name)
            if name == "duration":
                if value is not None:
                    require_duration(value, what="workload: duration", example="'30h'")
            elif not isinstance(value, bool) and (name != "stateful" or value is not None):
                raise InvalidValue(f"workload: {name} is {shown(value)}, and True or False is required")

    @classmethod
    def of(cls, declared: Workload | Mapping[str, Any] | str | None) -> Workload:
        """A workload from one word (`stateless`, `stateful`, `mission-critical`), or from its fields as a mapping.

        Raises:
            InvalidValue: another word or field.

        >>> Workload.of("stateless")
        Workload(stateful=False, mission_critical=False, restartable=False, duration=None)
        """
        if declared is None:
            return UNDECLARED
        if isinstance(declared, Workload):
            return declared
        if isinstance(declared, str) and declared in _WORDS:
            return _WORDS[declared]
        if isinstance(declared, Mapping) and set(declared) <= set(DECLARATIONS):
            return cls(**declared)
        raise InvalidValue(f"workload: {declared!r} is not one of {', '.join(map(repr, _WORDS))}; or give Workload(…)")

    @property
    def word(self) -> str | None:
        """Whether the work was declared `stateful` or `stateless`; None where neither was."""
        return None if self.stateful is None else "stateful" if self.stateful else "stateless"

    def without(self, refused: Collection[str]) -> Workload:
        """The same without what does not count, of `ONE_SIDED`.

        >>> Workload(stateful=False, restartable=True).without(("stateless",))
        Workload(stateful=None, mission_critical=False, restartable=True, duration=None)
        """
        if not refused:
            return self
        stateful = None if self.word in refused else self.stateful
        return replace(self, stateful=stateful, restartable=self.restartable and "restartable" not in refused)

    @property
    def stated(self) -> dict[str, Any]:
        """What was declared, as plain data."""
        declared = {name: getattr(self, name) for name in DECLARATIONS}
        return {name: value for name, value in declared.items() if value or (name == "stateful" and value is not None)}


HIGHLY_AVAILABLE: Final = 2
"""The least number of pods of a service that must stay up.

Source: "A minimum of 2 instances are required for high availability." (Iguazio, Best Practices)
"""

DECLARATIONS: Final = tuple(each.name for each in fields(Workload))
ONE_SIDED: Final = ("stateless", "restartable")
"""What is declared in one's own favour: it takes findings away. What else may be declared only brings some."""
UNDECLARED = Workload()
_WORDS = {
    "stateless": Workload(stateful=False),
    "stateful": Workload(stateful=True),
    "mission-critical": Workload(mission_critical=True),
}


class Nature(NamedTuple):
    """Whether a function is stateful, and how that is known.

    Attributes:
        stateful: the verdict.
        ground: `kind`: stateful by nature; `declaration`; `evidence`; or `nothing` that says so.
        reason: what was seen, for messages.
    """

    stateful: bool
    ground: Ground
    reason: str = ""


STATELESS = Nature(stateful=False, ground="nothing")


def nature_of(function: Function, declared: Workload) -> Nature:
    """Whether the function is stateful: by its kind, else as declared, else as its label says, else by evidence.

    A declaration is what a person knows, and code does not tell: whether what the work keeps may be lost. So it goes
    before what the code does, unless the platform does not let it count.
    """
    if traits(function.kind).stateful:
        return Nature(stateful=True, ground="kind", reason=f"kind {function.kind!r} is stateful by nature")
    if declared.stateful is not None:
        return Nature(stateful=declared.stateful, ground="declaration", reason=f"declared {declared.word}")
    if function.workload in ("stateful", "stateless") and function.workload not in function.evidence.undeclarable:
        said = f"its label {WORKLOAD} says {function.workload}"
        return Nature(stateful=function.workload == "stateful", ground="declaration", reason=said)
    return _by_evidence(function)


def _by_evidence(function: Function) -> Nature:
    """By what the code does, else by a volume that is written, else by names where not all of the code is known.

    What the code writes to a volume is not read, so that the volume counts either way.
    """
    code = code_of(function)
    if code is not None and code.trains:
        return Nature(stateful=True, ground="evidence", reason=f"its code trains: {code.trains[0]}")
    words = evidence_of_state(function.name, function.evidence, service=traits(function.kind).service)
    if words and not (code and code.whole):
        return Nature(stateful=True, ground="evidence", reason=words)
    if function.evidence.volumes:
        written = f"it writes to the persistent volume {function.evidence.volumes[0]!r}"
        return Nature(stateful=True, ground="evidence", reason=written)
    if words:
        return Nature(stateful=False, ground="evidence", reason=f"its code does not train, although {words}")
    return STATELESS


def code_of(function: Function) -> CodeEvidence | None:
    """What the function's code does; None where it has none that can be read."""
    evidence = function.evidence
    if evidence.code is NO_CODE:
        return None
    handlers = dict.fromkeys(filter(None, (evidence.handler, *evidence.runs)))
    return evidence_of_code(evidence.code, tuple(handlers))


_TRAINING_WORDS: Final = ("train", "trainer", "training", "fit", "tuning")
_TRAINING_PAIRS: Final = (("(re|pre)", "(train|training)"), ("fine", "(tune|tuning)"))
"""Words that say training, and pairs of them: as one word, in camel case, or with anything but letters between them."""
_TRAINING_CATEGORIES = frozenset({"model-training", "training", "model-tuning"})
FRAMEWORK_LABELS = frozenset(
    {
        *("sklearn", "scikit-learn", "xgboost", "lgbm", "lightgbm", "catboost", "statsmodels"),
        *("tensorflow", "keras", "tf.keras", "pytorch", "torch", "jax", "horovod", "transformers"),
    }
)
_TRAINING_FRAMEWORKS = (
    *("horovod", "deepspeed", "torchrun", "lightning", "accelerate", "xgboost-ray", "axolotl", "unsloth", "torchtune"),
    *("colossalai", "megatron", "llama-?factory", "autotrain"),
)
_PROGRAMS: Final = (".py", ".sh", ".ipynb", ".r")


def evidence_of_state(name: str, evidence: Evidence, *, service: bool = False) -> str:
    """What in a function's words says that it is stateful; empty where nothing does.

    Args:
        name: the function's name.
        evidence: what else it says.
        service: whether it is kept running: labels of a service tell which model it serves.

    >>> evidence_of_state("trainer", Evidence(handler="handler"))
    "its name 'trainer' says training"
    """
    if _says_training(evidence.handler):
        return f"its handler {evidence.handler!r} says training"
    for handler in filter(_says_training, evidence.runs):
        return f"it is run with the handler {handler!r}, which says training"
    if _says_training(name):
        return f"its name {name!r} says training"
    for category in evidence.categories:
        if category in _TRAINING_CATEGORIES:
            return f"its category {category!r} says training"
    for key, value in () if service else evidence.labels.items():
        if label_says_training(key, value):
            return f"its label {key}={value} says training"
    program = _training_program(evidence.command) if evidence.command else ""
    if program:
        return f"its command runs {program!r}, which says training"
    return _state_of_image(evidence, service=service)


def _state_of_image(evidence: Evidence, *, service: bool) -> str:
    """What in a function's images, and in what they are built with, says that it is stateful."""
    images = tuple(filter(None, (evidence.image, evidence.base_image)))
    framework = _framework_in((*evidence.requirements, *images))
    if framework:
        return f"the training framework {framework!r} is among its packages or in its image"
    for image in () if service else images:
        if _says_training(image.rpartition("/")[2].partition("@")[0]):
            return f"its image {image!r} says training"
    return ""


def label_says_training(key: str, value: str) -> bool:
    """Whether a label of a function says that it trains; ours say nothing of what it does."""
    of_framework = key == "framework" and value.lower() in FRAMEWORK_LABELS
    return key not in (LABEL, WORKLOAD) and (of_framework or key == "trainer" or _says_training(value))


def _framework_in(packages: Iterable[str]) -> str | None:
    """The training framework among package names and images, as a word of its own."""
    found = re.search(rf"(?<![a-z])({'|'.join(_TRAINING_FRAMEWORKS)})(?![a-z])", "\n".join(packages).lower())
    return found and found[1]


@by_short_text(1024)
def _training_program(command: str) -> str:
    """The program that trains among those that a command runs: a launcher, or a file or module whose name says it."""
    from igz_runtime.code.evidence.names import launched

    if launcher := launched(command.lower()):
        return launcher
    words = re.findall(r"[^\s'\"]+", command)
    for before, word in pairwise(("-m", *words)):
        name = str(word).rpartition("/")[2]
        if (before == "-m" or name.lower().endswith(_PROGRAMS)) and _says_training(name):
            return name
    return ""


@by_short_text(1024)
def _says_training(text: str) -> bool:
    return bool(_SAYS_TRAINING.search(text))


def _words(pattern: str) -> tuple[str, str, str]:
    """Words in lower case, capitalised, and in capitals."""
    return pattern, re.sub(r"(^|[(|])([a-z])", lambda found: found[1] + found[2].upper(), pattern), pattern.upper()


def _patterns() -> Iterator[str]:
    """What says training, in expressions of RE2, by which admission policies read the same names.

    A word ends where no small letter follows; in capitals also before a capital that begins one.
    """
    ends, ends_in_capitals = "([^a-z]|$)", "([^A-Za-z]|[A-Z][a-z]|$)"
    small, first, capitals = _words(f"({'|'.join(_TRAINING_WORDS)})")
    yield f"((^|[^A-Za-z]){small}|{first}){ends}"
    yield f"(^|[^A-Z]){capitals}{ends_in_capitals}"
    for one, other in _TRAINING_PAIRS:
        small, first, capitals = _words(other)
        parted = f"({first}{ends}|{capitals}{ends_in_capitals})"
        begun, begun_first, begun_in_capitals = _words(one)
        yield f"((^|[^A-Za-z]){begun}|{begun_first})[^A-Za-z]*({small}{ends}|{parted})"
        yield f"(^|[^A-Z]){begun_in_capitals}([^A-Za-z]*{parted}|[^A-Za-z]+{small}{ends})"


SAYS_TRAINING: Final = "|".join(_patterns())
"""An expression of RE2 that finds training in a name."""
_SAYS_TRAINING: Final = re.compile(SAYS_TRAINING)

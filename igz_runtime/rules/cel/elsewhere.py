"""Why rules are not asked at admission, as reasons that several of them share."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import NotAtAdmission

BY_KUBERNETES: Final = NotAtAdmission("Kubernetes refuses it by itself")
BY_NUCLIO: Final = NotAtAdmission("Nuclio refuses it by itself")
OF_QUANTITY: Final = NotAtAdmission(
    "Kubernetes refuses by itself what is not a quantity, and what is much too small or too large shows at once"
)
OF_MODE: Final = NotAtAdmission(
    "it is about what a preemption mode does, and the mode is on the function, not on its pods"
)
OF_RUN: Final = NotAtAdmission("what restarts or ends a run is a setting of the run, and is not on its pod")
OF_CODE: Final = NotAtAdmission("it reads the function's code, which is not on its pods")
OF_RECORD: Final = NotAtAdmission("it reads the record of the applied profile, which is JSON, and CEL cannot read that")
AS_ASKED: Final = NotAtAdmission("a pod does not tell what was asked for from what the platform filled in")
ADVICE: Final = NotAtAdmission("it only advises, and a warning at admission is of something that has to be changed")
HELPERS: Final = NotAtAdmission("what it finds is the platform's, and no change of the pod that is refused would help")
OF_SEVERAL: Final = NotAtAdmission("it adds up the functions of a project, and admission sees one object at a time")
OF_FILES: Final = NotAtAdmission("it is about a file, and not about an object of the cluster")
AS_IT_IS: Final = NotAtAdmission("it is about a cluster as it is now: an audit asks it")
OF_TWO: Final = NotAtAdmission("it compares two clusters")


def before(rule_id: str) -> NotAtAdmission:
    """That another rule is asked at admission, of what may come to what this one finds."""
    return NotAtAdmission(f"it is about pods that run already: {rule_id} is asked before they do")

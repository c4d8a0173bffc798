"""The code of the function that scores."""

from typing import Any


def handler(context: Any, event: Any) -> Any:
    """Score one customer."""
    context.logger.debug_with("scoring", body=event.body)
    return {"churn": 0.5}

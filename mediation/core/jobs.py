"""Work for later. The row is part of the caller's transaction, so it rolls back with it."""

from importlib import import_module

from django_tasks.base import Task


def enqueue(name: str, **arguments: str) -> None:
    """Queue task `app.function` with string arguments (ids). Resolved by name, so that a lower
    app can ask an upper one for work without importing it.
    """
    find_task(name).enqueue(**arguments)


def find_task(name: str) -> Task[..., None]:
    """The task behind `app.function`; raises LookupError for a name nobody defines."""
    app, _, function = name.partition(".")
    try:
        found = getattr(import_module(f"mediation.{app}.tasks"), function)
    except (ImportError, AttributeError) as error:
        raise LookupError(name) from error
    if not isinstance(found, Task):
        raise LookupError(name)
    return found

from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Task:
    """One row of components/_task_list.html. Without `url` it cannot be started yet."""

    title: Text
    status: Text
    tone: str
    url: str = ""
    hint: Text = ""

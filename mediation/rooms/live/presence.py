import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from uuid import UUID


class Presence:
    """Who is connected to a case, in this process or another.

    Presence is told per case and never per room: that the mediator went from the joint room to a
    caucus must not show. For the same reason somebody is told as away only after a pause, longer
    than it takes to go from one room's page to another's.
    """

    def __init__(self, announce: Callable[[UUID], None], grace_seconds: float) -> None:
        self._announce = announce
        self._grace = grace_seconds
        self._here: defaultdict[UUID, Counter[UUID]] = defaultdict(Counter)
        self._going: dict[tuple[UUID, UUID], asyncio.TimerHandle] = {}
        self._elsewhere: dict[UUID, dict[str, set[UUID]]] = {}

    def here(self, case: UUID) -> set[UUID]:
        """Those connected to this process, or only just gone."""
        return set(self._here[case]) if case in self._here else set()

    def present(self, case: UUID) -> set[UUID]:
        return self.here(case).union(*self._elsewhere.get(case, {}).values())

    def is_elsewhere(self, case: UUID) -> bool:
        """Whether another process has somebody of this case."""
        return case in self._elsewhere

    def cases(self) -> list[UUID]:
        return list(self._here)

    def come(self, case: UUID, participant: UUID) -> None:
        timer = self._going.pop((case, participant), None)
        if timer is not None:
            timer.cancel()  # they were still counted
            return
        self._here[case][participant] += 1
        if self._here[case][participant] == 1:
            self._announce(case)

    def go(self, case: UUID, participant: UUID) -> None:
        """One socket less. The last one counts for a little longer."""
        if self._here[case][participant] > 1:
            self._here[case][participant] -= 1
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._grace, self._gone, case, participant)
        self._going[case, participant] = timer

    def _gone(self, case: UUID, participant: UUID) -> None:
        del self._going[case, participant]
        del self._here[case][participant]
        if not self._here[case]:
            del self._here[case]
        self._announce(case)

    def hear(self, process: str, case: UUID, people: Iterable[UUID]) -> bool:
        """What another process said of its own connections; true when that changed anything."""
        before = self.present(case)
        said = self._elsewhere.setdefault(case, {})
        said[process] = set(people)
        if not said[process]:
            del said[process]
        if not said:
            del self._elsewhere[case]
        return self.present(case) != before

    def forget(self, process: str) -> Collection[UUID]:
        """Drop what a silent process said; returns the cases in which somebody went with it."""
        concerned = [case for case, said in self._elsewhere.items() if process in said]
        return [case for case in concerned if self.hear(process, case, ())]

    def stop(self) -> None:
        for timer in self._going.values():
            timer.cancel()

from collections import defaultdict
from collections.abc import Collection, Iterator
from uuid import UUID

from mediation.rooms.live.connection import Admission, Connection


class Sockets:
    """The open sockets of this process. Those of a person and of a case are found without looking
    at all of them, which at thousands took longer than everything else about coming and going.
    """

    def __init__(self) -> None:
        self._all: set[Connection] = set()
        self._by_person: defaultdict[UUID, set[Connection]] = defaultdict(set)
        self._by_case: defaultdict[UUID, set[Connection]] = defaultdict(set)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> None:
        self._all.add(connection)
        self._by_person[connection.user.pk].add(connection)

    def admit(self, connection: Connection, admission: Admission) -> None:
        """The socket hears its case from now on."""
        connection.admission = admission
        self._by_case[admission.case_id].add(connection)

    def discard(self, connection: Connection) -> None:
        self._all.discard(connection)
        _drop(self._by_person, connection.user.pk, connection)
        if connection.admission is not None:
            _drop(self._by_case, connection.admission.case_id, connection)

    def of_person(self, user_id: UUID) -> Collection[Connection]:
        return self._by_person.get(user_id, ())

    def in_case(self, case_id: UUID) -> Collection[Connection]:
        """The sockets that were let into the case."""
        return self._by_case.get(case_id, ())

    def has_person(self, user_id: UUID) -> bool:
        return user_id in self._by_person


def _drop(index: defaultdict[UUID, set[Connection]], key: UUID, connection: Connection) -> None:
    index[key].discard(connection)
    if not index[key]:
        del index[key]

import json
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Field, Lookup, UUIDField
from django.db.models.sql.compiler import SQLCompiler

ON_SQLITE = "{} IN (SELECT value FROM json_each(%s))"
Compiled = tuple[str, list[Any]]


@CharField.register_lookup
@UUIDField.register_lookup
class Among(Lookup[Any]):
    """`field__among=values`: what `in` finds, with all the values in one parameter.

    For lists of hundreds that are asked for again and again: `in` makes a parameter of each value,
    and building such a query took longer than running it. Values are as Python has them.
    """

    lookup_name = "among"
    lhs: Field[Any, Any]
    rhs: Any
    prepare_rhs = False

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Compiled:
        field, parameters = self.process_lhs(compiler, connection)
        return f"{field} = ANY(%s)", [*parameters, list(self.rhs)]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Compiled:
        field, parameters = self.process_lhs(compiler, connection)
        listed = json.dumps([one.hex if isinstance(one, UUID) else one for one in self.rhs])
        return ON_SQLITE.format(field), [*parameters, listed]

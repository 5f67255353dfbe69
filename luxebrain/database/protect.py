"""Row security as a migration operation: `op.protect_table(name)`, written by autogenerate for every new table that has a store_id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp, MigrationScript, UpgradeOps

from luxebrain.database.tenancy import UNPROTECTED

POLICIES = """
alter table {t} enable row level security;
alter table {t} force row level security;
create policy store on {t} to current_user using (store_id = (select current_setting('app.store_id')::bigint));
create policy everywhere on {t} to luxebrain_everywhere using (true);
"""


@Operations.register_operation("protect_table")
class ProtectTable(MigrateOperation):
    def __init__(self, table: str) -> None:
        self.table = table

    @classmethod
    def protect_table(cls, operations: Operations, table: str) -> Any:
        return operations.invoke(cls(table))


@Operations.implementation_for(ProtectTable)
def _protect(operations: Operations, operation: ProtectTable) -> None:
    operations.execute(POLICIES.format(t=operation.table))


@renderers.dispatch_for(ProtectTable)
def _render(_context: AutogenContext, operation: ProtectTable) -> str:
    return f"op.protect_table({operation.table!r})"


def protect_new_tables(_context: Any, _revision: Any, directives: Iterable[MigrationScript]) -> None:
    for script in directives:
        assert isinstance(script.upgrade_ops, UpgradeOps)
        planned: list[Any] = []
        for operation in script.upgrade_ops.ops:
            planned.append(operation)
            if isinstance(operation, CreateTableOp) and _is_per_store(operation):
                planned.append(ProtectTable(operation.table_name))
        script.upgrade_ops.ops = planned


def _is_per_store(operation: CreateTableOp) -> bool:
    return operation.table_name not in UNPROTECTED and any(getattr(column, "name", "") == "store_id" for column in operation.columns)

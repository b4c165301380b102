"""The types of a report's columns, as the plan notes them for the chunks and the merge. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from octavo.authoring.columns import Column
from octavo.data.column_types import ColumnType

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows


@dataclass(frozen=True)
class ColumnTypes:
    """The type of a column in the snapshot, and in the query; they differ where the snapshot has texts."""

    stored: ColumnType
    queried: ColumnType

    @property
    def shown(self) -> ColumnType:
        """The type as which a workbook shows the values: durations are durations again, other texts remain texts."""
        return self.queried if self.queried.name == "INTERVAL" else self.stored


def noted_types(rows: Rows) -> dict[str, Any]:
    """Return the types of all columns, as JSON."""
    return {name: [kind, rows.stored_as_text.get(name, kind)] for name, kind in rows.types.items()}


def types_of(columns: Sequence[Column], noted: Mapping[str, Any]) -> Iterator[ColumnTypes]:
    """Yield the types of the columns from what `noted_types` has noted."""
    for column in columns:
        yield ColumnTypes(*map(ColumnType.parse, noted[column.name]))

"""The query of GET /reports, and its cursors. Pure.

A cursor is a place in the caller's own list: a time and an ID, without an owner. A forged cursor, or another caller's,
leads to a place in one's own list. It is opaque nevertheless, so that clients do not construct cursors.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from octavo.errors import InvalidRequest, Problem
from octavo.lifecycle.report import ID_PATTERN, Position, Status
from octavo.lifecycle.timestamps import rfc3339

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class ListQuery(BaseModel):
    """The filters of a list, and where its page begins."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = Field(default=None, description="Only reports with this status.")
    type: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="Only reports of this type."
    )
    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        default=20, description="The largest number of reports in one answer. It has fewer if they are large."
    )
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="The `next_cursor` of the previous page."
    )

    @field_validator("limit", mode="before")
    @classmethod
    def plain_digits(cls, value: object) -> object:
        if isinstance(value, str) and not re.fullmatch("[0-9]{1,4}", value):
            raise ValueError("must be a whole number")
        return value

    @property
    def position(self) -> Position | None:
        return None if self.cursor is None else position_of(self.cursor)


def read_query(text: str) -> ListQuery:
    """Read the query string. Raises InvalidRequest for a parameter that is unknown, wrong or given twice."""
    given = parse_qsl(text, keep_blank_values=True)
    if twice := sorted(name for name, count in Counter(name for name, _ in given).items() if count > 1):
        raise InvalidRequest("Give each parameter of the query once.", (Problem(f"/{twice[0]}", "given twice"),))
    try:
        query = ListQuery.model_validate(dict(given))
    except ValidationError as error:
        problems = tuple(Problem.at(fault["loc"], fault["msg"]) for fault in error.errors())
        raise InvalidRequest(
            "Some parameters of the query are unknown or wrong; `errors` lists them.", problems
        ) from error
    if query.cursor is not None:
        position_of(query.cursor)
    return query


def cursor_of(position: Position) -> str:
    text = json.dumps([rfc3339(position.created_at), position.id])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Read a cursor. Raises InvalidRequest for one that `cursor_of` cannot have written."""
    try:
        time, report_id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if not (TIME.fullmatch(time) and re.fullmatch(ID_PATTERN, report_id)):
            raise ValueError
        return Position(datetime.fromisoformat(time), report_id)
    except (ValueError, TypeError, RecursionError):
        problem = Problem("/cursor", "not a cursor of this API: send next_cursor unchanged, or leave it out")
        raise InvalidRequest("The cursor is not valid.", (problem,)) from None

"""The HTTP contract as models: what submit and status take and give, and what the client reads.

Requests refuse fields they do not know; answers may grow, so the client's reading of them does not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from octavo.authoring.report_type import ReportType
from octavo.lifecycle.report import Report, Stage, Status

BODY_LIMIT_BYTES = 64 * 1024
POLL_AGAIN_S = 2  # the Retry-After of a RUNNING report

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ReportRequest(BaseModel):
    """The body of POST /reports."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Name = Field(description="The report type's name.", examples=["flights"])
    parameters: dict[str, Any] = Field(default_factory=dict, description="As the report type's JSON Schema says.")
    format: Name | None = Field(default=None, description="One of the type's formats; its first when left out.")
    max_age: Annotated[int, Field(ge=0, le=31_536_000)] | None = Field(
        default=None, description="How old, in seconds, a finished report may be to be used again."
    )
    force: bool = Field(default=False, description="Start a new run whatever exists.")


class ProgressView(BaseModel):
    """Rows and chunks planned (null before the plan) and done."""

    rows_total: int | None
    rows_done: int
    chunks_total: int | None
    chunks_done: int


class DocumentView(BaseModel):
    """The finished file and a link to it that lives minutes."""

    url: str
    url_expires_at: AwareDatetime
    filename: str
    media_type: str
    size_bytes: int
    rows: int
    pages: int | None = None
    crc32: str = Field(description="CRC-32 (IEEE) of the file, eight hex digits.")


class FailureView(BaseModel):
    """Why the report failed."""

    code: str
    message: str
    retryable: bool
    chunk: int | None = None


class LinksView(BaseModel):
    """Absolute addresses, built from the API's public one."""

    self: str
    document: str


class ReportView(BaseModel):
    """A report as the API shows it."""

    id: str
    type: str
    parameters: dict[str, Any]
    format: str
    status: Status
    stage: Stage | None
    progress: ProgressView
    deduplicated: bool
    fingerprint: str
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    deadline: AwareDatetime
    expires_at: AwareDatetime
    document: DocumentView | None
    error: FailureView | None
    links: LinksView


class ReportsView(BaseModel):
    """The caller's reports, newest first."""

    reports: list[ReportView]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last.")


class FaultView(BaseModel):
    """One fault of a request."""

    pointer: str = Field(description="Where it is, as a JSON pointer (RFC 6901).")
    detail: str


class ProblemView(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Which problem it is, for programs.")
    errors: list[FaultView] = Field(default_factory=list, description="Every fault of a request that is not valid.")


class ColumnView(BaseModel):
    """A column: its name in data formats, its title in print."""

    name: str
    title: str


class ReportTypeView(BaseModel):
    """What can be asked for."""

    name: str
    title: str
    description: str
    parameters: dict[str, Any] = Field(description="JSON Schema of the parameters.")
    columns: list[ColumnView]
    formats: list[str]
    max_rows: int
    max_age_s: int


class ReportTypesView(BaseModel):
    """Every report type, by name."""

    report_types: list[ReportTypeView]


def document_url(api_url: str, report_id: str) -> str:
    return f"{report_url(api_url, report_id)}/document"


def report_url(api_url: str, report_id: str) -> str:
    return f"{api_url}/reports/{report_id}"


def view_report(
    report: Report, *, api_url: str, deduplicated: bool = False, link: tuple[str, datetime] | None = None
) -> ReportView:
    """Show a report. `link` is the document's presigned address and when that ends; None without a document."""
    document = None
    if report.document and link:
        kept = report.document
        document = DocumentView(
            url=link[0],
            url_expires_at=link[1],
            filename=kept.filename,
            media_type=kept.media_type,
            size_bytes=kept.size_bytes,
            rows=kept.rows,
            pages=kept.pages,
            crc32=kept.crc32,
        )
    failure = report.failure
    return ReportView(
        id=report.id,
        type=report.type,
        parameters=dict(report.parameters),
        format=report.format,
        status=report.status,
        stage=report.stage,
        progress=ProgressView.model_validate(report.progress, from_attributes=True),
        deduplicated=deduplicated,
        fingerprint=report.fingerprint,
        created_at=report.created_at,
        finished_at=report.finished_at,
        deadline=report.deadline,
        expires_at=report.expires_at,
        document=document,
        error=FailureView.model_validate(failure, from_attributes=True) if failure else None,
        links=LinksView(self=report_url(api_url, report.id), document=document_url(api_url, report.id)),
    )


def view_report_type(report_type: type[ReportType]) -> ReportTypeView:
    """Show what can be asked of a report type."""
    return ReportTypeView(
        name=report_type.name,
        title=report_type.title,
        description=report_type.description,
        parameters=report_type.Parameters.model_json_schema(),
        columns=[ColumnView(name=column.name, title=column.title) for column in report_type.columns],
        formats=list(report_type.formats),
        max_rows=report_type.max_rows,
        max_age_s=report_type.max_age_s,
    )

"""The HTTP contract as models: the body of a request, and the bodies of all answers, as the client reads them.

A request with an unknown field is refused. Answers may get more fields, so reading them ignores unknown ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from octavo.authoring.report_type import ReportType
from octavo.formats import FORMATS
from octavo.lifecycle.report import Report, Stage, Status

BODY_LIMIT_BYTES = 64 * 1024
POLL_AGAIN_S = 2  # the Retry-After of a RUNNING report

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ReportRequest(BaseModel):
    """The body of POST /reports."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Name = Field(description="The report type's name.", examples=["flights"])
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="The parameters, as the report type's JSON Schema describes them."
    )
    format: Name | None = Field(default=None, description="One of the type's formats; the default is its first.")
    format_options: dict[str, Any] = Field(
        default_factory=dict, description="The options of the format; the report type's defaults for the others."
    )
    max_age: Annotated[int, Field(ge=0, le=31_536_000)] | None = Field(
        default=None, description="The greatest age, in seconds, of a finished report that may answer this request."
    )
    force: bool = Field(default=False, description="Start a new run even if an existing report could answer.")


class ProgressView(BaseModel):
    """Rows and chunks planned (null before the plan) and done."""

    rows_total: int | None
    rows_done: int
    chunks_total: int | None
    chunks_done: int


class DocumentView(BaseModel):
    """The finished file, and a link to it that works for some minutes."""

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
    """Absolute addresses, which begin with the API's public address."""

    self: str
    document: str


class ReportView(BaseModel):
    """A report as the API shows it."""

    id: str
    type: str
    parameters: dict[str, Any]
    format: str
    format_options: dict[str, Any] = Field(default_factory=dict, description="All options of the format.")
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
    next_cursor: str | None = Field(description="The `cursor` of the next page; null on the last page.")


class FaultView(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="What is wrong, as a JSON pointer (RFC 6901) into the request.")
    detail: str


class ProblemView(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="The kind of problem, for programs.")
    errors: list[FaultView] = Field(
        default_factory=list, description="Everything that is wrong with an invalid request."
    )


class ColumnView(BaseModel):
    """A column: its name in data formats, its title in print."""

    name: str
    title: str


class ReportTypeView(BaseModel):
    """A report type, and what can be requested of it."""

    name: str
    title: str
    description: str
    parameters: dict[str, Any] = Field(description="JSON Schema of the parameters.")
    columns: list[ColumnView]
    formats: list[str]
    format_options: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="JSON Schema of the options of each format."
    )
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
    """Show a report. `link` is the document's presigned address and when it expires; None without a document."""
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
        format_options=dict(report.format_options),
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
    """Show a report type."""
    return ReportTypeView(
        name=report_type.name,
        title=report_type.title,
        description=report_type.description,
        parameters=report_type.Parameters.model_json_schema(),
        columns=[ColumnView(name=column.name, title=column.title) for column in report_type.columns],
        formats=list(report_type.formats),
        format_options={name: options_schema(report_type, name) for name in report_type.formats},
        max_rows=report_type.max_rows,
        max_age_s=report_type.max_age_s,
    )


def options_schema(report_type: type[ReportType], format: str) -> dict[str, Any]:
    """Return the JSON Schema of the options of a format, with the report type's defaults."""
    schema = FORMATS[format].options.model_json_schema()
    usual = report_type.format_options.get(format)
    for name, value in (usual.model_dump(exclude_unset=True) if usual else {}).items():
        schema["properties"][name]["default"] = value
    return schema

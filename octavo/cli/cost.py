"""The command `cost`: estimate what reports cost, without a deployment and without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from octavo.cli.session import Session

if TYPE_CHECKING:
    from octavo.authoring.report_type import ReportType
    from octavo.operations.cost.estimate import Estimate

COST_EPILOG = """
Examples:

\b
  octavo cost flights --rows 1000000
  octavo cost flights --rows 1000000 --format pdf --per-day 100
  octavo cost sales --rows 500 --row-bytes 120 --per-day 10000 --json
  octavo cost --prices

NAME is a report type of the folder `reports` of this project. The seconds are
measured, but not on Lambda; docs/cost.md describes the model and its limits.
"""


def cost(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the report type.", show_default=False)
    ] = None,
    rows: Annotated[int, typer.Option(min=0, metavar="N", help="Rows of the report.")] = 1_000_000,
    format: Annotated[
        str | None,
        typer.Option("--format", "-f", metavar="FORMAT", help="Format of the document. Default: the type's first."),
    ] = None,
    per_day: Annotated[int, typer.Option(min=1, metavar="N", help="Such reports on each day.")] = 1,
    row_bytes: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="N", help="Bytes of a row in the document. Default: those of flights."),
    ] = None,
    prices: Annotated[bool, typer.Option("--prices", help="Show the list prices that the estimate assumes.")] = False,
) -> None:
    """Estimate what a report costs on AWS, in USD at list prices.

    The estimate needs neither a deployment nor credentials. It is an upper bound where something is not known: each
    report starts all its functions cold, and no free tier or discount applies.
    """
    session: Session = ctx.obj
    if prices:
        _put_prices(session)
        return
    if name is None:
        raise typer.BadParameter("Name a report type, or use --prices.", param_hint="NAME")
    from octavo.cli.bills import bill
    from octavo.formats import FORMATS
    from octavo.operations.cost.estimate import estimate
    from octavo.operations.cost.usage import usage_of

    report_type = _report_type(name)
    chosen = _format(report_type, format)
    if rows > report_type.max_rows:
        raise typer.BadParameter(f"'{name}' allows at most {report_type.max_rows:,} rows.", param_hint="--rows")
    chunk_rows = report_type.chunk_rows or FORMATS[chosen].chunk_rows
    found = estimate(usage_of(rows, chosen, chunk_rows, row_bytes))
    about = {"type": name, "format": chosen, "rows": rows, "per_day": per_day}
    session.put(about | _document(found, per_day), bill(f"{name} as {chosen}", rows, per_day, found))
    if report_type.draws_pages() and chosen == "pdf":
        session.note("This type draws its own pages, which takes longer than the table that the estimate assumes.")


def _report_type(name: str) -> type[ReportType]:
    from octavo.authoring.catalogue import PACKAGE, report_type_named

    try:
        return report_type_named(name)
    except ModuleNotFoundError as error:
        if error.name != PACKAGE:
            raise
        raise typer.BadParameter(
            f"There is no folder '{PACKAGE}' with report types here. Run the command in the folder of the project, in"
            " its virtual environment.",
            param_hint="NAME",
        ) from error


def _format(report_type: type[ReportType], format: str | None) -> str:
    from octavo.operations.cost import measured

    chosen = format or report_type.formats[0]
    if chosen not in report_type.formats:
        there_are = ", ".join(report_type.formats)
        raise typer.BadParameter(f"'{report_type.name}' offers {there_are}.", param_hint="--format")
    if chosen not in measured.FORMATS:
        there_are = ", ".join(measured.FORMATS)
        raise typer.BadParameter(
            f"The seconds of '{chosen}' have not been measured yet. Measured are: {there_are}.", param_hint="--format"
        )
    return chosen


def _document(found: Estimate, per_day: int) -> dict[str, Any]:
    from octavo.operations.cost.estimate import stack_month_usd

    lines = [
        {"item": line.item, "amount": line.amount, "unit": line.unit or None, "usd": line.usd} for line in found.lines
    ]
    usage = found.usage
    return {
        "chunks": usage.chunks,
        "document_bytes": round(usage.document_bytes),
        "seconds": round(usage.seconds, 1),
        "lines": lines,
        "usd": found.usd,
        "usd_at_half_speed": found.usd_at_half_speed,
        "usd_of_a_download": found.download.usd,
        "usd_by_time": found.over(per_day),
        "usd_of_the_stack_in_a_month": stack_month_usd(),
    }


def _put_prices(session: Session) -> None:
    from octavo.cli.bills import price_table
    from octavo.operations.cost.prices import READ_ON, REGION, Price

    listed = [
        {"item": price.item, "usd": price.usd, "per": price.per, "unit": price.unit, "source": price.source}
        for price in (each.value for each in Price)
    ]
    session.put({"region": REGION, "read_on": READ_ON, "prices": listed}, price_table())

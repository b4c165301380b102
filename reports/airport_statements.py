"""An example of a report type that draws its pages itself: one page with a statement for each destination."""

from io import BytesIO
from typing import Any

from pydantic import BaseModel

from octavo import Column, Page, Parquet, ReportType

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class AirportStatements(ReportType):
    """What New York's airlines flew to each destination in 2013, one statement a page."""

    title = "Airport statements"
    sources = {"flights": Parquet("flights.parquet"), "airports": Parquet("airports.parquet")}
    query = """
        with flown as (
            select dest, month, count(*) as departures, count(*) filter (arr_time is null) as cancelled,
                   avg(arr_delay) as delay, any_value(distance) as distance
            from flights where $destination is null or dest = $destination group by dest, month
        )
        select dest, coalesce(any_value(airports.name), dest) as airport, sum(departures)::bigint as departures,
               sum(cancelled)::bigint as cancelled, any_value(distance) as distance,
               round(sum(delay * departures) / sum(departures), 1)::decimal(9, 1) as delay,
               list(departures order by month) as monthly, list(month order by month) as months
        from flown left join airports on dest = faa group by dest
    """
    order_by = ("dest",)
    columns = (
        Column("dest", "Code"),
        Column("airport", "Airport"),
        Column("departures", "Departures", format="{:,}", total="sum"),
        Column("cancelled", "Cancelled", format="{:,}", total="sum"),
        Column("delay", "Late on average (min)"),
        Column("distance", "Distance (mi)", format="{:,}"),
        Column("months"),
        Column("monthly"),
    )
    formats = ("pdf", "csv")
    page = Page(size="A5", orientation="landscape")

    class Parameters(BaseModel):
        destination: str | None = None

    @staticmethod
    def draw_pages(rows: list[dict[str, Any]]) -> bytes:
        """Draw a page for each row with reportlab, which is imported here so that other functions start without it."""
        from reportlab.lib.colors import HexColor
        from reportlab.lib.pagesizes import A5, landscape
        from reportlab.pdfgen.canvas import Canvas

        from octavo.documents.pdf.cover import reportlab_fonts  # the document's own typefaces

        reportlab_fonts.register()
        ink, muted, accent = HexColor("#222630"), HexColor("#6b7280"), HexColor("#1c4f7a")
        width, height = landscape(A5)
        file = BytesIO()
        canvas = Canvas(file, pagesize=(width, height), invariant=1)
        for row in rows:
            canvas.setFillColor(accent)
            canvas.rect(40, height - 52, 26, 3, stroke=0, fill=1)
            canvas.setFillColor(ink)
            canvas.setFont(reportlab_fonts.SEMIBOLD, 20)
            canvas.drawString(40, height - 80, row["airport"])
            canvas.setFillColor(muted)
            canvas.setFont(reportlab_fonts.REGULAR, 9)
            canvas.drawString(40, height - 96, f"{row['dest']}  ·  {row['distance']:,} miles from New York")
            facts = (
                ("Departures", f"{row['departures']:,}"),
                ("Cancelled", f"{row['cancelled']:,}"),
                ("Late on average", "–" if row["delay"] is None else f"{row['delay']} min"),  # noqa: RUF001
            )
            for place, (label, value) in enumerate(facts):
                x = 40 + place * 150
                canvas.setFillColor(muted)
                canvas.setFont(reportlab_fonts.REGULAR, 8)
                canvas.drawString(x, height - 132, label)
                canvas.setFillColor(ink)
                canvas.setFont(reportlab_fonts.SEMIBOLD, 15)
                canvas.drawString(x, height - 151, value)
            by_month = dict(zip(row["months"], row["monthly"], strict=True))
            most = max(by_month.values())
            step = (width - 80) / len(MONTHS)
            for place, month in enumerate(MONTHS):
                left, flown = 40 + place * step, by_month.get(place + 1, 0)
                tall = 130.0 * flown / most
                canvas.setFillColor(accent)
                canvas.rect(left, 74, step * 0.62, tall, stroke=0, fill=1)
                canvas.setFillColor(muted)
                canvas.setFont(reportlab_fonts.REGULAR, 7)
                canvas.drawString(left, 62, month)
                canvas.drawString(left, 78 + tall, f"{flown:,}" if flown else "")
            canvas.showPage()
        canvas.save()
        return file.getvalue()

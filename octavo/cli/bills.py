"""Tables of costs for people: the bill of a report, and the list prices. Nothing is printed here."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from octavo.operations.cost import measured
from octavo.operations.cost.estimate import Estimate, stack_month_usd
from octavo.operations.cost.prices import READ_ON, REGION, Price


def bill(title: str, rows: int, per_day: int, estimate: Estimate) -> RenderableType:
    """Show the bill of a report, and what so many of them cost in a day and in a month."""
    usage = estimate.usage
    chunks = f"{usage.chunks:,} chunk{'' if usage.chunks == 1 else 's'}"
    about = f"{title}: {rows:,} rows, {chunks}, {decimal(round(usage.document_bytes))}, in about {usage.seconds:.0f} s"
    table = _table("Item", "Amount", "USD")
    for line in estimate.lines:
        table.add_row(line.item, _amount(line.amount, line.unit), _usd(line.usd))
    table.add_section()
    table.add_row("One report", "", Text(_usd(estimate.usd), "bold"))
    table.add_row("the same, if Lambda takes twice as long", "", _usd(estimate.usd_at_half_speed))
    table.add_row("One download to the internet", decimal(round(usage.document_bytes)), _usd(estimate.download.usd))
    table.add_section()
    times = estimate.over(per_day)
    reports = f"{per_day:,} report{'' if per_day == 1 else 's'}"
    table.add_row("A day", reports, Text(f"{times['day']:,.2f}", "bold"))
    table.add_row("A month of 30 days", f"{per_day * 30:,} reports", Text(f"{times['month']:,.2f}", "bold"))
    if stack_month_usd():
        table.add_row("The stack's alarms and metrics, a month", "", f"{stack_month_usd():,.2f}")
    assumed = f"List prices of {REGION} on {READ_ON}.\nSeconds of {measured.MACHINE}, not of Lambda."
    return Group(Text(about, "bold"), Text(), table, Text(), Text(assumed, "dim"))


def price_table() -> RenderableType:
    """Show the list prices that the estimate assumes, and where AWS publishes them."""
    table = _table("Item", "USD", "per")
    table.columns[2].justify = "left"
    table.add_column("Source", overflow="fold")
    for price in (each.value for each in Price):
        per = f"{price.per:,} {price.unit}" if price.per > 1 else price.unit
        table.add_row(price.item, f"{price.usd:.10f}".rstrip("0").rstrip("."), per, price.source)
    return Group(Text(f"List prices of {REGION}, read on {READ_ON}", "bold"), Text(), table)


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for number, title in enumerate(titles):
        table.add_column(title, justify="left" if number == 0 else "right", style="cyan" if number == 0 else "")
    return table


def _amount(amount: float, unit: str) -> str:
    """Write an amount with three digits that count, or as the whole number that it is."""
    text = f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.3g}"
    if "e" in text:
        text = f"{amount:.6f}"
    return f"{text} {unit}".rstrip()


def _usd(usd: float) -> str:
    return f"{usd:.6f}"

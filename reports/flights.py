"""The example: every departure from New York's three airports in 2013 (nycflights13, CC0)."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from octavo import Chart, Column, Parquet, ReportType


class Flights(ReportType):
    """Departures from New York's three airports in 2013, with their delays."""

    title = "Departures from New York"
    sources = {"flights": Parquet("flights.parquet"), "airlines": Parquet("airlines.parquet")}
    query = """
        select
            time_hour at time zone 'America/New_York' + to_minutes(minute) as scheduled,
            carrier, name as airline, flight, tailnum, origin, dest,
            dep_time, dep_delay, arr_time, arr_delay, air_time, distance
        from flights join airlines using (carrier)
        where scheduled::date between $start and $end and ($carrier is null or carrier = $carrier)
    """
    order_by = ("scheduled", "carrier", "flight", "origin")
    columns = (
        Column("scheduled", "Scheduled", format="%Y-%m-%d %H:%M"),
        Column("carrier", "Code"),
        Column("airline", "Airline"),
        Column("flight", "Flight"),
        Column("tailnum", "Aircraft"),
        Column("origin", "From"),
        Column("dest", "To"),
        Column("dep_time", "Left"),
        Column("dep_delay", "Delay (min)", format="{:,}"),
        Column("arr_time", "Arrived"),
        Column("arr_delay", "Late (min)", format="{:,}"),
        Column("air_time", "In air (min)", format="{:,}"),
        Column("distance", "Distance (mi)", format="{:,}", total="sum"),
    )

    chart = Chart("bar", "airline", title="Departures by airline")

    class Parameters(BaseModel):
        start: Annotated[date, Field(description="First day, in New York")] = date(2013, 1, 1)
        end: Annotated[date, Field(description="Last day, in New York")] = date(2013, 12, 31)
        carrier: Annotated[
            str | None, Field(pattern="^[0-9A-Z]{2}$", description="Airline code; all if left out", examples=["UA"])
        ] = None

        @model_validator(mode="after")
        def start_not_after_end(self) -> Self:
            if self.start > self.end:
                raise ValueError("start must not be after end")
            return self

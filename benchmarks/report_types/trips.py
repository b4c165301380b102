"""Invented taxi trips, any number of them. Each is a function of its number, so any reader can check it.

The source and the report have different orders, so the plan must sort all trips.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import duckdb

from octavo import Column, Parquet, ReportType
from octavo.authoring.sources import Source

STEP = 48_271  # a prime that divides no number of rows here, so n -> n * STEP % rows gives each trip once
ZONES = 265
COMPANIES = ["Acme Cabs", "Bay Area Taxi", "City Car, Inc.", "Dial-a-Ride"]

# Realistic text: names from short lists, codes, and a remark that is unique, missing, or begins like a formula.
GENERATE = f"""
    SELECT
        trip,
        TIMESTAMP '2024-01-01' + to_seconds(trip * 3) AS started,
        TIMESTAMP '2024-01-01' + to_seconds(trip * 3 + 240 + hash(trip) % 3600) AS ended,
        {COMPANIES}[1 + trip % {len(COMPANIES)}] AS company,
        'Zone ' || lpad((hash(trip, 1) % {ZONES})::varchar, 3, '0') AS pickup,
        'Zone ' || lpad((hash(trip, 2) % {ZONES})::varchar, 3, '0') AS dropoff,
        (1 + hash(trip, 3) % 5)::integer AS passengers,
        round(hash(trip, 4) % 30000 / 1000, 2)::double AS miles,
        ((300 + trip * 37 % 9700) / 100)::decimal(9, 2) AS fare,
        CASE WHEN trip % 3 > 0 THEN (hash(trip, 5) % 2000 / 100)::decimal(9, 2) END AS tip,
        CASE trip % 10
            WHEN 0 THEN NULL
            WHEN 1 THEN '=trip ' || trip
            ELSE 'booked by phone, reference "' || substr(md5(trip::varchar), 1, 12) || '"'
        END AS remark
    FROM (SELECT n * {STEP} % $rows AS trip FROM range($rows) AS numbers(n))
"""


class Trips(ReportType):
    """Every trip, in the order of the start times."""

    title = "Trips"
    sources: ClassVar[Mapping[str, Source]] = {"trips": Parquet("trips.parquet")}
    query = "select * from trips"
    order_by = ("started", "trip")
    columns = (
        Column("trip", "Trip"),
        Column("started", "Started", format="%Y-%m-%d %H:%M:%S"),
        Column("ended", "Ended", format="%Y-%m-%d %H:%M:%S"),
        Column("company", "Company"),
        Column("pickup", "From"),
        Column("dropoff", "To"),
        Column("passengers", "Passengers"),
        Column("miles", "Miles", format="{:,.2f}"),
        Column("fare", "Fare", format="{:,.2f}", total="sum"),
        Column("tip", "Tip", format="{:,.2f}"),
        Column("remark", "Remark"),
    )


def generate(rows: int, path: Path) -> None:
    """Write `rows` trips to a Parquet file."""
    with duckdb.connect(config={"preserve_insertion_order": False}) as connection:
        connection.execute("SET enable_progress_bar = false")
        query = GENERATE.replace("$rows", f"{rows:d}")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")

"""Queries planned once and run over table after table of one schema: a plan of many schemes takes longer than some ten thousand rows."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import duckdb
import pyarrow as pa

from calc.batch.ordered import in_order, numbered

SLICE = 8192  # rows a thread takes at a time
FEEDS = 8  # schemas whose plans are kept
SHORT = 8_000  # characters of a query that is planned anew each time: what a prepared one finds is copied once more
PLANS = 64  # and plans of each: chunks that give facts of other schemes have others
LANES = 8  # feeds side by side, at most
Item = TypeVar("Item")
Found = TypeVar("Found")


class Rows:
    """What the query engine reads: it asks for the rows whenever a query begins."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


class Feed:
    """One table after the other under one ``name``, all of one schema, and the queries planned over them.

    Rows are numbered on from table to table, so that no row can pass for one of another table.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
        self.con = con
        self.name = name
        self.first = self.rows = 0
        self.plans: dict[Hashable, str] = {}
        self.read = Rows(numbered(schema.empty_table()))
        con.register(name, self.read)

    def put(self, table: pa.Table) -> None:
        """The next table."""
        self.first, self.rows = self.first + self.rows, table.num_rows
        rows = numbered(table, self.first)
        self.read.table = pa.Table.from_batches(rows.to_batches(max_chunksize=SLICE), rows.schema)

    def run(self, key: Hashable, sql: Callable[[str], str]) -> dict[str, pa.ChunkedArray]:
        """The columns that a query gives, in the order of the rows; it has to give ``_at`` too.

        ``sql`` writes it over the table of a name, the first time that ``key`` is asked for. Raises ``duckdb.Error``.
        """
        query = self.plans.get(key)
        if query is None:
            if len(self.plans) == PLANS:
                self.forget()
            query = sql(self.name)
            if len(query) > SHORT:
                plan = f"{self.name}_{len(self.plans)}"
                self.con.execute(f"PREPARE {plan} AS {query}")
                query = f"EXECUTE {plan}"
            self.plans[key] = query
        found = in_order(self.con.sql(query).to_arrow_table(), self.rows, self.first)
        return dict(zip(found.column_names, found.columns, strict=True))

    def forget(self) -> None:
        """Forgets the plans."""
        for query in self.plans.values():
            if query.startswith("EXECUTE "):
                self.con.execute(query.replace("EXECUTE", "DEALLOCATE", 1))
        self.plans.clear()

    def close(self) -> None:
        """Forgets the plans and the table."""
        self.forget()
        self.con.unregister(self.name)


class Feeds:
    """A feed for each schema there is."""

    def __init__(self, name: str, con: duckdb.DuckDBPyConnection | None = None) -> None:
        self.con = duckdb.connect() if con is None else con
        self.name = name
        self.made = 0
        self.by_schema: dict[pa.Schema, Feed] = {}

    @contextmanager
    def over(self, table: pa.Table) -> Iterator[Feed]:
        """What runs queries over ``table``."""
        feed = self.by_schema.get(table.schema)
        if feed is None:
            if len(self.by_schema) == FEEDS:
                self.by_schema.pop(next(iter(self.by_schema))).close()
            feed = self.by_schema[table.schema] = Feed(self.con, f"{self.name}_{self.made}", table.schema)
            self.made += 1
        feed.put(table)
        try:
            yield feed
        finally:
            feed.read.table = feed.read.table.slice(0, 0)


class Lanes:
    """Feeds side by side, one for each processor: a query planned before runs in one thread where it keeps the order of the rows."""

    def __init__(self, name: str) -> None:
        con = duckdb.connect()
        self.feeds = [Feeds(name, con.cursor()) for _ in range(min(os.cpu_count() or 1, LANES))]

    def each(self, table: pa.Table, items: Sequence[Item], work: Callable[[Feed, Item], Found]) -> list[Found]:
        """What ``work`` finds for each item with a feed over ``table``, in the order of the items; an item of the same place in later
        tables meets the same feed, with its plans. What ``work`` raises is raised here."""
        lanes = max(1, min(len(self.feeds), len(items)))
        stopped = threading.Event()

        def lane(number: int) -> list[Found]:
            with self.feeds[number].over(table) as feed:
                return [work(feed, item) for item in items[number::lanes] if not stopped.is_set()]

        if lanes == 1:
            return lane(0)
        with ThreadPoolExecutor(lanes) as pool:
            waiting = [pool.submit(lane, number) for number in range(lanes)]
            try:
                found = [one.result() for one in waiting]
            except BaseException:
                stopped.set()
                for feeds in self.feeds:
                    feeds.con.interrupt()
                raise
        return [found[place % lanes][place // lanes] for place in range(len(items))]

"""The store's tables, and what may be opened as a store.

Theory: raw facts only, so a new metric never needs a new run. What is queried or large has columns; the records
that describe a run (spec, engine, workload) are JSON documents, because they grow a field more often than anyone
joins on one. Keys are the natural ones, so the file can be read by hand. Readings are kept in order of time, not of
series: 200 series a second then cost 43 KB of writes a second, not 760 KB. Samples have a rowid: their blobs
overflow an index page, so WITHOUT ROWID a million chunk events take 37 MB in place of 16 to 33.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

from seatrial.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

# History of SCHEMA_VERSION (`PRAGMA user_version` of the file):
# 1: the first one.
# 2: calibration. A store of version 1 gets the table when it is opened; all else in it stays as it is.
SCHEMA_VERSION = 2
UPGRADES = frozenset({1})
"""Older versions that lack nothing but tables that `SQL` makes."""

# `PRAGMA application_id`: "SEAT". Tells a store from any other SQLite database.
APPLICATION_ID = 0x53454154

_PAUSES_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

SQL = """\
CREATE TABLE IF NOT EXISTS run (
    -- One stored trial with its provenance.
    id TEXT PRIMARY KEY,                -- such as 20261121-1530-4f2a
    name TEXT,                          -- the spec's own name, if it has one
    started_utc TEXT NOT NULL,          -- wall time of the start, ISO 8601
    status TEXT NOT NULL,               -- running, finished, interrupted, failed
    pid INTEGER NOT NULL,               -- process that wrote it ...
    host TEXT NOT NULL,                 -- ... on the computer of this name ...
    boot TEXT NOT NULL,                 -- ... since this boot (empty where the system has no boot id)
    document TEXT NOT NULL              -- domain.record.RunInfo as JSON; its status is the one at the start
);

CREATE TABLE IF NOT EXISTS candidate (
    -- One candidate of a run, as it was met.
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,          -- place in the spec, from 0
    name TEXT NOT NULL,                 -- as in the spec
    document TEXT NOT NULL,             -- domain.record.CandidateRecord as JSON
    PRIMARY KEY (run_id, position)
);

CREATE TABLE IF NOT EXISTS workload (
    -- One workload on one candidate, as it was run.
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,          -- place in the run, from 0; counts over all candidates
    candidate INTEGER NOT NULL,         -- candidate.position
    name TEXT NOT NULL,                 -- as in the spec or suite
    t0_ns INTEGER,                      -- the schedule's zero (perf_counter_ns); NULL: never started
    document TEXT NOT NULL,             -- domain.record.WorkloadRecord as JSON
    PRIMARY KEY (run_id, position),
    FOREIGN KEY (run_id, candidate) REFERENCES candidate(run_id, position) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS sample (
    -- One request, raw: a domain.sample.Sample. NULL: the moment never came, or nobody said.
    run_id TEXT NOT NULL,
    workload INTEGER NOT NULL,          -- workload.position
    "index" INTEGER NOT NULL,           -- place in the schedule, from 0
    t_intended_ns INTEGER NOT NULL,     -- when it was to be sent (all times: perf_counter_ns)
    t_send_ns INTEGER,                  -- just before it was sent
    t_connected_ns INTEGER,             -- connection ready; equals t_send_ns on a kept one
    t_headers_ns INTEGER,               -- response headers received
    t_end_ns INTEGER,                   -- response complete, or failed
    outcome TEXT NOT NULL,              -- domain.sample.Outcome: ok, refused, timeout, ..., never_sent
    status INTEGER,                     -- HTTP status
    detail TEXT,                        -- cause of a failure, in words
    retry_after_s REAL,                 -- asked for by the server, seconds
    stage INTEGER NOT NULL,             -- stage or batch of the schedule, from 0
    shard INTEGER NOT NULL,             -- client process, from 0
    input_tokens_asked INTEGER,         -- prompt length aimed at
    output_tokens_asked INTEGER,        -- answer length asked for
    prompt_tokens INTEGER,              -- as the server counted
    cached_tokens INTEGER,              -- of those, found in a prefix cache
    completion_tokens INTEGER,          -- as the server counted
    finish_reason TEXT,                 -- the server's word: stop, length, ...
    first_read_chunks INTEGER NOT NULL, -- token chunks in the same read as the first one
    kernel_clock INTEGER NOT NULL,      -- 1: all receive times came from the kernel
    bytes_received INTEGER NOT NULL,    -- response size on the wire
    server TEXT NOT NULL,               -- JSON object: durations in seconds as the engine gave them
    chunk_ns BLOB NOT NULL,             -- per token chunk, little-endian int64: receive time - t_send_ns
    chunk_lag_us BLOB NOT NULL,         -- uint32: client's read - kernel's receive time, microseconds
    chunk_tokens BLOB NOT NULL,         -- uint16: tokens in the chunk, 0 where the server does not say
    chunk_channel BLOB NOT NULL,        -- uint8: 0 content, 1 reasoning, 2 tool
    text TEXT,                          -- the answer, where it was kept
    PRIMARY KEY (run_id, workload, "index"),
    FOREIGN KEY (run_id, workload) REFERENCES workload(run_id, position) ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS client_second (
    -- What one client process saw of itself during one second: a domain.sample.ClientSecond.
    run_id TEXT NOT NULL,
    workload INTEGER NOT NULL,          -- workload.position
    t_ns INTEGER NOT NULL,              -- end of the second (perf_counter_ns)
    shard INTEGER NOT NULL,             -- client process, from 0
    cpu REAL NOT NULL,                  -- CPU time / elapsed; 1.0 is one core
    loop_lag_s REAL NOT NULL,           -- longest time between two looks at the sockets
    gc_s REAL NOT NULL,                 -- time in garbage collection
    events INTEGER NOT NULL,            -- chunks read
    clock_step_s REAL NOT NULL,         -- largest jump between wall clock and monotonic clock
    in_flight INTEGER NOT NULL,         -- requests open at the end of the second
    PRIMARY KEY (run_id, workload, t_ns, shard),
    FOREIGN KEY (run_id, workload) REFERENCES workload(run_id, position) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS series (
    -- The names of a run's telemetry, each stored once.
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    series INTEGER NOT NULL,            -- number within the run, from 0
    name TEXT NOT NULL,                 -- dotted, ends in its unit: host.cpu0.busy_ratio
    PRIMARY KEY (run_id, series),
    UNIQUE (run_id, name)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS reading (
    -- Telemetry: one value of one series at one time.
    run_id TEXT NOT NULL,
    t_ns INTEGER NOT NULL,              -- perf_counter_ns, the clock of the samples
    series INTEGER NOT NULL,            -- series.series
    value REAL NOT NULL,                -- in the unit the name ends in
    PRIMARY KEY (run_id, t_ns, series),
    FOREIGN KEY (run_id, series) REFERENCES series(run_id, series) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS calibration (
    -- What predictions of a server were refitted to. It outlives its run.
    id TEXT PRIMARY KEY,                -- such as c-20261121-1840-9d1e
    engine TEXT NOT NULL,               -- vllm, llama.cpp, ollama
    device TEXT NOT NULL,               -- the accelerator, or the processor, as plans name it
    model TEXT NOT NULL,                -- the model it was measured with, as plans name it
    created TEXT NOT NULL,              -- wall time, ISO 8601, UTC
    document TEXT NOT NULL              -- domain.coefficients.Calibration as JSON
);
"""


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Makes an empty file a store, and brings one of an older version up to date; leaves others as they are.

    Raises StoreError, with the file untouched, when it is a store of another version or no store at all.
    Two processes may do this at once to one file: whoever comes second finds the tables there.
    """
    connection.execute("BEGIN")  # one look at all three: another process may be making the store right now
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.execute("COMMIT")
    if application == APPLICATION_ID:
        if version in UPGRADES:
            if "run" in tables:  # without it the file is damaged, which reading it will tell
                _complete(connection)
        elif version != SCHEMA_VERSION:
            raise _other_version(path, version)
    elif tables:
        raise StoreError(f"{path} is the database of another program", "choose another file with --store")
    else:
        _create(connection)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts only before the first table
    _use_wal(connection)
    _complete(connection)


def _complete(connection: sqlite3.Connection) -> None:
    """Makes every table that is missing and marks the file as a store of this version, in one transaction."""
    connection.executescript(
        f"BEGIN IMMEDIATE;\n{SQL}\n"
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    # Asked again by hand: whatever the busy timeout, SQLite does not wait for a lock to change the mode.
    for pause_s in (*_PAUSES_S, None):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if pause_s is None or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(pause_s)
        else:
            return


def _other_version(path: Path, version: int) -> StoreError:
    message = f"{path} has store version {version}, this seatrial reads and writes version {SCHEMA_VERSION}"
    if version > SCHEMA_VERSION:
        return StoreError(message, "upgrade seatrial, or choose another file with --store")
    return StoreError(
        message, "export its runs with the seatrial that wrote it, or choose another file with --store"
    )

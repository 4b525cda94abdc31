"""The tables, as numbered steps from an empty file to today's; a step once released is never changed, only followed.

Ids come from AUTOINCREMENT: an id that a receipt or a reply names is never given to something else. Each step is one
transaction together with the number it leads to.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from models.errors import EnvironmentProblem, UserError

APPLICATION_ID = 0x444F524D  # "DORM", so that another program's database is not taken for ours

_CONVERSATIONS = """
CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation(id),
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    created_at TEXT NOT NULL,
    adapter INTEGER REFERENCES adapter(id)
);
CREATE INDEX message_of_conversation ON message(conversation, id);
CREATE TABLE message_note (
    message INTEGER NOT NULL REFERENCES message(id),
    position INTEGER NOT NULL,
    memory INTEGER NOT NULL REFERENCES memory(id),
    PRIMARY KEY (message, position)
) WITHOUT ROWID;
CREATE INDEX message_note_of_memory ON message_note(memory);
"""

_MEMORIES = """
CREATE TABLE memory (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('fact', 'preference', 'correction', 'instruction')),
    text TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('told', 'extracted', 'pattern', 'imported')),
    created_at TEXT NOT NULL,
    expires_at TEXT,
    supersedes INTEGER REFERENCES memory(id) CHECK (supersedes < id),
    retracted_at TEXT
);
CREATE INDEX memory_superseded ON memory(supersedes) WHERE supersedes IS NOT NULL;
CREATE TABLE evidence (
    memory INTEGER NOT NULL REFERENCES memory(id),
    message INTEGER NOT NULL REFERENCES message(id),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (memory, message)
) WITHOUT ROWID;
CREATE INDEX evidence_in_message ON evidence(message);
"""

_NIGHTS = """
CREATE TABLE consolidation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'promoted', 'rejected', 'nothing_due', 'failed', 'cancelled')),
    adapter INTEGER REFERENCES adapter(id),
    report TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE adapter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    consolidation INTEGER NOT NULL REFERENCES consolidation(id),
    base_sha256 TEXT NOT NULL,
    recipe TEXT NOT NULL,
    seed INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('candidate', 'promoted', 'rejected')),
    created_at TEXT NOT NULL
);
CREATE TABLE adapter_memory (
    adapter INTEGER NOT NULL REFERENCES adapter(id),
    memory INTEGER NOT NULL REFERENCES memory(id),
    PRIMARY KEY (adapter, memory)
) WITHOUT ROWID;
CREATE INDEX adapter_of_memory ON adapter_memory(memory);
CREATE TABLE verdict (
    adapter INTEGER NOT NULL REFERENCES adapter(id),
    memory INTEGER NOT NULL REFERENCES memory(id),
    passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
    before_logprob REAL, before_recall REAL, before_greedy TEXT NOT NULL,
    after_logprob REAL, after_recall REAL, after_greedy TEXT NOT NULL,
    absorption REAL,
    reason TEXT NOT NULL,
    PRIMARY KEY (adapter, memory)
) WITHOUT ROWID;
CREATE INDEX verdict_on_memory ON verdict(memory);
CREATE VIEW serving AS
SELECT base_sha256, max(id) AS adapter
FROM adapter
WHERE status = 'promoted' AND NOT EXISTS (
    SELECT 1 FROM adapter_memory AS trained JOIN memory ON memory.id = trained.memory
    WHERE trained.adapter = adapter.id AND memory.retracted_at IS NOT NULL
)
GROUP BY base_sha256;
"""

_RECEIPTS = """
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL CHECK (action IN ('undo', 'restore')),
    memories TEXT NOT NULL,
    adapter_before INTEGER REFERENCES adapter(id),
    adapter_after INTEGER REFERENCES adapter(id),
    back_to_notes TEXT NOT NULL,
    created_at TEXT NOT NULL
);
"""

# The index holds no copy of the words (`content=`); the triggers keep it true whoever writes.
_SEARCH = """
CREATE VIRTUAL TABLE memory_words USING fts5(
    text, question, answer, content='memory', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER memory_added AFTER INSERT ON memory BEGIN
    INSERT INTO memory_words(rowid, text, question, answer) VALUES (new.id, new.text, new.question, new.answer);
END;
CREATE TRIGGER memory_removed AFTER DELETE ON memory BEGIN
    INSERT INTO memory_words(memory_words, rowid, text, question, answer)
    VALUES ('delete', old.id, old.text, old.question, old.answer);
END;
CREATE TRIGGER memory_changed AFTER UPDATE OF text, question, answer ON memory BEGIN
    INSERT INTO memory_words(memory_words, rowid, text, question, answer)
    VALUES ('delete', old.id, old.text, old.question, old.answer);
    INSERT INTO memory_words(rowid, text, question, answer) VALUES (new.id, new.text, new.question, new.answer);
END;
CREATE VIRTUAL TABLE message_words USING fts5(
    text, content='message', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
    INSERT INTO message_words(rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN
    INSERT INTO message_words(message_words, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER message_changed AFTER UPDATE OF text ON message BEGIN
    INSERT INTO message_words(message_words, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO message_words(rowid, text) VALUES (new.id, new.text);
END;
"""

# A receipt says more and may be of an erasure. It names adapters by number alone: they may be erased, the receipt stays.
# `last_memory` is the newest memory of its moment: what was told after an undo was told without what it took away.
_PROOF = """
ALTER TABLE adapter ADD COLUMN manifest TEXT NOT NULL DEFAULT '{}';
CREATE TABLE receipt_with_proof (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL CHECK (action IN ('undo', 'restore', 'erase')),
    memories TEXT NOT NULL,
    adapter_before INTEGER,
    adapter_after INTEGER,
    back_to_notes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_memory INTEGER NOT NULL,
    account TEXT NOT NULL DEFAULT '{}',
    measured TEXT,
    sha256 TEXT NOT NULL DEFAULT ''
);
INSERT INTO receipt_with_proof
    (id, action, memories, adapter_before, adapter_after, back_to_notes, created_at, last_memory)
SELECT id, action, memories, adapter_before, adapter_after, back_to_notes, created_at,
    (SELECT ifnull(max(id), 0) FROM memory WHERE memory.created_at <= receipt.created_at)
FROM receipt;
DROP TABLE receipt;
ALTER TABLE receipt_with_proof RENAME TO receipt;
CREATE TABLE erasure (memory INTEGER PRIMARY KEY, started_at TEXT NOT NULL);
CREATE TABLE erased (hash BLOB PRIMARY KEY, salt BLOB NOT NULL) WITHOUT ROWID;
"""

# By number alone, without references: what was exported may be deleted here, and is still in the file.
_EXPORTS = """
CREATE TABLE export (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE export_memory (export INTEGER NOT NULL, memory INTEGER NOT NULL, PRIMARY KEY (export, memory)) WITHOUT ROWID;
CREATE TABLE export_conversation (
    export INTEGER NOT NULL, conversation INTEGER NOT NULL, PRIMARY KEY (export, conversation)
) WITHOUT ROWID;
"""

# By what a conversation that was taken in is known where it comes from. A key holds no words of anyone's.
_ORIGINS = """
CREATE TABLE origin (
    key TEXT PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(id)
) WITHOUT ROWID;
CREATE INDEX origin_of_conversation ON origin(conversation);
"""

# An adapter whose file was cleared away to save space has an empty name: history, which cannot serve.
_CLEARED = """
DROP VIEW serving;
CREATE VIEW serving AS
SELECT base_sha256, max(id) AS adapter
FROM adapter
WHERE status = 'promoted' AND file <> '' AND NOT EXISTS (
    SELECT 1 FROM adapter_memory AS trained JOIN memory ON memory.id = trained.memory
    WHERE trained.adapter = adapter.id AND memory.retracted_at IS NOT NULL
)
GROUP BY base_sha256;
"""

# Whose measurement said that a note would not win over an older value steps aside once there is such a note.
_STEPS_ASIDE = """
DROP VIEW serving;
CREATE VIEW serving AS
SELECT base_sha256, max(id) AS adapter
FROM adapter
WHERE status = 'promoted' AND file <> '' AND NOT EXISTS (
    SELECT 1 FROM adapter_memory AS trained JOIN memory ON memory.id = trained.memory
    WHERE trained.adapter = adapter.id AND memory.retracted_at IS NOT NULL
) AND NOT EXISTS (
    SELECT 1 FROM verdict JOIN memory AS newer ON newer.supersedes = verdict.memory
    WHERE verdict.adapter = adapter.id AND NOT verdict.passed AND newer.retracted_at IS NULL
)
GROUP BY base_sha256;
"""

# What is said again in another way stands beside the first: each message knows the one it follows, and a conversation the
# last one of the branch that was chosen. A child's number is always greater than its parent's.
_BRANCHES = """
ALTER TABLE message ADD COLUMN parent INTEGER REFERENCES message(id) CHECK (parent < id);
ALTER TABLE conversation ADD COLUMN head INTEGER REFERENCES message(id);
UPDATE message SET parent = (
    SELECT max(id) FROM message AS earlier WHERE earlier.conversation = message.conversation AND earlier.id < message.id
);
UPDATE conversation SET head = (SELECT max(id) FROM message WHERE conversation = conversation.id);
CREATE INDEX message_after ON message(parent);
CREATE INDEX message_first ON message(conversation, id) WHERE parent IS NULL;
"""

# What a person wishes of one conversation, and of one memory: never in the weights (so that none that were trained on it
# serve), or not before that time.
_WISHES = """
ALTER TABLE conversation ADD COLUMN instructions TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN temperature REAL;
ALTER TABLE conversation ADD COLUMN reply_tokens INTEGER;
ALTER TABLE memory ADD COLUMN kept_out INTEGER NOT NULL DEFAULT 0 CHECK (kept_out IN (0, 1));
ALTER TABLE memory ADD COLUMN held_until TEXT;
DROP VIEW serving;
CREATE VIEW serving AS
SELECT base_sha256, max(id) AS adapter
FROM adapter
WHERE status = 'promoted' AND file <> '' AND NOT EXISTS (
    SELECT 1 FROM adapter_memory AS trained JOIN memory ON memory.id = trained.memory
    WHERE trained.adapter = adapter.id AND (memory.retracted_at IS NOT NULL OR memory.kept_out)
) AND NOT EXISTS (
    SELECT 1 FROM verdict JOIN memory AS newer ON newer.supersedes = verdict.memory
    WHERE verdict.adapter = adapter.id AND NOT verdict.passed AND newer.retracted_at IS NULL
)
GROUP BY base_sha256;
"""

# What was read out of a message and waits for the person's word, where they want to be asked first; no view reads it.
_PROPOSALS = """
CREATE TABLE proposal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES message(id),
    kind TEXT NOT NULL CHECK (kind IN ('fact', 'preference', 'correction', 'instruction')),
    text TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    replaces TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('told', 'extracted', 'pattern', 'imported')),
    expires_at TEXT,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL
);
CREATE INDEX proposal_of_message ON proposal(message);
"""

MIGRATIONS: tuple[str, ...] = (
    *(_CONVERSATIONS, _MEMORIES, _NIGHTS, _RECEIPTS, _SEARCH, _PROOF, _EXPORTS, _ORIGINS, _CLEARED),
    _STEPS_ASIDE,
    _BRANCHES,
    _WISHES,
    _PROPOSALS,
)
VERSION = len(MIGRATIONS)
SEARCH_INDEXES = ("memory_words", "message_words")


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the database up to `VERSION`, one step and one transaction at a time.

    A step that fails leaves the file at the step before. Another process may migrate at the same moment: the number is
    read again under the write lock. Errors: `UserError` for a newer database, `EnvironmentProblem` for a foreign one.
    """
    while (version := _version(connection, path)) < VERSION:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection, path) == version:
                for statement in statements(MIGRATIONS[version]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def statements(script: str) -> list[str]:
    """The single statements of a script; `executescript` would commit the transaction around them."""
    found, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished statement: {pending.strip()}")
    return found


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID and (owner or version or connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise EnvironmentProblem(
            f"{path} is another program's database. Nothing was changed. Name another profile: dormouse --home FOLDER"
        )
    if version > VERSION:
        raise UserError(
            f"{path} was written by a newer Dormouse (its database has version {version}, this program knows versions "
            f"up to {VERSION}). Nothing was changed. Update Dormouse, or name another profile: dormouse --home FOLDER"
        )
    return version

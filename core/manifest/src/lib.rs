//! Declarations, holds and targeting lists: import from the forms shippers use, kept in SQLite by container.

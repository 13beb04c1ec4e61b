//! The engine: batches are opened, worked on as chunks arrive, closed and written.

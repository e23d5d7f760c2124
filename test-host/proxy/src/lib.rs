//! A seeded TCP proxy that cuts, stalls, splits and loses, for tests against any server.

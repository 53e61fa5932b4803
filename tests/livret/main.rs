//! One binary for all the tests.
mod referentiel;

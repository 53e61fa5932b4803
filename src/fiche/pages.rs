//! The pages of the sheets.

//! The livret, room by room. Each module may use only those declared above it.

// -- ground: knows no word of the trade
// -- who and what
// -- people
// -- the livret
// -- what leaves the house

// Package move copies everything from a SQLite file into an empty PostgreSQL database:
// every table that both have, row by row, in the order of its key. It knows no table by
// heart but the few in plan.go, so a new one is carried over as soon as both have it.
package move

// Package clientgen writes the generated part of package client from the OpenAPI
// document: a struct for each schema and a method for each operation. It knows what
// our document uses of OpenAPI 3.1 and refuses the rest.
//
// Logto's operations are left out: whoever speaks to Tidings in Go needs our own.
package clientgen

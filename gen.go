package orylogin

// The client in package api is generated from openapi.yaml. The reference of the errors,
// the known ids and the texts of messages are generated from the constants, and what errors
// and methods repeat from their types.
//go:generate go tool -modfile=internal/tools/go.mod oapi-codegen -config api/oapi-codegen.yaml openapi.yaml
//go:generate go -C internal/tools run ./reference
//go:generate go -C internal/tools run ./boilerplate

// Package api turns the contract, openapi.yaml, into the code of package gen. See README.md for how and why.
package api

//go:generate go tool oapi-codegen -config models.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config client.yaml ../openapi.yaml
//go:generate go tool oapi-codegen -config server.yaml ../openapi.yaml
//go:generate go run ./operations ../openapi.yaml ../gen/operations.gen.go
//go:generate go run ./decoders ../gen

// Command refserver is the engine over HTTP, for those who want to try it
// without writing a line, and a model for those who wire it themselves.
//
//	go run ./refserver --demo              seeded data, printed logins, on 127.0.0.1:8080
//	go run ./refserver                     an empty store in ./lance.db
//	go run ./refserver --dsn postgres://…  on PostgreSQL, once migrated
//	go run ./refserver migrate --dsn …     bring a schema up to date
//	go run ./refserver admin create --email E --password-file PATH
//	go run ./refserver verify              hold a store against its log
//	go run ./refserver openapi             print the OpenAPI document
//
// It is thin: package api has the operations, problem the refusals, config the
// settings, and this package puts them together with a store, an engine and the
// sandbox. It owns no rule and no SQL.
package main

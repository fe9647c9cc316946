module github.com/oscnet/okws/examples/go

go 1.23

replace github.com/oscnet/okws/clients/go => ../../clients/go

require (
	github.com/oscnet/okws/clients/go v0.0.0
	github.com/redis/go-redis/v9 v9.17.2
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dgryski/go-rendezvous v0.0.0-20200823014737-9f7001d12a5f // indirect
)

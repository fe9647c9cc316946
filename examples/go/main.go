// Command go prints a line whenever the spread of an order book is wider than so many basis points, and whenever the book
// must not be relied on:
//
//	cd examples/go && go run . books:BTC-USDT 2
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	okws "github.com/oscnet/okws/clients/go"
)

// spread is that of the best bid and ask, in basis points; false where a side is empty.
func spread(row okws.Row) (float64, bool) {
	bid, noBid := strconv.ParseFloat(row["bidPx"], 64)
	ask, noAsk := strconv.ParseFloat(row["askPx"], 64)
	if noBid != nil || noAsk != nil || bid+ask <= 0 {
		return 0, false
	}
	return (ask - bid) / (ask + bid) * 20_000, true
}

func watch(ctx context.Context, client *okws.Client, path string, limit float64) error {
	for item, err := range client.Follow(ctx, path, "", 75*time.Second) {
		if err != nil {
			return err
		}
		if item.Missed != nil {
			fmt.Println("missed:", item.Missed.Why)
			continue
		}
		wide, known := spread(item.Row)
		switch {
		case item.Row["state"] != "live":
			fmt.Println("doubt: the book is", item.Row["state"])
		case known && wide > limit:
			fmt.Printf("wide: %.2f basis points, %s / %s\n", wide, item.Row["bidPx"], item.Row["askPx"])
		}
	}
	return nil
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	var limit float64
	var err error
	if len(os.Args) == 3 {
		limit, err = strconv.ParseFloat(os.Args[2], 64)
	}
	if len(os.Args) != 3 || err != nil {
		fmt.Fprintln(os.Stderr, "usage: go run . PATH BASIS_POINTS, as in: go run . books:BTC-USDT 2")
		os.Exit(2)
	}
	options := okws.Options{Server: env("OKWS_SERVER", "test")}
	client, err := okws.Connect(env("REDIS_URL", "redis://localhost:6379"), options)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for ctx.Err() == nil {
		err := watch(ctx, client, os.Args[1], limit)
		var stale *okws.StaleError
		if !errors.As(err, &stale) && ctx.Err() == nil {
			log.Fatal(err)
		}
		fmt.Println("doubt:", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

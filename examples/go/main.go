// Command go prints a line whenever the spread of an order book is wider than so many basis points, and whenever the book
// must not be relied on:
//
//	cd examples/go && go run . books:BTC-USDT 2
//
// It ends with 2 where the call is wrong, with 1 where Redis cannot be reached at the start.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"time"

	okws "github.com/oscnet/okws/clients/go"
	"github.com/redis/go-redis/v9/logging"
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

// check says what is no order book: a ticker has no state, a small book no best bid and ask of its own.
func check(path string, row okws.Row) error {
	_, hasBest := row["bidPx"]
	if row["state"] == "" || row["state"] == "live" && !hasBest {
		return &okws.UsageError{Why: path + " is no order book with a best bid and ask, as books:BTC-USDT is one"}
	}
	return nil
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
		if err := check(path, item.Row); err != nil {
			return err
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

// age is what differs between two sayings of one reason.
var age = regexp.MustCompile(`-?\d+ ms`)

func fail(code int, text any) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(code)
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
		fail(2, "usage: go run . PATH BASIS_POINTS, as in: go run . books:BTC-USDT 2")
	}
	path := os.Args[1]
	// What go-redis would print of its attempts.
	logging.Disable()
	// After so long without Redis the reason is said.
	options := okws.Options{Server: env("OKWS_SERVER", "test"), Patience: 5 * time.Second}
	client, err := okws.Connect(env("REDIS_URL", "redis://localhost:6379"), options)
	if err != nil {
		fail(2, fmt.Sprintf("REDIS_URL: %v", err))
	}
	defer client.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	row, err := client.Row(ctx, path, okws.Unchecked)
	if err == nil && row != nil {
		err = check(path, row)
	}
	var wrong *okws.UsageError
	if errors.As(err, &wrong) {
		fail(2, err)
	} else if err != nil {
		fail(1, fmt.Sprintf("redis: %v", err))
	}
	fmt.Fprintln(os.Stderr, "watching", path)
	said := ""
	for ctx.Err() == nil {
		err := watch(ctx, client, path, limit)
		if errors.As(err, &wrong) {
			fail(2, err)
		}
		if reason := age.ReplaceAllString(fmt.Sprint(err), ""); reason != said && ctx.Err() == nil {
			said = reason
			fmt.Println("doubt:", err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// Command probe does what tests/system/clients asks for with the client, and prints what comes of it as lines of JSON:
//
//	probe URL OPTIONS [follow PATH AFTER]
//
// Without follow the requests are lines of JSON on its input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	okws "github.com/oscnet/okws/clients/go"
	"github.com/redis/go-redis/v9"
)

type named struct {
	MaxAgeMS *int64 `json:"max_age_ms"`
	N        int    `json:"n"`
	Full     bool   `json:"full"`
	Name     string `json:"name"`
}

func (n named) maxAge() time.Duration {
	if n.MaxAgeMS == nil {
		return okws.Unchecked
	}
	return time.Duration(*n.MaxAgeMS) * time.Millisecond
}

func show(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}

func showState(state *okws.State) any {
	if state == nil {
		return nil
	}
	return map[string]any{
		"state": state.State, "received_at": state.ReceivedAt, "rows": state.Rows, "owners": state.Owners,
		"served": state.Served, "error": state.Error, "age_ms": state.Age.Milliseconds(),
	}
}

func do(ctx context.Context, client *okws.Client, method, arg string, with named) (any, error) {
	switch method {
	case "state":
		state, err := client.State(ctx, arg)
		return showState(state), err
	case "row":
		return client.Row(ctx, arg, with.maxAge())
	case "book":
		return client.Book(ctx, arg, with.maxAge(), with.Full)
	case "candles":
		return client.Candles(ctx, arg, with.N, with.maxAge())
	case "entries":
		return client.Entries(ctx, arg, with.N, with.maxAge())
	case "listed":
		return client.Listed(ctx, arg, with.maxAge())
	case "subscribe":
		return client.Subscribe(ctx, arg)
	case "command":
		fields := map[string]any{}
		if with.Name != "" {
			fields["name"] = with.Name
		}
		return client.Command(ctx, arg, fields)
	}
	return nil, fmt.Errorf("no method %s", method)
}

func showError(err error) {
	shown := map[string]any{"error": "error", "message": err.Error()}
	var stale *okws.StaleError
	var command *okws.CommandError
	var nobody *okws.NoServiceError
	var usage *okws.UsageError
	switch {
	case errors.As(err, &stale):
		shown["error"] = "StaleError"
	case errors.As(err, &command):
		shown["error"], shown["code"] = "CommandError", command.Code
	case errors.As(err, &usage):
		shown["error"] = "UsageError"
	case errors.As(err, &nobody):
		shown["error"] = "NoServiceError"
	}
	show(shown)
}

func follow(ctx context.Context, client *okws.Client, path, after string) {
	for item, err := range client.Follow(ctx, path, after, okws.Unchecked) {
		switch {
		case err != nil:
			log.Fatal(err)
		case item.Missed == nil:
			show(map[string]any{"row": item.Row, "id": item.ID})
		default:
			var rows any = item.Missed.Rows
			if item.Missed.Rows < 0 {
				rows = nil
			}
			show(map[string]any{"missed": rows, "why": item.Missed.Why})
		}
	}
}

func open(address string, options okws.Options) (*okws.Client, error) {
	if hosts, isCluster := strings.CutPrefix(address, "redis+cluster://"); isCluster {
		nodes := strings.Split(hosts, ",")
		return okws.New(redis.NewClusterClient(&redis.ClusterOptions{Addrs: nodes}), options), nil
	}
	return okws.Connect(address, options)
}

func main() {
	var options struct {
		Server        string `json:"server"`
		ListenChannel string `json:"listen_channel"`
	}
	if err := json.Unmarshal([]byte(os.Args[2]), &options); err != nil {
		log.Fatal(err)
	}
	client, err := open(os.Args[1], okws.Options{Server: options.Server, ListenChannel: options.ListenChannel})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx := context.Background()
	if len(os.Args) > 4 {
		follow(ctx, client, os.Args[4], os.Args[5])
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var request []json.RawMessage
		var method string
		var args []string
		var with named
		if err := errors.Join(json.Unmarshal(lines.Bytes(), &request), json.Unmarshal(request[0], &method),
			json.Unmarshal(request[1], &args), json.Unmarshal(request[2], &with)); err != nil {
			log.Fatal(err)
		}
		if value, err := do(ctx, client, method, args[0], with); err != nil {
			showError(err)
		} else {
			show(map[string]any{"value": value})
		}
	}
}

package okws

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Options of a client. What is left out is as the service has it by default.
type Options struct {
	Server        string
	KeyPrefix     string        // okex
	ListenChannel string        // trade-ws
	InfoKey       string        // trade-ws/info
	Timeout       time.Duration // for replies to commands: 10 s
	Patience      time.Duration // how long Follow goes on while Redis cannot be reached: 1 min
}

// Client reads what the service keeps of one server, and gives it commands. It may be used by many goroutines. A method that
// is called with a path of another kind gives a UsageError, which names the right one.
type Client struct {
	rdb       redis.UniversalClient
	options   Options
	prefix    string
	clustered bool
	newer     sync.Map // channels of a later version of the service
}

// New makes a client of a connection that the caller closes.
func New(rdb redis.UniversalClient, options Options) *Client {
	options.KeyPrefix = or(options.KeyPrefix, "okex")
	options.ListenChannel = or(options.ListenChannel, "trade-ws")
	options.InfoKey = or(options.InfoKey, "trade-ws/info")
	options.Timeout = or(options.Timeout, 10*time.Second)
	options.Patience = or(options.Patience, time.Minute)
	_, clustered := rdb.(*redis.ClusterClient)
	prefix := options.KeyPrefix + "/" + options.Server
	if clustered {
		prefix = options.KeyPrefix + "/{" + options.Server + "}"
	}
	return &Client{rdb, options, prefix, clustered, sync.Map{}}
}

// Connect makes a client of an address such as redis://127.0.0.1:6379.
func Connect(address string, options Options) (*Client, error) {
	parsed, err := redis.ParseURL(address)
	if err != nil {
		return nil, err
	}
	parsed.Protocol, parsed.DisableIdentity = 2, true
	// No attempt is repeated unseen.
	parsed.MaxRetries = -1
	return New(redis.NewClient(parsed), options), nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.rdb.Close() }

// State gives what okws says of a path; nil where nobody has subscribed it.
func (c *Client) State(ctx context.Context, path string) (*State, error) {
	return c.read(ctx, spell(path), Unchecked, nil)
}

// Row gives a latest row, or any row by its own key; nil: there is none.
func (c *Client) Row(ctx context.Context, path string, maxAge time.Duration) (Row, error) {
	path = spell(path)
	var found *redis.MapStringStringCmd
	state, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) { found = pipe.HGetAll(ctx, c.key(path)) })
	if err != nil {
		return nil, err
	}
	if len(found.Val()) == 0 {
		if maxAge != Unchecked {
			return nil, &StaleError{path, "has no row", state}
		}
		return nil, nil
	}
	return found.Val(), nil
}

// Book gives the best levels of an order book, or all of them (BOOK_FULL); a StaleError where there is none.
func (c *Client) Book(ctx context.Context, path string, maxAge time.Duration, full bool) (*Book, error) {
	path = spell(path)
	keys := []string{c.key(path), c.key(path)}
	if full {
		keys = []string{keys[0] + "/bids", keys[1] + "/asks"}
	}
	for range 20 {
		var bids, asks *redis.MapStringStringCmd
		state, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) {
			bids, asks = pipe.HGetAll(ctx, keys[0]), pipe.HGetAll(ctx, keys[1])
		})
		if err != nil {
			return nil, err
		}
		row, others := bids.Val(), asks.Val()
		if row["seqId"] != others["seqId"] || row["ts"] != others["ts"] || row["state"] != others["state"] {
			continue // it changed in between
		}
		if row["state"] == "" {
			if !books.MatchString(tableOf(path)) {
				if err := c.refuseKind(ctx, path); err != nil {
					return nil, err
				}
			}
			return nil, &StaleError{path, "has no book here", state}
		}
		if maxAge != Unchecked && row["state"] != "live" {
			return nil, &StaleError{path, "has a book that is " + row["state"], state}
		}
		book := &Book{State: row["state"], TS: or(row["ts"], row["timestamp"]), SeqID: row["seqId"]}
		var faults [2]error
		if full {
			book.Bids, faults[0] = sortLevels(row, -1)
			book.Asks, faults[1] = sortLevels(others, 1)
		} else {
			book.Bids, faults[0] = readLevels(row["bids"])
			book.Asks, faults[1] = readLevels(row["asks"])
		}
		if errors.Join(faults[:]...) != nil {
			return nil, &StaleError{path, "has a book that cannot be read", state}
		}
		return book, nil
	}
	return nil, &StaleError{path, "changes too quickly to be read as a whole", nil}
}

// Candles gives the newest n bars, oldest first.
func (c *Client) Candles(ctx context.Context, path string, n int, maxAge time.Duration) ([]Row, error) {
	path = spell(path)
	var members *redis.StringSliceCmd
	_, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) {
		members = pipe.ZRange(ctx, c.key(path), int64(-max(n, 1)), -1)
	})
	if err != nil || n < 1 {
		return []Row{}, err
	}
	return c.rows(ctx, c.key(path)+"/", members.Val())
}

// Entries gives the newest n entries of a stream, oldest first.
func (c *Client) Entries(ctx context.Context, path string, n int, maxAge time.Duration) ([]Entry, error) {
	path = spell(path)
	var found *redis.XMessageSliceCmd
	_, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) {
		found = pipe.XRevRangeN(ctx, c.key(path), "+", "-", int64(max(n, 1)))
	})
	entries := []Entry{}
	if err != nil || n < 1 {
		return entries, err
	}
	for _, message := range found.Val() {
		if row := rowOf(message.Values); row["gap"] != "dropped" {
			entries = append(entries, Entry{message.ID, row})
		}
	}
	slices.Reverse(entries)
	return entries, nil
}

// Listed gives what is open, or listed, now: orders, positions, currencies, instruments.
func (c *Client) Listed(ctx context.Context, path string, maxAge time.Duration) ([]Row, error) {
	path = spell(path)
	set, prefix := c.key(path)+"/open", c.key(tableOf(path))+":"
	if strings.HasSuffix(tableOf(path), "instruments") {
		set, prefix = c.key(path), c.key(path)+":"
	}
	var ids *redis.StringSliceCmd
	_, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) { ids = pipe.SMembers(ctx, set) })
	if err == nil && len(ids.Val()) == 0 && !listed[tableOf(path)] && !strings.HasSuffix(tableOf(path), "instruments") {
		err = c.refuseKind(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(ids.Val())
	return c.rows(ctx, prefix, ids.Val())
}

// Command gives the message of the reply; a CommandError unless it is done, a NoServiceError when nobody listens.
func (c *Client) Command(ctx context.Context, op string, fields map[string]any) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	id := newID()
	request := map[string]any{"id": id, "op": op}
	for name, value := range fields {
		request[name] = value
	}
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	channel := c.options.InfoKey + "/" + id
	replies := c.rdb.Subscribe(ctx, channel)
	defer replies.Close()
	if _, err := replies.Receive(ctx); err != nil {
		return nil, err
	}
	receivers, err := c.rdb.Publish(ctx, c.options.ListenChannel, text).Result()
	if err != nil {
		return nil, err
	}
	// A node of a cluster counts its own receivers alone.
	if receivers == 0 && !c.clustered {
		return nil, &NoServiceError{c.options.ListenChannel}
	}
	messages := replies.Channel()
	for {
		select {
		case message := <-messages:
			return readReply(message.Payload)
		case <-time.After(quiet):
			// The subscription may have been cut: the reply is kept for a while.
			if kept, err := c.rdb.Get(ctx, channel).Result(); err == nil {
				return readReply(kept)
			}
		case <-ctx.Done():
			return nil, fmt.Errorf("no reply to %s: %w", op, ctx.Err())
		}
	}
}

// Subscribe returns when the exchange has confirmed every path; a CommandError (80012) where it refused one.
func (c *Client) Subscribe(ctx context.Context, paths ...any) (json.RawMessage, error) {
	return c.Command(ctx, "subscribe", map[string]any{
		"name": c.options.Server, "args": paths, "wait": true, "timeoutMs": c.options.Timeout.Milliseconds() * 9 / 10,
	})
}

// Unsubscribe ends the subscriptions of paths, also those of the file.
func (c *Client) Unsubscribe(ctx context.Context, paths ...any) (json.RawMessage, error) {
	return c.Command(ctx, "unsubscribe", map[string]any{"name": c.options.Server, "args": paths, "wait": true})
}

func readReply(text string) (json.RawMessage, error) {
	var reply struct {
		ErrorCode int             `json:"errorCode"`
		Message   json.RawMessage `json:"message"`
	}
	if err := json.Unmarshal([]byte(text), &reply); err != nil {
		return nil, err
	}
	if reply.ErrorCode != 80000 {
		return nil, &CommandError{reply.ErrorCode, reply.Message}
	}
	return reply.Message, nil
}

// The exchange's own channel `status` leaves that name to the connection.
func (c *Client) key(path string) string {
	if path == "status" {
		path = "system/status"
	}
	return c.prefix + "/" + path
}

// read asks for the state first, then for the rows, in one transaction: they are then at least as new as what is said of
// them.
func (c *Client) read(ctx context.Context, path string, maxAge time.Duration, more func(redis.Pipeliner)) (*State, error) {
	if err := c.checkChannel(ctx, path); err != nil {
		return nil, err
	}
	pipe := c.rdb.TxPipeline()
	status, text := pipe.Get(ctx, c.prefix+"/status"), pipe.HGet(ctx, c.prefix+"/subs", path)
	if more != nil {
		more(pipe)
	}
	commands, err := pipe.Exec(ctx)
	for _, command := range commands {
		// A status or a record that is not there is no error.
		if err := command.Err(); err != nil && err != redis.Nil {
			return nil, c.explain(ctx, path, err)
		}
	}
	if err != nil && err != redis.Nil {
		return nil, err
	}
	now, err := c.rdb.Time(ctx).Result()
	if err != nil {
		return nil, err
	}
	state := readState(path, text.Val(), status.Val(), now)
	return state, checkFresh(path, state, maxAge)
}

// checkChannel gives an error where there is no such channel. A service of a later version may have more of them.
func (c *Client) checkChannel(ctx context.Context, path string) error {
	table := tableOf(path)
	if _, isNewer := c.newer.Load(table); isNewer || isChannel(table) {
		return nil
	}
	paths, err := c.rdb.HKeys(ctx, c.prefix+"/subs").Result()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(paths, func(each string) bool { return tableOf(each) == table }) {
		return &UsageError{fmt.Sprintf("There is no channel %q", table)}
	}
	c.newer.Store(table, true)
	return nil
}

// explain gives what a path is and how it is read, where an error says that it is of another kind.
func (c *Client) explain(ctx context.Context, path string, err error) error {
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		if why := c.refuseKind(ctx, path); why != nil {
			return why
		}
	}
	return err
}

// refuseKind gives the error that says what a path is; nil: nothing is kept of it.
func (c *Client) refuseKind(ctx context.Context, path string) error {
	keyType, err := c.rdb.Type(ctx, c.key(path)).Result()
	if err != nil || keyType == "none" {
		return err
	}
	return &UsageError{path + " " + kindOf(path, keyType)}
}

func (c *Client) rows(ctx context.Context, prefix string, ids []string) ([]Row, error) {
	rows := []Row{}
	pipe := c.rdb.Pipeline()
	found := make([]*redis.MapStringStringCmd, len(ids))
	for i, id := range ids {
		found[i] = pipe.HGetAll(ctx, prefix+id)
	}
	if len(ids) == 0 {
		return rows, nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	for _, each := range found {
		if len(each.Val()) > 0 {
			rows = append(rows, each.Val())
		}
	}
	return rows, nil
}

func rowOf(values map[string]any) Row {
	row := Row{}
	for name, value := range values {
		row[name] = fmt.Sprint(value)
	}
	return row
}

func newID() string {
	bytes := make([]byte, 16)
	_, _ = rand.Read(bytes)
	return fmt.Sprintf("%x", bytes)
}

func or[T comparable](value, otherwise T) T {
	var none T
	if value == none {
		return otherwise
	}
	return value
}

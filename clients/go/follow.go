package okws

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	quiet = time.Second
	batch = 500
)

// position is how far a follower is.
type position struct {
	last    string         // the id of the entry of a stream
	added   int64          // how many entries had been added by then; -1: not known
	first   string         // the oldest entry that was there
	history int64          // when older rows were put before the others
	shown   map[string]Row // the newest rows that were given, by time
	begun   bool
	lost    bool
	idle    bool
}

// noteRewriting: a stream is written once more to put older rows before the others; what was ever added then counts from 0.
func (at *position) noteRewriting(stream streamInfo, state *State) {
	if state != nil && state.History.At != at.history {
		at.added, at.history = -1, state.History.At
	}
	if stream.first == "" {
		return
	}
	if at.first != "" && isLater(at.first, stream.first) {
		at.added = -1
	}
	at.first = stream.first
}

// Follow gives, without an end: of a stream every entry behind that id ("0-0": from the oldest; "": from now on), of
// candles each bar as it changes, of a row or a book what it is whenever it has changed. Where a connection was lost, or
// something was missed, an item with Missed stands in its place. It ends with an error: of the context, a StaleError by
// maxAge, or that of Redis after Options.Patience.
func (c *Client) Follow(ctx context.Context, path, after string, maxAge time.Duration) iter.Seq2[Item, error] {
	path = spell(path)
	table := tableOf(path)
	return func(yield func(Item, error) bool) {
		if err := checkFollow(path, after); err != nil {
			yield(Item{}, err)
			return
		}
		at := &position{last: after, added: -1}
		sub := &subscription{client: c}
		defer sub.close()
		var down time.Time
		pause := 10 * time.Millisecond
		for {
			var items []Item
			var err error
			if streams[table] {
				items, err = c.followStream(ctx, path, at, maxAge)
			} else {
				items, err = c.followNewest(ctx, sub, path, at, maxAge)
			}
			if err == nil {
				down, pause = time.Time{}, 10*time.Millisecond
				for _, item := range items {
					if !yield(item, nil) {
						return
					}
				}
				continue
			}
			if down.IsZero() {
				down = time.Now()
			}
			if ctx.Err() != nil || isFinal(err) || time.Since(down) > c.options.Patience {
				yield(Item{}, err)
				return
			}
			at.lost = at.begun
			sub.close()
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*time.Second, 2*pause)
		}
	}
}

// isFinal says whether an error is more than a lost connection, or a Redis that is not ready yet.
func isFinal(err error) bool {
	for _, prefix := range []string{"LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"} {
		if redis.HasErrorPrefix(err, prefix) {
			return false
		}
	}
	var stale *StaleError
	var usage *UsageError
	var refused redis.Error
	return errors.As(err, &stale) || errors.As(err, &usage) || errors.As(err, &refused)
}

func checkFollow(path, after string) error {
	table := tableOf(path)
	if listed[table] || legacyListed.MatchString(table) {
		return &UsageError{path + " is a list: Follow takes streams, candles, books and single rows; use Listed"}
	}
	if after != "" && !entryID.MatchString(after) {
		return &UsageError{"after is the id of an entry, as 1795375747063-0 or 0-0: " + after}
	}
	return nil
}

// followStream: entries have ids, so none comes twice; how many were ever added tells how many were trimmed unread.
func (c *Client) followStream(ctx context.Context, path string, at *position, maxAge time.Duration) ([]Item, error) {
	key := c.key(path)
	if at.idle {
		waiting := &redis.XReadArgs{Streams: []string{key, at.last}, Count: 1, Block: quiet}
		if err := c.rdb.XRead(ctx, waiting).Err(); err != nil && err != redis.Nil {
			return nil, err
		}
	}
	exists, err := c.rdb.Exists(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	start := "+"
	if at.last != "" {
		start = "(" + at.last
	}
	var found *redis.XMessageSliceCmd
	var info *redis.Cmd
	state, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) {
		// Of a stream that is not there XINFO is an error.
		if exists == 1 {
			info = redis.NewCmd(ctx, "XINFO", "STREAM", key)
			info.SetFirstKeyPos(2)
			_ = pipe.Process(ctx, info)
		}
		found = pipe.XRangeN(ctx, key, start, "+", batch)
	})
	if err != nil {
		return nil, err
	}
	stream := readInfo(info)
	at.begun = true
	at.noteRewriting(stream, state)
	if at.last == "" { // from now on
		at.last, at.added = stream.last, stream.added
		return nil, nil
	}
	entries := found.Val()
	unread := int64(len(entries))
	at.idle = len(entries) < batch
	var missed int64
	missed, at.added = stream.countMissed(at.last, at.added, unread, at.idle)
	items := []Item{}
	if at.lost || missed != 0 {
		why := "trimmed"
		if at.lost {
			why = "connection lost"
		}
		items = append(items, Item{Path: path, Missed: &Missed{missed, why, state}})
	}
	for _, entry := range entries {
		row := rowOf(entry.Values)
		if row["gap"] == "dropped" {
			rows, _ := strconv.ParseInt(row["rows"], 10, 64)
			items = append(items, Item{Path: path, Missed: &Missed{rows, "dropped by okws", state}})
		} else {
			items = append(items, Item{Path: path, Row: row, ID: entry.ID})
		}
		at.last = entry.ID
	}
	if at.added >= 0 {
		at.added += unread
	}
	at.lost = false
	return items, nil
}

type streamInfo struct {
	length, added int64 // added: -1: Redis before 7
	first, last   string
}

// readInfo reads a reply of XINFO STREAM; nil: there is no stream.
func readInfo(reply *redis.Cmd) streamInfo {
	info := streamInfo{last: "0-0"}
	if reply == nil {
		return info
	}
	info.added = -1
	members, _ := reply.Slice()
	for i := 0; i+1 < len(members); i += 2 {
		switch members[i] {
		case "length":
			info.length, _ = members[i+1].(int64)
		case "entries-added":
			info.added, _ = members[i+1].(int64)
		case "last-generated-id":
			info.last, _ = members[i+1].(string)
		case "first-entry":
			if entry, ok := members[i+1].([]any); ok && len(entry) > 0 {
				info.first, _ = entry[0].(string)
			}
		}
	}
	return info
}

// countMissed says how many entries are gone behind `last`, and how many were ever added up to those; -1: that is not
// known. `added`: how many up to `last`; `unread`: how many of those behind it were read, all of them if `whole`.
func (info streamInfo) countMissed(last string, added, unread int64, whole bool) (missed, before int64) {
	gone := info.first != "" && last != "0-0" && isLater(info.first, last)
	if info.added < 0 {
		if gone {
			return -1, -1
		}
		return 0, -1
	}
	if added < 0 && last == "0-0" {
		added = info.added - info.length
	}
	switch {
	case added < 0 && !gone:
	case added < 0, info.added < added:
		missed = -1
	case whole:
		missed = info.added - added - unread
	case gone:
		missed = info.added - info.length - added
	}
	if missed < 0 && !gone && added <= info.added {
		missed = 0 // more came while this was asked
	}
	if missed >= 0 && added >= 0 {
		return missed, added + missed
	}
	// Fewer are gone than have been read: it is another stream.
	if missed < 0 {
		missed = -1
	}
	if whole {
		return missed, info.added - unread
	}
	return missed, -1
}

func isLater(a, b string) bool {
	aMs, aN := numbersOf(a)
	bMs, bN := numbersOf(b)
	return aMs > bMs || aMs == bMs && aN > bN
}

func numbersOf(id string) (ms, n uint64) {
	first, second, _ := strings.Cut(id, "-")
	ms, _ = strconv.ParseUint(first, 10, 64)
	n, _ = strconv.ParseUint(second, 10, 64)
	return ms, n
}

// followNewest: what is published says that there is something to read; what is read is never older than what was.
func (c *Client) followNewest(ctx context.Context, sub *subscription, path string, at *position, maxAge time.Duration) ([]Item, error) {
	table, id, _ := strings.Cut(path, ":")
	isSeries := candles.MatchString(table)
	key := c.key(path)
	channel := key
	if isSeries {
		channel = c.key(table)
	}
	isNew, messages, err := sub.receive(ctx, channel)
	if err != nil {
		return nil, err
	}
	if isNew {
		at.lost, at.begun = at.begun, true
	} else if len(messages) > 0 && isSeries && !strings.Contains(id, "%") && !slices.ContainsFunc(messages, func(text string) bool {
		return strings.Contains(text, id)
	}) {
		return nil, nil // a whole message of another instrument
	}
	found, state, err := c.newest(ctx, path, at, maxAge, isSeries)
	if err != nil {
		return nil, err
	}
	members := slices.Sorted(maps.Keys(found))
	items := []Item{}
	for _, member := range members {
		if !maps.Equal(at.shown[member], found[member]) {
			items = append(items, Item{Path: path, Row: found[member]})
		}
	}
	if at.lost {
		// Bars stay where they are; of a row that was replaced nobody knows how often.
		missed := &Missed{0, "connection lost", state}
		first := slices.Sorted(maps.Keys(at.shown))
		if len(first) > 0 && (isSeries && found[first[0]] == nil || !isSeries && len(items) > 0) {
			missed.Rows = -1
		}
		items = slices.Insert(items, 0, Item{Path: path, Missed: missed})
	}
	at.lost = false
	// The last but one may still become final.
	if len(members) > 0 {
		shown := map[string]Row{}
		for _, member := range members[max(0, len(members)-2):] {
			shown[member] = found[member]
		}
		at.shown = shown
	}
	return items, nil
}

// newest reads the row; of candles the last bar, or those from the last but one that was given on.
func (c *Client) newest(ctx context.Context, path string, at *position, maxAge time.Duration, isSeries bool) (map[string]Row, *State, error) {
	key := c.key(path)
	found := map[string]Row{}
	if !isSeries {
		var row *redis.MapStringStringCmd
		state, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) { row = pipe.HGetAll(ctx, key) })
		if err == nil && len(row.Val()) > 0 {
			found[""] = row.Val()
		}
		return found, state, err
	}
	var members *redis.StringSliceCmd
	state, err := c.read(ctx, path, maxAge, func(pipe redis.Pipeliner) {
		if len(at.shown) == 0 {
			members = pipe.ZRange(ctx, key, -1, -1)
			return
		}
		first := slices.Min(slices.Collect(maps.Keys(at.shown)))
		members = pipe.ZRangeByScore(ctx, key, &redis.ZRangeBy{Min: scoreOf(first), Max: "+inf"})
	})
	if err != nil {
		return nil, state, err
	}
	for _, member := range members.Val() {
		rows, err := c.rows(ctx, key+"/", []string{member})
		if err != nil {
			return nil, state, err
		}
		if len(rows) > 0 {
			found[member] = rows[0]
		}
	}
	return found, state, nil
}

// subscription is one channel; go-redis subscribes it again by itself, and says so.
type subscription struct {
	client *Client
	pubsub *redis.PubSub
	events <-chan any
}

// receive gives what came, and whether the subscription is a new one: waits for a second at most.
func (s *subscription) receive(ctx context.Context, channel string) (isNew bool, messages []string, err error) {
	if s.pubsub == nil {
		s.pubsub = s.client.rdb.Subscribe(ctx, channel)
		if _, err := s.pubsub.ReceiveTimeout(ctx, s.client.options.Timeout); err != nil {
			return false, nil, err
		}
		s.events = s.pubsub.ChannelWithSubscriptions()
		return true, nil, nil
	}
	timer := time.NewTimer(quiet)
	defer timer.Stop()
	take := func(event any) {
		switch event := event.(type) {
		case *redis.Message:
			messages = append(messages, event.Payload)
		case *redis.Subscription:
			isNew = true
		}
	}
	select {
	case event := <-s.events:
		take(event)
	case <-timer.C:
		return false, nil, nil
	case <-ctx.Done():
		return false, nil, ctx.Err()
	}
	for len(messages) < batch {
		select {
		case event := <-s.events:
			take(event)
		default:
			return isNew, messages, nil
		}
	}
	return isNew, messages, nil
}

func (s *subscription) close() {
	if s.pubsub != nil {
		_ = s.pubsub.Close()
	}
	s.pubsub = nil
}

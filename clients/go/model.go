// Package okws reads what okws keeps in Redis: rows, order books, candles, streams, and whether they may be used. See
// docs/reference/clients.md.
package okws

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Row has the exchange's own text in every field.
type Row map[string]string

// Entry is a row of a stream; Follow goes on behind its ID.
type Entry struct {
	ID  string `json:"id"`
	Row Row    `json:"row"`
}

// How old the last row of a path may be: besides a duration of one's own.
const (
	// Unchecked gives whatever is there.
	Unchecked time.Duration = math.MinInt64
	// Live asks for a path that is live, however rarely its rows change.
	Live time.Duration = math.MaxInt64
)

// Reason is why nothing comes. NextAt: when it is tried again, Unix ms by Redis' clock; 0: that is not known.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	NextAt  int64  `json:"nextAt,omitempty"`
}

// State is what okws says of a path at one moment (a field of P/subs). Times are Unix ms by Redis' clock.
type State struct {
	Path       string   `json:"path"`
	State      string   `json:"state"`
	Since      int64    `json:"since"`
	ReceivedAt int64    `json:"receivedAt"`
	ExchangeAt int64    `json:"exchangeAt"`
	Rows       int64    `json:"rows"`
	Error      *Reason  `json:"error"`
	Owners     []string `json:"owners"`
	Connection string   `json:"connection"`
	Generation int64    `json:"generation"`
	// Epoch of the service that wrote it; 0: it has none.
	Epoch int64 `json:"epoch"`
	// History says when rows from before the subscription were put before the others, and how many.
	History struct {
		Rows int64 `json:"rows"`
		At   int64 `json:"at"`
	} `json:"history"`
	// Age is how long ago the last row arrived; Live when none has.
	Age time.Duration `json:"-"`
	// Served says whether a service keeps the server up.
	Served bool `json:"-"`
}

// Missed stands in the place of rows. Rows: how many were missed; -1: that cannot be known; 0: a lost connection cost
// nothing. State: what okws says of the path now; nil: nothing.
type Missed struct {
	Rows  int64
	Why   string
	State *State
}

// Item is a row, an entry of a stream (with its ID), or what was missed.
type Item struct {
	Path   string
	Row    Row
	ID     string
	Missed *Missed
}

// Level of an order book.
type Level struct {
	Price  string `json:"price"`
	Size   string `json:"size"`
	Orders string `json:"orders"`
}

// Book has both sides of one moment, best first.
type Book struct {
	State string  `json:"state"`
	TS    string  `json:"ts"`
	SeqID string  `json:"seq_id"`
	Bids  []Level `json:"bids"`
	Asks  []Level `json:"asks"`
}

// StaleError says why data must not be used.
type StaleError struct {
	Path, Why string
	// State is what okws says of the path; nil: nothing.
	State *State
}

func (e *StaleError) Error() string { return e.Path + " " + e.Why }

// CommandError has the code of docs/reference/commands.md and the message of the reply.
type CommandError struct {
	Code   int
	Detail json.RawMessage
}

func (e *CommandError) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Detail) }

// UsageError is of a call that cannot be right: it names what was given, what it is, and what to use.
type UsageError struct{ Why string }

func (e *UsageError) Error() string { return e.Why }

// NoServiceError means that nobody listens for commands.
type NoServiceError struct{ Channel string }

func (e *NoServiceError) Error() string { return "no okws service listens on " + e.Channel }

func words(text string) map[string]bool {
	found := map[string]bool{}
	for _, word := range strings.Fields(text) {
		found[word] = true
	}
	return found
}

var (
	// Channels whose rows are entries of a stream.
	streams = words("trades option-trades trades-all liquidation-orders sprd-public-trades public-block-trades" +
		" public-struc-block-trades struc-block-trades sprd-trades copytrading-lead-notification fills")
	// Channels of what is listed: a set of ids names the rows.
	listed = words("instruments event-contract-markets orders orders-algo algo-advance grid-orders-spot" +
		" grid-orders-contract grid-sub-orders algo-recurring-buy rfqs quotes sprd-orders deposit-info" +
		" withdrawal-info positions account balance_and_position")
	// Channels of single rows and books.
	others = words("tickers call-auction-details books books5 bbo-tbt books-l2-tbt books50-l2-tbt books-rpi" +
		" open-interest funding-rate price-limit opt-summary estimated-price mark-price index-tickers" +
		" adl-warning status sprd-tickers sprd-bbo-tbt sprd-books5 sprd-books-l2-tbt block-tickers" +
		" economic-calendar grid-positions liquidation-warning account-greeks")
	// Channels in the names of v3, beside candles.
	legacy = words("spot/ticker spot/trade spot/depth spot/depth_l2_tbt spot/depth5 futures/ticker futures/trade" +
		" futures/depth futures/depth_l2_tbt futures/depth5 swap/ticker swap/trade swap/depth" +
		" swap/depth_l2_tbt swap/depth5 option/ticker option/trade option/depth option/depth_l2_tbt" +
		" option/depth5 futures/mark_price futures/price_range swap/mark_price swap/price_range" +
		" index/ticker swap/funding_rate futures/estimated_price option/summary system/status spot/account" +
		" futures/account swap/account option/account futures/position swap/position option/position" +
		" spot/order futures/order swap/order option/order spot/order_algo futures/order_algo" +
		" swap/order_algo spot/instruments futures/instruments swap/instruments option/instruments")
	candles = regexp.MustCompile(`^(mark-price-|index-|sprd-|\w+/)?candle\d+\w+$`)
	bars    = regexp.MustCompile(`^(candle1s|mark-price-candle1Yutc|(mark-price-|index-|sprd-)?candle` +
		`([135]m|15m|30m|[1246]H|12H|[1235]D|1W|[13]M|(6H|12H|[1235]D|1W|[13]M)utc)` +
		`|(spot|futures|swap|option|index)/candle(60|180|300|900|1800|3600|7200|14400|21600|43200|86400|604800)s)$`)
	legacyListed = regexp.MustCompile(`/(trade|order|order_algo|instruments)$`)
	named        = regexp.MustCompile(`^\w+=`)
	coded        = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	entryID      = regexp.MustCompile(`^\d+(-\d+)?$`)
	books        = regexp.MustCompile(`book|bbo|depth`)
)

// spell gives a path as keys have it: what is not plain in an id is percent-coded.
func spell(path string) string {
	parts := strings.Split(path, ":")
	for i, part := range parts[1:] {
		name := named.FindString(part)
		if id := part[len(name):]; !coded.MatchString(id) {
			parts[i+1] = name + escape(id)
		}
	}
	return strings.Join(parts, ":")
}

func escape(id string) string {
	var text strings.Builder
	for _, char := range id {
		switch {
		case strings.ContainsRune("_.~@#$&+,;|<>^()!-", char), char < 128 && (char >= '0' && char <= '9' ||
			char >= 'A' && char <= 'Z' || char >= 'a' && char <= 'z'):
			text.WriteRune(char)
		case char == ' ':
			text.WriteString("%20")
		default:
			text.WriteString(url.QueryEscape(string(char)))
		}
	}
	return text.String()
}

func tableOf(path string) string {
	table, _, _ := strings.Cut(path, ":")
	return table
}

// isChannel: keys of single rows of v3 have an id behind the table, as spot/trade/123.
func isChannel(table string) bool {
	isRow := legacy[table[:max(0, strings.LastIndex(table, "/"))]]
	return isRow || streams[table] || listed[table] || others[table] || legacy[table] || bars.MatchString(table)
}

// kindOf says what a key of this type holds, and the method that reads it.
func kindOf(path, keyType string) string {
	switch {
	case keyType == "zset" && candles.MatchString(tableOf(path)):
		return "is a series of bars: use Candles or Follow"
	case keyType == "zset":
		return "is an index: read its rows with Row"
	case keyType == "stream":
		return "is a stream: use Entries or Follow"
	case keyType == "set":
		return "is a list: use Listed"
	case keyType == "hash" && books.MatchString(tableOf(path)):
		return "is a book: use Book or Follow"
	case keyType == "hash":
		return "is a single row: use Row or Follow"
	}
	return "is a key of type " + keyType + ", which is none of okws"
}

// readState reads a field of P/subs; nil where the path is not subscribed.
func readState(path, text, status string, now time.Time) *State {
	state := &State{}
	if text == "" || json.Unmarshal([]byte(text), state) != nil || state.State == "" {
		return nil
	}
	state.Path, state.Age = path, Live
	state.Served = status != "" && status != "EXIT"
	if state.ReceivedAt > 0 {
		state.Age = now.Sub(time.UnixMilli(state.ReceivedAt))
	}
	return state
}

// checkFresh follows the rules of docs/reference/freshness.md.
func checkFresh(path string, state *State, maxAge time.Duration) error {
	switch {
	case maxAge == Unchecked:
		return nil
	case state == nil:
		return &StaleError{path, "is not subscribed", nil}
	case !state.Served:
		return &StaleError{path, "is kept up by no service", state}
	case state.Error != nil:
		return &StaleError{path, fmt.Sprintf("is %s, %s: %s", state.State, state.Error.Code, state.Error.Message), state}
	case state.State != "live":
		return &StaleError{path, "is " + state.State, state}
	case state.ReceivedAt == 0 || state.Age < -time.Second || state.Age > maxAge:
		why := fmt.Sprintf("is live, but its last row is %d ms old", state.Age.Milliseconds())
		return &StaleError{path, why, state}
	}
	return nil
}

func readLevels(text string) ([]Level, error) {
	var rows [][]any
	if text == "" {
		text = "[]"
	}
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		return nil, err
	}
	levels := make([]Level, 0, len(rows))
	for _, row := range rows {
		if len(row) < 2 {
			return nil, errLevel
		}
		level := Level{Price: fmt.Sprint(row[0]), Size: fmt.Sprint(row[1])}
		if len(row) > 2 {
			level.Orders = fmt.Sprint(row[len(row)-1])
		}
		levels = append(levels, level)
	}
	return levels, nil
}

var errLevel = errors.New("a level without a size")

// sortLevels reads the hash of a side; sign -1: the highest price is best.
func sortLevels(side Row, sign float64) ([]Level, error) {
	levels, prices := []Level{}, map[string]float64{}
	for price, value := range side {
		number, err := strconv.ParseFloat(price, 64)
		if err != nil {
			continue // state, ts and seqId
		}
		parts := strings.Fields(value)
		if len(parts) == 0 {
			return nil, errLevel
		}
		levels = append(levels, Level{price, parts[0], parts[len(parts)-1]})
		prices[price] = sign * number
	}
	sort.Slice(levels, func(i, j int) bool { return prices[levels[i].Price] < prices[levels[j].Price] })
	return levels, nil
}

// scoreOf gives the score of a candle, its opening time in seconds.
func scoreOf(member string) string {
	if ms, err := strconv.ParseInt(member, 10, 64); err == nil {
		return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64)
	}
	at, _ := time.Parse(time.RFC3339Nano, member)
	return strconv.FormatInt(at.Unix(), 10)
}

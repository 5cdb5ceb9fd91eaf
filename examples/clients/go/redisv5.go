// Orders that time out and a cache that stays fresh, with gopkg.in/redis.v5.
//
//	go run redisv5.go [redis://host:port]
//
// 1. turn notifications on            3. hear a product deleted, drop it from a local cache
// 2. hear an order expire, cancel it  4. lose the connection, come back, hear another order expire
//
// Debian's golang-gopkg-redis.v5-dev is found with GO111MODULE=off GOPATH=/usr/share/gocode.
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"gopkg.in/redis.v5"
)

const (
	wait     = 10 * time.Second
	expired  = "__keyevent@0__:expired" // the channel says what happened, the payload is the key
	keyspace = "__keyspace@0__:"        // the channel names the key, the payload is what happened
)

// shop holds what the program knows; hear is its only writer besides the story itself.
type shop struct {
	mu       sync.Mutex
	orders   map[string]string         // order key → open, cancelled
	cache    map[string]map[string]any // product key → its fields, as read from the server
	products string                    // the pattern of our products' channels
	done     chan string               // keys that the shop has dealt with
}

func (s *shop) hear(msg *redis.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case msg.Channel == expired:
		// This channel carries every key of the database: pick ours.
		if s.orders[msg.Payload] == "open" {
			s.orders[msg.Payload] = "cancelled"
			s.done <- msg.Payload
		}
	case msg.Pattern == s.products && msg.Payload == "del":
		product := strings.TrimPrefix(msg.Channel, keyspace)
		if _, cached := s.cache[product]; cached {
			delete(s.cache, product)
			s.done <- product
		}
	}
}

// await waits until the shop has dealt with key and returns how long that took.
func (s *shop) await(key, otherwise string) (time.Duration, error) {
	start := time.Now()
	timeout := time.After(wait)
	for {
		select {
		case k := <-s.done:
			if k == key {
				return time.Since(start), nil
			}
		case <-timeout:
			return 0, fmt.Errorf("%s within %v", otherwise, wait)
		}
	}
}

// expiry places an order and waits until it was heard to expire.
func (s *shop) expiry(client *redis.Client, order string) (time.Duration, error) {
	s.mu.Lock()
	s.orders[order] = "open"
	s.mu.Unlock()
	placed := time.Now()
	// A real shop would give it 15 minutes.
	if err := client.Set(order, "2 concert tickets", time.Second).Err(); err != nil {
		return 0, err
	}
	if _, err := s.await(order, order+" was not heard to expire"); err != nil {
		return 0, err
	}
	lived := time.Since(placed)
	if lived < 995*time.Millisecond {
		return 0, fmt.Errorf("%s expired early, after %v", order, lived)
	}
	return lived, nil
}

// subscriberID finds the connection in CLIENT LIST by its local address; this library has no
// CLIENT ID for a subscription. It waits for the connection and for both of its patterns.
func subscriberID(client *redis.Client, address func() string, not string) (string, error) {
	for deadline := time.Now().Add(wait); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		list, err := client.ClientList().Result()
		if err != nil {
			return "", err
		}
		for _, line := range strings.Split(list, "\n") {
			line = " " + line + " "
			var id string
			fmt.Sscanf(line, " id=%s", &id)
			if id != not && strings.Contains(line, " addr="+address()+" ") && strings.Contains(line, " psub=2 ") {
				return id, nil
			}
		}
	}
	return "", fmt.Errorf("no connection from %s with two patterns within %v", address(), wait)
}

func play(url string) (story string, err error) {
	random := make([]byte, 4)
	if _, err = rand.Read(random); err != nil {
		return
	}
	run := fmt.Sprintf("%x", random) // so that runs do not hear each other
	first, second, product := "order:"+run+":1", "order:"+run+":2", "product:"+run+":42"

	options, err := redis.ParseURL(url)
	if err != nil {
		return
	}
	client := redis.NewClient(options)
	defer client.Close()

	// 1. K and E: both kinds of channels; g: del and other generic events; $: strings; x: expired.
	before, err := client.ConfigGet("notify-keyspace-events").Result()
	if err != nil {
		return
	}
	if err = client.ConfigSet("notify-keyspace-events", "KEg$x").Err(); err != nil {
		return
	}
	defer func() {
		client.Del(first, second, product)
		client.ConfigSet("notify-keyspace-events", fmt.Sprint(before[1])) // a real program leaves them on
	}()

	// A client of its own for the subscription, so that we know from which address it comes.
	var mu sync.Mutex
	var local string
	address := func() string { mu.Lock(); defer mu.Unlock(); return local }
	theirs := *options
	theirs.Dialer = func() (net.Conn, error) {
		conn, err := net.DialTimeout("tcp", theirs.Addr, wait)
		if err == nil {
			mu.Lock()
			local = conn.LocalAddr().String()
			mu.Unlock()
		}
		return conn, err
	}
	subscriber := redis.NewClient(&theirs)
	defer subscriber.Close()

	s := &shop{
		orders:   map[string]string{},
		cache:    map[string]map[string]any{},
		products: keyspace + "product:" + run + ":*",
		done:     make(chan string, 16),
	}
	pubsub, err := subscriber.PSubscribe(expired, s.products)
	if err != nil {
		return
	}
	go func() {
		for {
			// ReceiveMessage connects again and subscribes to the same patterns by itself.
			msg, err := pubsub.ReceiveMessage()
			if err != nil {
				return // closed
			}
			s.hear(msg)
		}
	}()
	id, err := subscriberID(client, address, "")
	if err != nil {
		return
	}

	// 2. An order that nobody pays expires and is cancelled.
	firstLived, err := s.expiry(client, first)
	if err != nil {
		return
	}

	// 3. A deleted product leaves the local cache.
	if err = client.Set(product, `{"name": "bell", "price": 12}`, 0).Err(); err != nil {
		return
	}
	text, err := client.Get(product).Bytes()
	if err != nil {
		return
	}
	var fields map[string]any
	if err = json.Unmarshal(text, &fields); err != nil {
		return
	}
	s.mu.Lock()
	s.cache[product] = fields
	s.mu.Unlock()
	if err = client.Del(product).Err(); err != nil {
		return
	}
	productTook, err := s.await(product, "del of "+product+" was not heard")
	if err != nil {
		return
	}

	// 4. Somebody cuts the subscriber's connection; ReceiveMessage comes back.
	kill := redis.NewIntCmd("CLIENT", "KILL", "ID", id)
	if err = client.Process(kill); err != nil {
		return
	}
	if kill.Val() != 1 {
		return "", fmt.Errorf("CLIENT KILL ID %s killed %d connections", id, kill.Val())
	}
	if _, err = subscriberID(client, address, id); err != nil {
		return
	}
	// Pub/Sub forgot whatever happened in between: look at the open orders once, here.
	secondLived, err := s.expiry(client, second)
	if err != nil {
		return
	}

	return fmt.Sprintf("%s expired after %d ms, %s left the cache after %d ms, %s expired after %d ms on a new connection",
		first, firstLived.Milliseconds(), product, productTook.Milliseconds(), second, secondLived.Milliseconds()), nil
}

func main() {
	url := "redis://127.0.0.1:6379"
	if fromEnvironment := os.Getenv("CARILLON_URL"); fromEnvironment != "" {
		url = fromEnvironment
	}
	if len(os.Args) > 1 {
		url = os.Args[1]
	}
	story, err := play(url)
	if err != nil {
		fmt.Fprintf(os.Stderr, "FAILED go redis.v5 (%s): %v\n", runtime.Version(), err)
		os.Exit(1)
	}
	fmt.Printf("ok go redis.v5 (%s): %s\n", runtime.Version(), story)
}

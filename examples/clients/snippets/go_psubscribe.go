// The usual Go snippet: CONFIG SET, PSubscribe, SETEX, ReceiveMessage.
package main

import (
	"fmt"
	"log"
	"net/url"
	"os"
	"time"

	"gopkg.in/redis.v5"
)

// --- the snippet ----------------------------------------------------------------------------------

func snippet(addr string, done chan<- string) {
	client := redis.NewClient(&redis.Options{
		Addr:     addr,
		Password: "", // no password set
		DB:       0,  // use default DB
	})

	client.ConfigSet("notify-keyspace-events", "Ex")

	pubsub, err := client.PSubscribe("__keyevent@*__:expired")
	if err != nil {
		log.Fatal(err)
	}
	defer pubsub.Close()

	// SETEX cache:home 1 <html>
	setex := redis.NewStatusCmd("SETEX", "cache:home", 1, "<html>")
	client.Process(setex)
	fmt.Println(setex.Val(), setex.Err())

	for {
		msg, err := pubsub.ReceiveMessage()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(msg.Channel, msg.Payload)
		done <- msg.Payload // (for the check)
	}
}

// --- the check ------------------------------------------------------------------------------------

func main() {
	address := os.Getenv("CARILLON_URL")
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if address == "" {
		address = "redis://127.0.0.1:6379"
	}
	u, err := url.Parse(address)
	if err != nil {
		log.Fatal(err)
	}
	heard := make(chan string, 100)
	go snippet(u.Host, heard)
	timeout := time.After(10 * time.Second)
	for {
		select {
		case key := <-heard:
			if key == "cache:home" {
				fmt.Println("ok snippet go PSubscribe, redis.v5")
				return
			}
		case <-timeout:
			fmt.Fprintln(os.Stderr, "FAILED snippet go PSubscribe: cache:home was not heard to expire within 10 s")
			os.Exit(1)
		}
	}
}

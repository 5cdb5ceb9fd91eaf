// Prints which orders were not paid in time, and goes on where it stopped.
//
// redis.v5 is older than streams: commands go out as words, and answers are taken apart here.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"gopkg.in/redis.v5"
)

const position = "position.txt" // outlives this program

var client *redis.Client

func main() {
	url := os.Getenv("CARILLON_URL")
	if url == "" {
		url = "redis://127.0.0.1:6379"
	}
	options, err := redis.ParseURL(url)
	if err != nil {
		log.Fatal(err)
	}
	client = redis.NewClient(options)
	_, err = ask("FEED", "CREATE", "orders", "EVENTS", "x", "MATCH", "order:*", "VALUES", 4096)
	if err != nil && !strings.Contains(err.Error(), "exists already") {
		log.Fatal(err)
	}

	last := "0-0"
	if id, err := os.ReadFile(position); err == nil {
		last = string(id)
	}
	fmt.Println("orders, behind", last)
	for {
		streams, err := ask("XREAD", "COUNT", 100, "BLOCK", 2000, "STREAMS", "orders", last)
		if err != nil { // a lost connection is made anew by the next command
			log.Print(err)
			time.Sleep(500 * time.Millisecond)
		}
		for _, stream := range streams { // there is one: its name, and its entries
			for _, item := range stream.([]interface{})[1].([]interface{}) {
				id, order := entry(item)
				fmt.Println(id, order["event"], order["key"], order["value"])
				// Behind the work: rather twice than never.
				if err := os.WriteFile(position, []byte(id), 0o644); err != nil {
					log.Fatal(err)
				}
				last = id
			}
		}
	}
}

// ask returns the elements of the answer; none if it is no list.
func ask(words ...interface{}) ([]interface{}, error) {
	cmd := redis.NewCmd(words...)
	if err := client.Process(cmd); err != nil && err != redis.Nil {
		return nil, err
	}
	list, _ := cmd.Val().([]interface{})
	return list, nil
}

// entry takes apart what stands for an entry: its id, and a list of names and values in turns.
func entry(item interface{}) (id string, fields map[string]string) {
	words := item.([]interface{})[1].([]interface{})
	fields = map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		fields[words[i].(string)] = words[i+1].(string)
	}
	return item.([]interface{})[0].(string), fields
}

// Handles orders that were not paid in time, together with the other workers of its group.
//
// redis.v5 is older than streams: commands go out as words, and answers are taken apart here.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"gopkg.in/redis.v5"
)

const (
	ledger         = "handled.txt"
	takeOverMillis = 3000 // longer than ten orders take
)

var (
	name   = os.Args[1]
	client *redis.Client
)

func handle(id string, order map[string]string, deliveries interface{}) error {
	// The work is a line that begins with the entry's id: whoever gets the entry again finds it.
	file, err := os.OpenFile(ledger, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	lines, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	outcome := "done"
	if strings.Contains("\n"+string(lines), "\n"+id+" ") {
		outcome = "again"
	}
	line := fmt.Sprintln(id, outcome, name, deliveries, order["key"], order["value"])
	fmt.Print(line)
	_, err = file.WriteString(line)
	return err
}

func work() error {
	// First what somebody else, or this worker before it died, was given and did not finish.
	claimed, err := ask("XAUTOCLAIM", "orders", "billing", name, takeOverMillis, "0", "COUNT", 10)
	if err != nil {
		return err
	}
	for _, item := range claimed[1].([]interface{}) {
		id, order := entry(item)
		pending, err := ask("XPENDING", "orders", "billing", id, id, 1)
		if err != nil {
			return err
		}
		for _, one := range pending { // its id, its worker, its idle time, its deliveries
			if err := finish(id, order, one.([]interface{})[3]); err != nil {
				return err
			}
		}
	}
	streams, err := ask(
		"XREADGROUP", "GROUP", "billing", name, "COUNT", 10, "BLOCK", 1000, "STREAMS", "orders", ">")
	if err != nil {
		return err
	}
	for _, stream := range streams { // there is one: its name, and its entries
		for _, item := range stream.([]interface{})[1].([]interface{}) {
			id, order := entry(item)
			if err := finish(id, order, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func finish(id string, order map[string]string, deliveries interface{}) error {
	if err := handle(id, order, deliveries); err != nil {
		return err
	}
	_, err := ask("XACK", "orders", "billing", id)
	return err
}

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
	for {
		if err := work(); err != nil { // a lost connection is made anew by the next command
			log.Print(err)
			time.Sleep(500 * time.Millisecond)
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

// What HandOver and Pools measure, in Go: nanoseconds for a switch, and for an item through a channel. Run with GOMAXPROCS=1.
package main

import (
	"fmt"
	"runtime"
	"time"
)

const times = 1000000

func measure(what string, operations int, body func()) {
	body()
	began := time.Now()
	body()
	fmt.Printf("%-24s %6.0f ns\n", what, float64(time.Since(began).Nanoseconds())/float64(operations))
}

func handOver(channel chan int) {
	go func() {
		for i := 0; i < times; i++ {
			channel <- i
		}
	}()
	for i := 0; i < times; i++ {
		<-channel
	}
}

func main() {
	measure("switch", 2*times, func() {
		done := make(chan bool)
		go func() {
			for i := 0; i < times; i++ {
				runtime.Gosched()
			}
			done <- true
		}()
		for i := 0; i < times; i++ {
			runtime.Gosched()
		}
		<-done
	})
	measure("rendezvous", times, func() { handOver(make(chan int)) })
	measure("room for 100", times, func() { handOver(make(chan int, 100)) })
	measure("put and take, alone", times, func() {
		channel := make(chan int, 100)
		for i := 0; i < times; i++ {
			channel <- i
			<-channel
		}
	})
	measure("spawn and join", times, func() {
		results := make(chan int)
		for i := 0; i < times; i++ {
			go func() { results <- 1 }()
			<-results
		}
	})
}

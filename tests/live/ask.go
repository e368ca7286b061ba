// SPDX-License-Identifier: Apache-2.0

// Asks with Go's own resolver: ask ZONE COUNT. Built without cgo, static.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
)

func main() {
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	resolver := net.Resolver{PreferGo: true}
	failed := 0
	for n := 0; n < count; n++ {
		name := fmt.Sprintf("p%d-%d.%s", os.Getpid(), n, os.Args[1])
		fmt.Println(name)
		// The final dot keeps the search list away.
		if _, err := resolver.LookupIPAddr(context.Background(), name+"."); err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed = 1
		}
	}
	os.Exit(failed)
}

//go:build !js

// The engine as a plain program, for people who work on it: a job on each line of standard input, an answer on each line of
// standard output. Nothing is built from this file.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			fmt.Println(runJSON(line))
		}
		if err != nil {
			return
		}
	}
}

//go:build js && wasm

// The engine as WebAssembly: one function on the global object takes a job and gives its answer, both JSON text.
package main

import "syscall/js"

func main() {
	js.Global().Set("writCueRun", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return runJSON(args[0].String())
	}))
	// The functions above are called from outside, so the program never ends by itself.
	select {}
}

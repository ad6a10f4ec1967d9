// dashboard-check reads a dashboard on its standard input by Grafana's own types, and ends with 1 where they do not take it:
// fields that there are not, values of other types, and what the types forbid besides.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	if fault := faultOf(os.Stdin); fault != "" {
		fmt.Fprintln(os.Stderr, fault)
		os.Exit(1)
	}
}

func faultOf(input io.Reader) string {
	text, err := io.ReadAll(input)
	if err != nil {
		return err.Error()
	}
	var read dashboard.Dashboard
	if fault := textOf(read.UnmarshalJSONStrict(text)); fault != "" {
		return fault
	}
	return textOf(read.Validate())
}

// textOf is empty where all is well: the SDK then returns no error, or one that says nothing.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

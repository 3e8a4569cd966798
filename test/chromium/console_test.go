package chromium_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// console keeps the complaints of a browser: failed scripts, and requests that the Content
// Security Policy or the network has refused.
type console struct {
	mu         sync.Mutex
	complaints []string
}

func (c *console) listen(event any) {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		details := event.ExceptionDetails
		text := details.Text
		if details.Exception != nil {
			text += " " + details.Exception.Description
		}
		c.add("exception", details.URL, text)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
			c.add("console", "", spell(event.Args))
		}
	case *log.EventEntryAdded:
		if strings.Contains(event.Entry.Text, "status of 400") && strings.Contains(event.Entry.URL, "/login?") {
			return // the status of a form that is shown again
		}
		if strings.HasSuffix(event.Entry.URL, "/favicon.ico") {
			return // no page of the application asks for it
		}
		c.add(string(event.Entry.Source), event.Entry.URL, event.Entry.Text)
	}
}

func spell(arguments []*runtime.RemoteObject) string {
	words := make([]string, len(arguments))
	for i, argument := range arguments {
		words[i] = string(argument.Value)
		if words[i] == "" {
			words[i] = argument.Description
		}
	}
	return strings.Join(words, " ")
}

func (c *console) add(source, url, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, fmt.Sprintf("%s: %s %s", source, text, url))
}

// all returns the complaints so far.
func (c *console) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.complaints)
}

// take removes the first complaint with the text, and reports whether there was one.
func (c *console) take(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.complaints, func(complaint string) bool { return strings.Contains(complaint, text) })
	if i < 0 {
		return false
	}
	c.complaints = slices.Delete(c.complaints, i, i+1)
	return true
}

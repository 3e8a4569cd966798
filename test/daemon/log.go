package daemon

import (
	"bytes"
	"fmt"
	"os"
)

// logTailSize is how many bytes at the end of a log are shown.
const logTailSize = 8 << 10

// LogTail returns the last lines of the server's log.
func (p *Process) LogTail() string {
	log, err := os.ReadFile(p.logFile())
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	if len(log) > logTailSize {
		log = log[len(log)-logTailSize:]
		if _, whole, found := bytes.Cut(log, []byte("\n")); found {
			log = whole
		}
	}
	if len(log) == 0 {
		return "(nothing logged)"
	}
	return string(log)
}

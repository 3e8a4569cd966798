package wire

import "time"

// Stage is how far an exchange gets before its connection ends.
type Stage int

// The stages of an exchange.
const (
	Never        Stage = iota // it gets to its end
	AtAccept                  // the connection is made, and nothing is read from it
	InRequest                 // the client has not sent all of its request
	BeforeAnswer              // the server has the request; what it answers is lost
	InAnswer                  // the client has some bytes of the answer
)

// End is how a connection ends.
type End int

// The ends of a connection.
const (
	Close     End = iota // in order, as by a server that stops
	Reset                // at once, as by a crash or a firewall
	HalfClose            // nothing more is sent, but the client is still heard
	Silence              // nothing more is sent, and the connection stays open
)

// Fault is what happens to requests and their answers on the way. The zero Fault
// is that nothing does.
type Fault struct {
	// Target is the method and the path of the requests that it happens to;
	// empty for all of them.
	Target string

	// Times is how many requests it happens to; zero for all of them.
	Times int

	// Stage and End are when and how the connection ends. Bytes are how many
	// bytes of the request or of the answer pass before that.
	Stage Stage
	End   End
	Bytes int

	// Delay is the time before the first byte of the answer.
	Delay time.Duration

	// Chunk and Pause are how many bytes of the answer come at once, and the
	// time between them. A Chunk of zero is the whole answer.
	Chunk int
	Pause time.Duration

	// From is how many bytes of the answer come before the first pause.
	From int

	// Answer is sent in place of the server's answer, which is not asked.
	Answer string
}

func (f *Fault) hits(target string) bool { return f.Target == "" || f.Target == target }

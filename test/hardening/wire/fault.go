package wire

import "time"

// Stage is how far an exchange gets before its connection ends.
type Stage int

// The stages of an exchange.
const (
	Never        Stage = iota // the exchange ends normally
	AtAccept                  // the connection is accepted, and nothing is read from it
	InRequest                 // the client has not sent its whole request
	BeforeAnswer              // the server has the request, and its answer is lost
	InAnswer                  // the client has a part of the answer
)

// End is how a connection ends.
type End int

// The ends of a connection.
const (
	Close     End = iota // closed normally, as by a server that stops
	Reset                // closed at once, as by a crash or a firewall
	HalfClose            // the server side sends no more, but still reads
	Silence              // nothing more is sent, and the connection stays open
)

// Fault is what happens to requests and their answers on the way. The zero Fault does nothing.
type Fault struct {
	// Target is the method and path of the requests that the fault affects. Empty means all
	// requests.
	Target string

	// Times is the number of requests that the fault affects. Zero means all of them.
	Times int

	// Stage and End say when and how the connection ends. Bytes is the number of bytes of the
	// request or the answer that pass before that.
	Stage Stage
	End   End
	Bytes int

	// Delay is the time before the first byte of the answer.
	Delay time.Duration

	// Chunk is the number of bytes of the answer that are sent at once, and Pause is the time
	// between chunks. A Chunk of zero is the whole answer.
	Chunk int
	Pause time.Duration

	// From is the number of bytes of the answer before the first pause.
	From int

	// Answer is sent instead of the server's answer. The server then gets no request.
	Answer string
}

func (f *Fault) hits(target string) bool { return f.Target == "" || f.Target == target }

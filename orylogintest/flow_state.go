package orylogintest

import "time"

// SendCode sends the code of a flow to an address, as if the user had asked for it, and
// returns the code. It fails the test if no flow has that id, if no identity has that address,
// or if the server has no codes for the flow: see [WithCode] and [WithCodeSecondFactor].
func (s *Server) SendCode(flowID, address string) string {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	f, p := s.mustHaveFlow(flowID), s.find(address)
	switch {
	case p == nil || p.address(address) == "":
		s.tb.Fatalf("orylogintest: no identity has the address %s", address)
	case f.aal == "aal1" && !s.passwordless || f.aal == "aal2" && !s.codeAsFactor:
		s.tb.Fatalf("orylogintest: the server has no codes for the flow %q, of %s", flowID, f.aal)
	}
	s.mail(f, p, p.address(address), time.Now())
	return f.mailed.code
}

// mustHaveFlow returns the flow with an id. It fails the test if there is none.
func (s *Server) mustHaveFlow(id string) *flow {
	s.tb.Helper()
	f := s.flows[id]
	if f == nil {
		s.tb.Fatalf("orylogintest: there is no flow %q", id)
	}
	return f
}

// ExpireFlows makes all flows expire now, like [Server.ExpireFlow]. It never fails the test. So a
// handler of [Server.Handle] can call it.
func (s *Server) ExpireFlows() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.flows {
		f.expires = time.Now().Add(-time.Millisecond)
	}
}

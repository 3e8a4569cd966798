package conformance

// refusedByHook does something with somebody whose login a web hook refuses.
func refusedByHook(do func(r *Run, ada Identity), says ...HookMessage) func(*Run) {
	return func(r *Run) { do(r, r.Create(Identity{HookSays: says})) }
}

var (
	saysNo    = HookMessage{Field: "traits.email", ID: 1234567, Type: "error"}
	saysNever = HookMessage{ID: 1234568, Type: "error"}
	saysHm    = HookMessage{ID: 1234569, Type: "info"}
)

// hooks is what those are answered with whose login a web hook refuses with its own messages.
var hooks = []Scenario{
	{Name: "hook/continues", Needs: WebHook, Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "hook/refuses", Needs: WebHook, Do: refusedByHook(func(r *Run, ada Identity) {
		r.SubmitJSON(r.Flow(), password(ada))
	}, saysNo), Want: `
		400 native flow active:password traits.email:1234567 → refused 1234567
	`},
	{Name: "hook/refuses a wrong password", Needs: WebHook, Do: refusedByHook(func(r *Run, ada Identity) {
		r.SubmitJSON(r.Flow(), wrongPassword(ada))
	}, saysNo), Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "hook/refuses with several messages", Needs: WebHook, Releases: "v1.3", Do: refusedByHook(func(r *Run, ada Identity) {
		r.SubmitJSON(r.Flow(), password(ada))
	}, saysNo, saysNever, HookMessage{Field: "identifier", ID: 1234570, Type: "error"}), Want: `
		400 native flow active:password ui:1234568 identifier:1234570 traits.email:1234567 → refused 1234568 1234570 1234567
	`},
	{Name: "hook/refuses with a message about the form", Needs: WebHook, Releases: "v1.3", Do: refusedByHook(func(r *Run, ada Identity) {
		r.SubmitJSON(r.Flow(), password(ada))
	}, saysNever), Want: `
		400 native flow active:password ui:1234568 → refused 1234568
	`},
	{Name: "hook/only informs", Needs: WebHook, Releases: "v1.3", Do: refusedByHook(func(r *Run, ada Identity) {
		r.SubmitJSON(r.Flow(), password(ada))
	}, saysHm), Want: `
		400 native flow active:password ui:1234569 → next_step
	`},
	{Name: "hook/script", Needs: WebHook, Releases: "v1.3", Do: refusedByHook(func(r *Run, ada Identity) {
		b := r.Browser()
		b.SubmitJSON(b.Flow(), password(ada))
	}, saysNo), Want: `
		400 browser flow active:password traits.email:1234567 → refused 1234567
	`},
	{Name: "hook/form", Needs: WebHook, Do: refusedByHook(func(r *Run, ada Identity) {
		b := r.Browser()
		b.SubmitForm(b.Flow(), password(ada))
	}, saysNo), Want: `
		303 to login-ui?flow → refused 1234567
	`},
	{Name: "hook/second factor", Needs: WebHook, Releases: "v1.3", Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		token := r.LogIn(ada)
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), r.totpCode(ada), Token(token))
	}, Want: `
		200 login+token aal2 by password,totp → logged_in
	`},
}

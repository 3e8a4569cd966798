package orylogintest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	flowLifespan = 10 * time.Minute
	codeLifespan = time.Hour
	maxTries     = 5
)

// The states of a flow.
const (
	stateChoose = "choose_method"
	stateSent   = "sent_email"
	statePassed = "passed_challenge"
)

// flow is a login flow.
type flow struct {
	id           string
	browser      bool
	csrf         string // the CSRF cookie of the browser that created the flow
	aal          string
	refresh      bool
	issued       time.Time
	expires      time.Time
	requestURL   string
	returnTo     string
	challenge    string // the login_challenge of the OAuth2 login
	exchangeCode string

	owner      *person  // whose session the flow refreshes or steps up
	link       *account // the provider's account that the login links
	returned   returned // what a native login with a provider is exchanged for
	state      string
	active     string // the method that was submitted last
	identifier string // as the form shows it
	named      bool   // the user has given a known identifier before the methods
	hidden     bool   // the form hides the identifier, since it has refused to send a code
	messages   []object
	fields     map[string][]object // messages by field
	addresses  []string            // to which the code of a second factor can go
	mailed     mailedCode
}

// mailedCode is a code that was mailed for a flow.
type mailedCode struct {
	address string
	code    string
	expires time.Time
	tries   int
}

func (c *call) createFlow() {
	f, failed := c.newFlow(false)
	if failed != nil {
		c.fail(*failed)
		return
	}
	if c.query("return_session_token_exchange_code") == "true" && c.oneStepMethods {
		f.exchangeCode = rand.Text()
	}
	c.w.Header().Set("Cache-Control", "private, no-cache, no-store, must-revalidate")
	body := c.flowJSON(f)
	if f.exchangeCode != "" {
		body["session_token_exchange_code"] = f.exchangeCode
	}
	c.write(http.StatusOK, body)
}

func (c *call) createBrowserFlow() {
	f, failed := c.newFlow(true)
	isSkipped := failed != nil && failed.id == "session_already_available" && c.challenge() != ""
	switch asJSON := c.prefersJSON(); {
	case isSkipped && asJSON && !c.errorWithOAuth2:
		c.write(http.StatusOK, nil)
	case isSkipped && !asJSON:
		c.redirect(http.StatusSeeOther, c.oauth2URL())
	case failed != nil && asJSON:
		c.fail(*failed)
	case failed != nil && failed.id == "session_already_available":
		c.redirect(http.StatusSeeOther, c.returnTarget(c.query("return_to")))
	case failed != nil:
		c.failForBrowser(*failed)
	case asJSON:
		c.write(http.StatusOK, c.flowJSON(f))
	default:
		c.redirect(http.StatusSeeOther, c.loginPage(f))
	}
}

// newFlow creates the flow that the request's parameters ask for.
func (c *call) newFlow(browser bool) (*flow, *failure) {
	if target := c.query("return_to"); target != "" && !c.allowed(target) {
		failed := forbiddenReturnTo(target)
		return nil, &failed
	}
	if c.oauth2 == "" && c.state && c.r.URL.Query().Has("login_challenge") {
		return nil, &failure{
			status: http.StatusInternalServerError, reason: "refusing to parse login_challenge query parameter because oauth2_provider.url is invalid or unset",
			text: textInternal,
		}
	}
	f := c.addFlow(browser)
	switch f.aal = c.query("aal"); f.aal {
	case "":
		f.aal = "aal1"
	case "aal1", "aal2":
	default:
		failed := badRequest("Unable to parse AuthenticationMethod Assurance Level (AAL): " +
			"expected one of [aal1, aal2] but got " + f.aal)
		return nil, &failed
	}
	f.refresh = c.query("refresh") == "true"
	if failed := c.aboutSession(f); failed != nil {
		return nil, failed
	}
	return f, nil
}

// aboutSession sets those parts of a flow that depend on the session of the request.
func (c *call) aboutSession(f *flow) *failure {
	current := c.session()
	switch {
	case current == nil && f.aal == "aal2":
		failed := firstFactorRequired()
		return &failed
	case current == nil:
		f.refresh = f.refresh && c.refreshNobody
	case f.refresh:
	case f.aal <= current.level:
		failed := failure{
			status: http.StatusBadRequest, id: "session_already_available",
			reason: reasonSession, text: "you are already logged in",
		}
		return &failed
	}
	if current != nil {
		f.owner = current.person
	}
	switch {
	case f.refresh:
		f.messages = []object{message(msgRefresh)}
		if f.owner != nil && !c.passwordless { // with passwordless codes the form asks for the identifier
			f.identifier = f.owner.identifiers()[0]
		}
	case f.aal == "aal2":
		f.messages = []object{message(msgSecondFactor)}
	}
	if f.aal == "aal2" && c.codeAsFactor {
		if failed := c.chooseAddresses(f); failed != nil {
			return failed
		}
		if c.codeAtOnce && !f.owner.enrolled() && len(f.owner.addresses()) == 1 {
			c.mail(f, f.owner, f.owner.addresses()[0], c.now)
		}
	}
	return nil
}

// chooseAddresses sets where the code of a second factor can go: to the address in the trait
// that the request names, or to any.
func (c *call) chooseAddresses(f *flow) *failure {
	f.addresses = f.owner.addresses()
	if c.query("via") == "" {
		return nil
	}
	var traits object
	_ = json.Unmarshal(f.owner.traits, &traits) // which it has
	trait, _ := traits[c.query("via")].(string)
	address := f.owner.address(trait)
	if address == "" {
		failed := badRequest("No value found for trait " + c.query("via") + " in the current identity.")
		return &failed
	}
	f.addresses = []string{address}
	return nil
}

func firstFactorRequired() failure {
	return failure{
		status: http.StatusUnauthorized,
		id:     "session_aal1_required",
		reason: "You can not requested a higher AAL (AAL2/AAL3) without an active session.",
		text:   "aal2 and aal3 can only be requested if a session exists already",
	}
}

func (c *call) addFlow(browser bool) *flow {
	f := &flow{
		challenge: c.challenge(),
		id:        newUUID(), browser: browser, aal: "aal1", state: stateChoose,
		issued: c.now, expires: c.now.Add(flowLifespan),
		requestURL: c.URL + c.r.URL.RequestURI(), returnTo: c.query("return_to"),
	}
	if f.challenge != "" {
		f.requestURL += "&refresh=true"
	}
	if browser {
		f.csrf = c.cookie(c.csrfCookie)
	}
	c.flows[f.id] = f
	return f
}

// replace creates the flow that replaces an expired one. It asks for a first factor.
func (c *call) replace(old *flow, since time.Duration, at time.Time) *flow {
	f := c.addFlow(old.browser)
	f.requestURL, f.returnTo, f.csrf, f.challenge = old.requestURL, old.returnTo, old.csrf, ""
	f.messages = []object{expiredMessage(since, at)}
	return f
}

// lookUp returns the flow with an id. An id can be written in several ways.
func (c *call) lookUp(id string) *flow {
	plain := strings.ToLower(strings.NewReplacer("-", "", "{", "", "}", "", "urn:uuid:", "").Replace(id))
	if len(plain) != 32 {
		return nil
	}
	return c.flows[strings.Join([]string{plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]}, "-")]
}

func (c *call) getFlow() {
	f := c.lookUp(c.query("id"))
	switch {
	case f == nil:
		c.fail(notFound())
	case f.browser && f.csrf != c.cookie(c.csrfCookie):
		c.fail(csrfViolation())
	case c.now.After(f.expires):
		c.fail(c.gone(f))
	default:
		c.write(http.StatusOK, c.flowJSON(f))
	}
}

// gone is the failure of a request for an expired flow.
func (c *call) gone(f *flow) failure {
	failed := failure{
		status: http.StatusGone, id: "self_service_flow_expired",
		reason: "The login flow has expired. Call the login flow init API endpoint to initialize a new login flow.",
		text:   "The requested resource is no longer available because it has expired or is otherwise invalid.",
		more:   object{"api": c.URL + "/self-service/login/api"},
	}
	if f.browser {
		failed.reason = "The login flow has expired. Redirect the user to the login flow init endpoint to initialize a new login flow."
		failed.more = object{
			"redirect_to": c.URL + "/self-service/login/browser" + withReturnTo("?", f.returnTo),
			"return_to":   f.returnTo,
		}
	}
	return failed
}

func withReturnTo(before, target string) string {
	if target == "" {
		return ""
	}
	return before + "return_to=" + url.QueryEscape(target)
}

// allowed reports whether a return_to is allowed. The query does not matter.
func (c *call) allowed(target string) bool {
	target, _, _ = strings.Cut(target, "?")
	if strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//") {
		return true
	}
	for _, each := range append([]string{c.app, c.URL + "/self-service"}, c.returnTo...) {
		if target == each || strings.HasPrefix(target, strings.TrimSuffix(each, "/")+"/") {
			return true
		}
	}
	return onLoopback(target)
}

// returnTarget returns the URL at which a login ends.
func (c *call) returnTarget(target string) string {
	switch {
	case target == "" || !c.allowed(target):
		return c.page("/")
	case strings.HasPrefix(target, "/"):
		return c.page(target)
	}
	return target
}

// challenge returns the login_challenge of the request that creates a browser flow.
func (c *call) challenge() string {
	if c.oauth2 == "" {
		return ""
	}
	return c.query("login_challenge")
}

// oauth2URL returns the URL at which an OAuth2 login ends.
func (c *call) oauth2URL() string { return c.oauth2 + "/oauth2/auth?login_verifier=" + randomText(32) }

// flowJSON is a flow in the form in which the server shows it.
func (c *call) flowJSON(f *flow) object {
	body := object{
		"id": f.id, "type": "api", "issued_at": stamp(f.issued), "expires_at": stamp(f.expires),
		"created_at": stamp(f.issued), "updated_at": stamp(f.issued),
		"request_url": f.requestURL, "refresh": f.refresh, "requested_aal": f.aal,
	}
	ui := object{"action": c.URL + "/self-service/login?flow=" + f.id, "method": "POST", "nodes": c.nodes(f)}
	if len(f.messages) > 0 {
		ui["messages"] = f.messages
	}
	body["ui"] = ui
	if f.browser {
		body["type"] = "browser"
	}
	if c.state {
		body["state"], body["organization_id"] = f.state, nil
	}
	for name, value := range map[string]string{
		"active": f.active, "return_to": f.returnTo, "oauth2_login_challenge": f.challenge,
	} {
		if value != "" {
			body[name] = value
		}
	}
	return body
}

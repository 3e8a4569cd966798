package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// kind is the kind of an answer's body.
type kind int

const (
	noBody kind = iota
	flowBody
	loginBody
	sessionBody
	listBody
	errorBody
	otherObject
	text
)

func (a *Answer) kind() kind {
	switch {
	case len(a.body) == 0:
		return noBody
	case a.object["ui"] != nil:
		return flowBody
	case a.object["session"] != nil:
		return loginBody
	case a.object["authenticator_assurance_level"] != nil:
		return sessionBody
	case a.list != nil:
		return listBody
	case a.object["error"] != nil && a.object["created_at"] == nil:
		return errorBody
	case a.object != nil:
		return otherObject
	}
	return text
}

// describe returns the line of an answer without the outcome.
func (a *Answer) describe(target *Target) string {
	words := []string{strconv.Itoa(a.status)}
	if location := a.header.Get("Location"); location != "" {
		words = append(words, "to "+target.page(location))
	} else {
		words = append(words, a.describeBody()...)
	}
	words = append(words, describeCookies(a.cookies)...)
	words = append(words, a.broken(target.Release)...)
	return strings.Join(words, " ")
}

func (a *Answer) describeBody() []string {
	switch a.kind() {
	case flowBody:
		return describeFlow(a.object)
	case loginBody:
		return describeLogin(a.object)
	case sessionBody:
		return append([]string{"session"}, describeSession(a.object)...)
	case listBody:
		return []string{"sessions"}
	case errorBody:
		return describeError(a.object, a.status)
	case otherObject:
		return []string{keys(a.object)}
	case text:
		return []string{a.mediaType()}
	case noBody:
	}
	return nil
}

// mediaType names a body that is not a JSON object.
func (a *Answer) mediaType() string {
	switch mediaType, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); {
	case mediaType == "text/plain":
		return "text"
	case json.Valid(a.body):
		return "json"
	default:
		return mediaType
	}
}

func describeFlow(flow object) []string {
	kind := flow.text("type")
	if kind == "api" {
		kind = "native"
	}
	words := []string{kind, "flow"}
	if strings.HasSuffix(flow.object("ui").text("action"), "/self-service/registration?flow="+flow.text("id")) {
		words = []string{kind, "registration flow"}
	}
	if flow["refresh"] == true {
		words = append(words, "refresh")
	}
	if level := flow.text("requested_aal"); level != "aal1" && level != "" {
		words = append(words, level)
	}
	if state := flow.text("state"); state != "" && state != "choose_method" {
		words = append(words, "["+state+"]")
	}
	if active := flow.text("active"); active != "" {
		words = append(words, "active:"+active)
	}
	words = append(words, describeMessages(flow.object("ui"))...)
	if flow["session_token_exchange_code"] != nil {
		words = append(words, "exchange-code")
	}
	if flow["return_to"] != nil {
		words = append(words, "return-to")
	}
	if flow.object("ui")["nodes"] == nil {
		words = append(words, "nodes:null")
	}
	return words
}

// describeMessages lists the messages of a flow, each with its field.
func describeMessages(ui object) []string {
	var words []string
	for _, message := range ui.objects("messages") {
		words = append(words, fmt.Sprintf("ui:%d", message.number("id")))
	}
	for _, node := range ui.objects("nodes") {
		for _, message := range node.objects("messages") {
			words = append(words, fmt.Sprintf("%s:%d", node.object("attributes").text("name"), message.number("id")))
		}
	}
	return words
}

func describeLogin(login object) []string {
	words := []string{"login"}
	if login.text("session_token") != "" {
		words = []string{"login+token"}
	}
	words = append(words, describeSession(login.object("session"))...)
	var next []string
	for _, each := range login.objects("continue_with") {
		next = append(next, each.text("action"))
	}
	if next != nil {
		words = append(words, "next:"+strings.Join(next, ","))
	}
	return words
}

func describeSession(session object) []string {
	var methods []string
	for _, method := range session.objects("authentication_methods") {
		methods = append(methods, method.text("method"))
	}
	slices.Sort(methods)
	words := []string{session.text("authenticator_assurance_level"), "by", strings.Join(slices.Compact(methods), ",")}
	if session["identity"] == nil {
		words = append(words, "identity:null")
	}
	if session["active"] != true {
		words = append(words, "inactive")
	}
	return words
}

func describeError(body object, status int) []string {
	words := []string{"error"}
	envelope := body.object("error")
	if id := envelope.text("id"); id != "" {
		words = append(words, id)
	}
	if beside := without(body, "error"); len(beside) > 0 {
		words = append(words, keys(beside))
	}
	if details := without(envelope.object("details"), "reject_reason"); len(details) > 0 {
		words = append(words, "details"+keys(details))
	}
	if code := envelope.number("code"); code != int64(status) {
		words = append(words, fmt.Sprintf("code:%d", code))
	}
	return words
}

func without(o object, key string) object {
	rest := maps.Clone(o)
	delete(rest, key)
	return rest
}

func keys(o object) string {
	return "{" + strings.Join(slices.Sorted(maps.Keys(o)), ",") + "}"
}

// fields lists the names of a flow's fields. It gives the values of buttons, and says which
// fields are hidden.
func fields(flow object) string {
	var names []string
	for _, node := range flow.object("ui").objects("nodes") {
		attributes := node.object("attributes")
		name := attributes.text("name")
		if attributes.text("type") == "submit" && attributes.text("value") != "" {
			name += "=" + attributes.text("value")
		}
		if attributes.text("type") == "hidden" && name != "csrf_token" {
			name += ":hidden"
		}
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return "fields:" + strings.Join(slices.Compact(names), ",")
}

// ShowFields adds the names of the fields to the line of an answer.
func (a Answer) ShowFields() Answer {
	got := a.run.got
	line, outcome, _ := strings.Cut(got[len(got)-1], " → ")
	shown := strings.ReplaceAll(fields(a.object), "provider="+a.run.target.ProviderID, "provider")
	got[len(got)-1] = line + " " + shown + arrow(outcome)
	return a
}

// page names the page of a URL.
func (t *Target) page(location string) string {
	for _, known := range []struct{ name, address string }{
		{"login-ui", t.LoginUI},
		{"error-ui", t.ErrorUI},
		{"verification-ui", t.VerificationUI},
		{"registration-ui", t.RegistrationUI},
		{"return-to", t.ReturnTo},
		{"return-url", t.ReturnURL},
		{"kratos", t.PublicURL},
	} {
		rest, found := strings.CutPrefix(location, known.address)
		if !found || known.address == "" || known.name != "kratos" && rest != "" && rest[0] != '?' {
			continue
		}
		path, query, _ := strings.Cut(rest, "?")
		return known.name + path + parameters(query)
	}
	parsed, err := url.Parse(location)
	switch {
	case err != nil || parsed.Host == "":
		return location
	case t.Config&Provider != 0:
		return "provider"
	}
	return parsed.Scheme + "://" + parsed.Host + parsed.Path + parameters(parsed.RawQuery)
}

// parameters lists the parameters of a query, without values that are new each time.
func parameters(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil || len(values) == 0 {
		return ""
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name == "aal" {
			name += "=" + values.Get(name)
		}
		list = append(list, name)
	}
	return "?" + strings.Join(list, "&")
}

const (
	sessionCookie    = "ory_kratos_session"
	continuityCookie = "ory_kratos_continuity"
	csrfPrefix       = "csrf_token_"
)

// describeCookies lists the cookies that are set. Deleted cookies have a minus sign.
func describeCookies(cookies []*http.Cookie) []string {
	var words []string
	for _, cookie := range cookies {
		name := cookie.Name
		switch {
		case name == sessionCookie:
			name = "session"
		case name == continuityCookie:
			name = "continuity"
		case strings.HasPrefix(name, csrfPrefix):
			name = "csrf"
		}
		if removed(cookie) {
			words = append(words, "-"+name)
		} else {
			words = append(words, "+"+name)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func removed(cookie *http.Cookie) bool { return cookie.MaxAge < 0 || cookie.Value == "" }

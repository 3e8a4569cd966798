package conformance

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/orylogin/orylogin/test/kratostest"
)

// webHook is a service that a Kratos asks about each login.
type webHook struct {
	*httptest.Server

	mu       sync.Mutex
	messages map[string][]object // by the address of the identity
}

func startHook() *webHook {
	hook := &webHook{messages: map[string][]object{}}
	hook.Server = httptest.NewServer(hook)
	return hook
}

// setting is that of a Kratos that asks the hook.
func (h *webHook) setting() kratostest.Setting {
	return kratostest.Set("selfservice.flows.login.after.hooks", kratostest.WebHook(
		h.URL, "function(ctx) {address: ctx.identity.traits.email}", object{"can_interrupt": true}))
}

// refuse lets the hook refuse the logins of an identity.
func (h *webHook) refuse(identity Identity) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, each := range identity.HookSays {
		told := object{"messages": []object{{"id": each.ID, "type": each.Type, "text": "says the hook"}}}
		if each.Field != "" {
			told["instance_ptr"] = "#/" + strings.ReplaceAll(each.Field, ".", "/")
		}
		h.messages[identity.Email] = append(h.messages[identity.Email], told)
	}
}

func (h *webHook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Address string `json:"address"`
	}
	_ = json.NewDecoder(r.Body).Decode(&asked) // who is nobody may log in
	h.mu.Lock()
	defer h.mu.Unlock()
	if messages := h.messages[asked.Address]; messages != nil {
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(object{"messages": messages}) // the server may be gone
	}
}

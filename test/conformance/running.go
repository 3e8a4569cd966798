package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/orylogin/orylogin/test/kratostest"
)

// Running is the Admin of any running Kratos.
type Running struct {
	publicURL, adminURL string
	release             kratostest.Release
}

// Create creates the identity through the admin API. On v0.8, whose admin API takes no
// passwords, the identity registers itself.
func (k *Running) Create(ctx context.Context, identity Identity) (Identity, error) {
	create := k.importIdentity
	if k.release == kratostest.V0_8 {
		create = k.register
	}
	created, err := create(ctx, identity)
	if err == nil && identity.WithTOTP {
		created.TOTPSecret, err = k.enrolTOTP(ctx, created)
	}
	if err == nil && identity.WithLookupSecrets {
		created.LookupSecrets, err = k.enrolLookupSecrets(ctx, created)
	}
	return created, err
}

func (k *Running) importIdentity(ctx context.Context, identity Identity) (Identity, error) {
	body := object{"schema_id": "default", "state": "active", "traits": identity.traits()}
	if identity.WithMetadata {
		body["metadata_public"] = metadata
	}
	if identity.Disabled {
		body["state"] = "inactive"
	}
	if identity.Password != "" {
		body["credentials"] = object{"password": object{"config": object{"password": identity.Password}}}
	}
	if !identity.Unverified {
		body["verifiable_addresses"] = []object{{"via": "email", "value": identity.Email, "verified": true, "status": "completed"}}
	}
	created, err := k.call(ctx, http.MethodPost, k.adminURL+"/identities", "", body)
	identity.ID = created.text("id")
	return identity, err
}

// metadata is the public metadata of an identity that is to have some.
var metadata = object{"role": "admin"}

func (i Identity) traits() object {
	traits := object{"email": i.Email}
	if i.Username != "" {
		traits["username"] = i.Username
	}
	return traits
}

// register creates an identity by a registration, as a user does. Its address is not verified.
func (k *Running) register(ctx context.Context, identity Identity) (Identity, error) {
	if identity.WithoutPassword {
		return identity, fmt.Errorf("%w: an identity registers with a password", ErrUnable)
	}
	flow, err := k.call(ctx, http.MethodGet, k.publicURL+"/self-service/registration/api", "", nil)
	if err != nil {
		return identity, err
	}
	registered, err := k.call(ctx, http.MethodPost, k.publicURL+"/self-service/registration?flow="+flow.text("id"), "", object{
		"method": "password", "password": identity.Password, "traits": identity.traits(),
	})
	if err != nil {
		return identity, err
	}
	identity.ID = registered.object("identity").text("id")
	if identity.Disabled {
		return identity, k.Disable(ctx, identity)
	}
	return identity, nil
}

// Disable disables an identity.
func (k *Running) Disable(ctx context.Context, identity Identity) error {
	address := k.adminURL + "/identities/" + identity.ID
	if k.release < kratostest.V1_3 {
		_, err := k.call(ctx, http.MethodPut, address, "", object{
			"schema_id": "default", "state": "inactive", "traits": identity.traits(),
		})
		return err
	}
	_, err := k.call(ctx, http.MethodPatch, address, "", []object{{"op": "replace", "path": "/state", "value": "inactive"}})
	return err
}

// settingsFlow is a native settings flow of a session.
type settingsFlow struct {
	running   *Running
	token, id string
	flow      object
}

// startSettings logs the identity in and starts a settings flow.
func (k *Running) startSettings(ctx context.Context, identity Identity) (*settingsFlow, error) {
	flow, err := k.call(ctx, http.MethodGet, k.publicURL+nativePath, "", nil)
	if err != nil {
		return nil, err
	}
	login, err := k.call(ctx, http.MethodPost, k.publicURL+submitPath+"?flow="+flow.text("id"), "", password(identity))
	switch {
	case errors.Is(err, statusError(http.StatusGone)):
		return nil, errShortFlows
	case err != nil:
		return nil, err
	}
	settings := &settingsFlow{running: k, token: login.text("session_token")}
	settings.flow, err = k.call(ctx, http.MethodGet, k.publicURL+"/self-service/settings/api", settings.token, nil)
	settings.id = settings.flow.text("id")
	return settings, err
}

func (s *settingsFlow) submit(ctx context.Context, body Fields) error {
	address := s.running.publicURL + "/self-service/settings?flow=" + s.id
	flow, err := s.running.call(ctx, http.MethodPost, address, s.token, body)
	s.flow = flow
	return err
}

// text returns the text of the node with the id.
func (s *settingsFlow) text(id string) object {
	for _, node := range s.flow.object("ui").objects("nodes") {
		if attributes := node.object("attributes"); attributes.text("id") == id {
			return attributes.object("text")
		}
	}
	return nil
}

func (k *Running) enrolTOTP(ctx context.Context, identity Identity) (string, error) {
	settings, err := k.startSettings(ctx, identity)
	if err != nil {
		return "", err
	}
	secret := settings.text("totp_secret_key").text("text")
	if secret == "" {
		return "", fmt.Errorf("%w: it offers no TOTP", ErrUnable)
	}
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		return "", err
	}
	return secret, settings.submit(ctx, Fields{"method": "totp", "totp_code": code})
}

func (k *Running) enrolLookupSecrets(ctx context.Context, identity Identity) ([]string, error) {
	settings, err := k.startSettings(ctx, identity)
	if err != nil {
		return nil, err
	}
	if err := settings.submit(ctx, Fields{"method": "lookup_secret", "lookup_secret_regenerate": true}); err != nil {
		return nil, err
	}
	var secrets []string
	for _, secret := range settings.text("lookup_secret_codes").object("context").objects("secrets") {
		secrets = append(secrets, secret.text("text"))
	}
	if len(secrets) == 0 {
		return nil, fmt.Errorf("%w: it offers no lookup secrets", ErrUnable)
	}
	return secrets, settings.submit(ctx, Fields{"method": "lookup_secret", "lookup_secret_confirm": true})
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// Code returns the login code in the newest mail to the address. It waits for a mail.
func (k *Running) Code(ctx context.Context, address string) (string, error) {
	var code string
	err := await(ctx, func() (bool, error) {
		var err error
		code, err = k.code(ctx, address)
		return code != "", err
	})
	if err != nil {
		return "", fmt.Errorf("wait for a mail to %s: %w", address, err)
	}
	return code, nil
}

func (k *Running) code(ctx context.Context, address string) (string, error) {
	type mail struct {
		Body      string    `json:"body"`
		CreatedAt time.Time `json:"created_at"`
	}
	var mails []mail
	query := url.Values{"recipient": {address}, "page_size": {"250"}}
	err := k.do(ctx, http.MethodGet, k.adminURL+"/courier/messages?"+query.Encode(), "", nil, &mails)
	if err != nil || len(mails) == 0 {
		return "", err
	}
	newest := slices.MaxFunc(mails, func(a, b mail) int { return a.CreatedAt.Compare(b.CreatedAt) })
	code := sixDigits.FindString(newest.Body)
	if code == "" {
		return "", fmt.Errorf("%w: its mails are hidden unless dev is true", ErrUnable)
	}
	return code, nil
}

// ExpiredFlow creates a flow, and later another one. When the later one has expired, the first
// has, too.
func (k *Running) ExpiredFlow(ctx context.Context, create func() Flow) (Flow, error) {
	flow := create()
	later, err := k.call(ctx, http.MethodGet, k.publicURL+nativePath, "", nil)
	if err != nil {
		return Flow{}, err
	}
	return flow, k.awaitStatus(ctx, http.StatusGone, k.publicURL+flowsPath+"?id="+later.text("id"), "")
}

// ExpireSessions waits until the server no longer knows the session of the token.
func (k *Running) ExpireSessions(ctx context.Context, _ Identity, token string) error {
	return k.awaitStatus(ctx, http.StatusUnauthorized, k.publicURL+whoamiPath, token)
}

// awaitStatus waits until the server answers a GET request with the status.
func (k *Running) awaitStatus(ctx context.Context, status int, address, token string) error {
	return await(ctx, func() (bool, error) {
		_, err := k.call(ctx, http.MethodGet, address, token, nil)
		if errors.Is(err, statusError(status)) {
			return true, nil
		}
		return false, err
	})
}

// ExpiredCode does not wait: on a server with ShortCodes, codes expire at once.
func (k *Running) ExpiredCode(_ context.Context, _ string, send func()) error {
	send()
	return nil
}

// Expires returns nothing: things expire only if the server is configured for it.
func (k *Running) Expires() Config { return 0 }

// AtProvider returns ErrUnable: the provider can be any.
func (k *Running) AtProvider(context.Context, User, string) (string, error) {
	return "", fmt.Errorf("%w: its provider has people of its own", ErrUnable)
}

// Revoke revokes one session through the admin API. Releases before v1.3 cannot do that.
func (k *Running) Revoke(ctx context.Context, _ Identity, sessionID string) error {
	if k.release < kratostest.V1_3 {
		return fmt.Errorf("%w: it ends all sessions of somebody", ErrUnable)
	}
	err := k.do(ctx, http.MethodDelete, k.adminURL+"/sessions/"+sessionID, "", nil, nil)
	if errors.Is(err, statusError(http.StatusNoContent)) {
		return nil
	}
	return err
}

// patience is the time limit for things that should happen. Short lives are ten seconds at
// most.
const patience = time.Minute

// await calls happened again and again until it returns true.
func await(ctx context.Context, happened func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		if done, err := happened(); done || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// call makes a call that must succeed. It returns the JSON object in the answer.
func (k *Running) call(ctx context.Context, method, address, token string, body any) (object, error) {
	var answer object
	err := k.do(ctx, method, address, token, body, &answer)
	return answer, err
}

func (k *Running) do(ctx context.Context, method, address, token string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	request.Header.Set("Accept", typeJSON)
	request.Header.Set("Content-Type", typeJSON)
	if token != "" {
		request.Header.Set("X-Session-Token", token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s %s: %w: %s", method, request.URL.Path, statusError(response.StatusCode), content)
	}
	return json.Unmarshal(content, answer)
}

// statusError is the status of an answer that is not a success.
type statusError int

func (e statusError) Error() string { return "status " + strconv.Itoa(int(e)) }

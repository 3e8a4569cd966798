package conformance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/pquerna/otp/totp"
)

// Running is the Admin of a Kratos that is running anywhere.
type Running struct {
	publicURL, adminURL string
	release             Release

	// CodeLifespan is how long its mailed codes live.
	CodeLifespan time.Duration
}

// mailLimit is how long a mail may take.
const mailLimit = 5 * time.Second

// Create creates the identity through the admin API; on v0.8, which takes no
// passwords there, the identity registers.
func (k *Running) Create(ctx context.Context, identity Identity) (Identity, error) {
	create := k.importIdentity
	if k.release == V0_8 {
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
	body := object{"schema_id": "default", "state": "active", "traits": object{"email": identity.Email}}
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

// register makes an identity whose address is not verified, as the identity itself
// would.
func (k *Running) register(ctx context.Context, identity Identity) (Identity, error) {
	if identity.WithoutPassword {
		return identity, fmt.Errorf("%w: an identity registers with a password", ErrUnable)
	}
	flow, err := k.call(ctx, http.MethodGet, k.publicURL+"/self-service/registration/api", "", nil)
	if err != nil {
		return identity, err
	}
	registered, err := k.call(ctx, http.MethodPost, k.publicURL+"/self-service/registration?flow="+flow.text("id"), "", object{
		"method": "password", "password": identity.Password, "traits": object{"email": identity.Email},
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
	if k.release < V1_3 {
		_, err := k.call(ctx, http.MethodPut, address, "", object{
			"schema_id": "default", "state": "inactive", "traits": object{"email": identity.Email},
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
	if err != nil {
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

// text returns the text that the node of that id shows.
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

// Code returns the login code of the newest mail to the address. It waits for one.
func (k *Running) Code(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mailLimit)
	defer cancel()
	for {
		code, err := k.code(ctx, address)
		if err != nil || code != "" {
			return code, err
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return "", fmt.Errorf("wait for a mail to %s: %w", address, err)
		}
	}
}

func (k *Running) code(ctx context.Context, address string) (string, error) {
	var mails []struct {
		Recipient string    `json:"recipient"`
		Template  string    `json:"template_type"`
		Body      string    `json:"body"`
		CreatedAt time.Time `json:"created_at"`
	}
	query := url.Values{"recipient": {address}, "page_size": {"250"}}
	err := k.do(ctx, http.MethodGet, k.adminURL+"/courier/messages?"+query.Encode(), "", nil, &mails)
	if err != nil || len(mails) == 0 {
		return "", err
	}
	newest := mails[0]
	for _, mail := range mails {
		if cmp.Compare(mail.CreatedAt.UnixNano(), newest.CreatedAt.UnixNano()) > 0 {
			newest = mail
		}
	}
	code := sixDigits.FindString(newest.Body)
	if code == "" {
		return "", fmt.Errorf("%w: its mails are hidden unless dev is true", ErrUnable)
	}
	return code, nil
}

// ExpireFlow waits.
func (k *Running) ExpireFlow(ctx context.Context, flow Flow) error {
	return sleep(ctx, time.Until(flow.ExpiresAt)+50*time.Millisecond)
}

// ExpireSessions waits.
func (k *Running) ExpireSessions(ctx context.Context, _ Identity, expiresAt time.Time) error {
	return sleep(ctx, time.Until(expiresAt)+50*time.Millisecond)
}

// ExpireCode waits.
func (k *Running) ExpireCode(ctx context.Context, _ string) error {
	return sleep(ctx, k.CodeLifespan+50*time.Millisecond)
}

func sleep(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call makes a call that must succeed and returns the JSON object that it is
// answered with.
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
	if !slices.Contains([]int{http.StatusOK, http.StatusCreated}, response.StatusCode) {
		return fmt.Errorf("%s %s: %s: %s", method, request.URL.Path, response.Status, content)
	}
	return json.Unmarshal(content, answer)
}

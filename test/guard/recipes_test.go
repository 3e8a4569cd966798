package guard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-jose/go-jose/v4"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
)

// All functions of this file are docs/guard.md, and the other files run them.

func newGuards(client *orylogin.Client) (*session.Guard, *session.Guard, error) {
	guard, err := session.NewGuard(client,
		session.WithCache(session.NewMemoryCache(16<<20), 10*time.Second),
		session.WithLoginURL("https://app.example.com/login"),
		session.WithStepUpURL("https://app.example.com/login?aal=aal2"),
	)
	if err != nil {
		return nil, nil, err
	}
	sure, err := guard.With(session.RequireFreshAAL2(10*time.Minute, "https://app.example.com/login?aal=aal2&refresh=true"))
	return guard, sure, err
}

func newMux(guard, sure *session.Guard) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", guard.WrapOptional(http.HandlerFunc(greet)))
	mux.Handle("GET /account", guard.Wrap(http.HandlerFunc(greet)))
	mux.Handle("POST /payments", sure.Wrap(http.HandlerFunc(greet)))
	return mux
}

func greet(w http.ResponseWriter, r *http.Request) {
	if who, found := session.FromContext(r.Context()); found {
		_, _ = fmt.Fprintln(w, "hello", who.Identity.ID)
		return
	}
	_, _ = fmt.Fprintln(w, "hello stranger")
}

// greetAll greets a user whose session is good enough, and everybody else as a stranger.
func greetAll(guard *session.Guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if inside, err := guard.Authenticate(r.Context(), session.RequestCredential(w, r)); err == nil {
			r = r.WithContext(inside)
		}
		greet(w, r)
	}
}

// refusePage is the function of session.WithRefusal for the guards of pages.
func refusePage(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
	slog.InfoContext(r.Context(), "refused", "path", r.URL.Path, "refusal", refusal)
	target, err := url.Parse(refusal.URL)
	switch {
	case err != nil || !strings.Contains(r.Header.Get("Accept"), "text/html"):
		refusal.ServeHTTP(w, r)
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && refusal.URL != "":
		query := target.Query()
		query.Set("return_to", r.URL.RequestURI())
		target.RawQuery = query.Encode()
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, target.String(), http.StatusSeeOther)
	default:
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(refusal.StatusCode)
		_ = refusedPage.Execute(w, refusal)
	}
}

// refusedPage is the page for a form that is refused, and for a Kratos that is down.
var refusedPage = template.Must(template.New("refused").Parse(`<!doctype html>
<html lang="en"><title>Not done</title>
{{if .URL}}<p>Nothing was done. <a href="{{.URL}}" target="_blank">Confirm in another tab that it is you</a>. Then reload this page.</p>
{{else if ge .StatusCode 429}}<p>We cannot check your login right now. Reload this page in a minute.</p>
{{else}}<p>You may not do this.</p>
{{end}}</html>`))

// showOrEnrol shows the form of the login page. A user who has no second factor to give is sent
// to the settings to set one up.
func showOrEnrol(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	if next.Flow.RequestedAAL == orylogin.AAL2 && len(next.Flow.Methods()) == 0 {
		back := url.Values{"return_to": {next.Flow.ReturnTo}}
		http.Redirect(w, r, "https://auth.example.com/self-service/settings/browser?"+back.Encode(), http.StatusSeeOther)
		return
	}
	showForm(w, next)
}

// requireRole demands a role in the public metadata of the identity, such as {"role": "admin"}.
func requireRole(role string) session.GuardOption {
	return session.Require(func(_ context.Context, who *orylogin.Session) error {
		var public struct {
			Role string `json:"role"`
		}
		if err := who.PublicMetadata(&public); err != nil {
			return err
		}
		if public.Role != role {
			return errors.New("the identity does not have the role")
		}
		return nil
	})
}

func newChi(guard, sure *session.Guard) http.Handler {
	router := chi.NewRouter()
	router.With(guard.WrapOptional).Get("/", greet)
	router.Group(func(inside chi.Router) {
		inside.Use(guard.Wrap)
		inside.Get("/account", greet)
		inside.With(sure.Wrap).Post("/payments", greet) // Kratos is asked once
	})
	return router
}

func newEcho(guard, sure *session.Guard) http.Handler {
	router := echo.New()
	router.GET("/", echo.WrapHandler(http.HandlerFunc(greet)), echo.WrapMiddleware(guard.WrapOptional))
	inside := router.Group("", echo.WrapMiddleware(guard.Wrap))
	inside.GET("/account", echo.WrapHandler(http.HandlerFunc(greet)))
	inside.POST("/payments", echo.WrapHandler(http.HandlerFunc(greet)), echo.WrapMiddleware(sure.Wrap))
	return router
}

func newGin(guard, sure *session.Guard) http.Handler {
	router := gin.New()
	router.GET("/", forGin(guard.WrapOptional), gin.WrapF(greet))
	inside := router.Group("", forGin(guard.Wrap))
	inside.GET("/account", gin.WrapF(greet))
	inside.POST("/payments", forGin(sure.Wrap), gin.WrapF(greet))
	return router
}

// forGin turns a middleware of net/http into a middleware of gin.
func forGin(wrap func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed, c.Request = true, r
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}

// newGRPC returns a server that demands a session for each call but a health check. guards has the
// guards of methods such as "/shop.Orders/List". All other methods have the guard in strictest.
func newGRPC(guards map[string]*session.Guard, strictest *session.Guard) *grpc.Server {
	authenticate := func(ctx context.Context) (context.Context, error) {
		method, _ := grpc.Method(ctx)
		if strings.HasPrefix(method, "/grpc.health.v1.Health/") {
			return ctx, nil
		}
		guard := cmp.Or(guards[method], strictest)
		header, _ := metadata.FromIncomingContext(ctx)
		inside, err := guard.Authenticate(ctx, session.HeaderCredential(header))
		if err != nil {
			slog.InfoContext(ctx, "refused", "method", method, "refusal", err)
			return nil, asStatus(ctx, err)
		}
		return inside, nil
	}
	return grpc.NewServer(
		grpc.UnaryInterceptor(auth.UnaryServerInterceptor(authenticate)),
		grpc.StreamInterceptor(auth.StreamServerInterceptor(authenticate)),
	)
}

// codeOf returns the code of gRPC for a refusal. If the session could not be checked because the
// caller's call has ended, the code says so.
func codeOf(ctx context.Context, refusal *session.Refusal) codes.Code {
	switch refusal.StatusCode {
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	}
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Code() // Canceled or DeadlineExceeded
	}
	return codes.Unavailable
}

// domain distinguishes the reasons of a guard from those of other layers.
const domain = "github.com/orylogin/orylogin/session"

// asStatus returns the status of gRPC for a refusal.
func asStatus(ctx context.Context, err error) error {
	var refusal *session.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	info := &errdetails.ErrorInfo{Reason: string(refusal.Outcome), Domain: domain}
	if refusal.URL != "" {
		info.Metadata = map[string]string{"url": refusal.URL}
	}
	details := []protoadapt.MessageV1{info}
	if refusal.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(refusal.RetryAfter)})
	}
	answer := status.New(codeOf(ctx, refusal), string(refusal.Outcome))
	detailed, err := answer.WithDetails(details...)
	if err != nil {
		return answer.Err()
	}
	return detailed.Err()
}

// whileLoggedIn returns a context that ends when the guard no longer accepts the credential. Its
// cause is the refusal. It does not end while Kratos cannot check the session.
func whileLoggedIn(
	ctx context.Context, guard *session.Guard, credential session.Credential, every time.Duration,
) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	check := func() {
		_, err := guard.Check(ctx, credential)
		var refusal *session.Refusal
		if errors.As(err, &refusal) && refusal.StatusCode < http.StatusTooManyRequests {
			end(refusal)
		}
	}
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				check()
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() { end(nil) }
}

// reasonOf returns the outcome of a refusal. It is empty if no guard has refused the call.
func reasonOf(err error) orylogin.Outcome {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == domain {
			return orylogin.Outcome(info.GetReason())
		}
	}
	return ""
}

// perCall sends the token of a source with each call and each stream of a connection.
type perCall struct {
	source session.TokenSource

	// plainText allows connections without TLS. Anybody who reads the network can then use the token.
	// Set it only where the network is trusted or encrypts by itself, such as in a cluster.
	plainText bool
}

func (p perCall) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := p.source.Token(ctx)
	if err != nil {
		return nil, noToken(ctx, err)
	}
	return map[string]string{"x-session-token": token.Reveal()}, nil
}

func (p perCall) RequireTransportSecurity() bool { return !p.plainText }

// noToken returns the error of a call that is not made, since the source has no token. It has a
// status of gRPC, and err. Unavailable means that a later call can succeed.
func noToken(ctx context.Context, err error) error {
	code := codes.Unavailable
	switch {
	case ctx.Err() != nil:
		code = status.FromContextError(ctx.Err()).Code() // Canceled or DeadlineExceeded
	case errors.Is(err, session.ErrStopped):
		code = codes.Unauthenticated
	}
	return fmt.Errorf("%w: %w", status.Error(code, "there is no session token"), err)
}

// retry makes a call. If a guard refuses it, retry does what the guard demands, and makes the call
// once more.
type retry func(ctx context.Context, call func(context.Context) error) error

// unary is an interceptor for the unary calls of a client.
func (r retry) unary(
	ctx context.Context, method string, request, answer any,
	connection *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	return r(ctx, func(ctx context.Context) error {
		return call(ctx, method, request, answer, connection, opts...)
	})
}

// logInAgain makes the source log in again if a call has no valid session.
func logInAgain(source session.Renewer) retry {
	return func(ctx context.Context, call func(context.Context) error) error {
		token, err := source.Token(ctx)
		if err != nil {
			return noToken(ctx, err)
		}
		err = call(ctx)
		// If call goes through stepUp below, the session can end during its question. Then OutcomeOf says so.
		if reasonOf(err) != orylogin.OutcomeNoSession && orylogin.OutcomeOf(err) != orylogin.OutcomeNoSession {
			return err
		}
		source.Refused(ctx, token)
		return call(ctx)
	}
}

// stepUp asks the user for a second factor if a call owes one. Calls at the same time share one
// question and its error. The user may take longer than the deadline of a call. So stepUp gives
// the repeated call as much time as the first one had. It does not repeat a call that was canceled.
func stepUp(
	client *orylogin.Client, source session.TokenSource,
	next func(context.Context, orylogin.Step) (orylogin.Method, error),
) retry {
	var (
		asking sync.Mutex
		asked  atomic.Int64 // how often the user was asked
		failed error        // of the last question
	)
	ask := func(ctx context.Context, before int64) error {
		asking.Lock()
		defer asking.Unlock()
		if asked.Load() > before {
			return failed // another call has asked meanwhile
		}
		token, err := source.Token(ctx)
		if err == nil {
			_, err = client.Converse(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2, Refresh: true}, next,
				orylogin.WithSessionToken(token))
		}
		failed = err
		asked.Add(1)
		return err
	}
	return func(caller context.Context, call func(context.Context) error) error {
		deadline, limited := caller.Deadline()
		limit := time.Until(deadline)
		before := asked.Load()
		refused := call(caller)
		if reasonOf(refused) != orylogin.OutcomeSecondFactor {
			return refused
		}
		ctx, cancel := context.WithCancel(context.WithoutCancel(caller)) // has no deadline while the user is asked
		defer cancel()
		defer context.AfterFunc(caller, func() {
			if errors.Is(caller.Err(), context.Canceled) {
				cancel()
			}
		})()
		answered := make(chan error, 1)
		go func() { answered <- ask(context.WithoutCancel(caller), before) }()
		select {
		case err := <-answered:
			if err != nil {
				return fmt.Errorf("%w: %w", refused, err)
			}
		case <-ctx.Done():
		}
		if errors.Is(caller.Err(), context.Canceled) {
			return status.FromContextError(context.Canceled).Err()
		}
		if limited {
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		return call(ctx)
	}
}

// receive calls show for each message of a stream. If a guard refuses the stream, repeat opens a new
// one.
func receive(
	ctx context.Context, repeat retry, service testpb.TestServiceClient, show func(*testpb.StreamingOutputCallResponse),
) error {
	return repeat(ctx, func(ctx context.Context) error {
		stream, err := service.StreamingOutputCall(ctx, &testpb.StreamingOutputCallRequest{})
		if err != nil {
			return err
		}
		for {
			message, err := stream.Recv() // the first one returns the refusal of a guard
			switch {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			show(message)
		}
	})
}

// withCookie returns a context for calls that send the session cookie of a browser.
func withCookie(ctx context.Context, cookie orylogin.Secret) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "cookie", cookie.Reveal())
}

// refusalOf returns the refusal that asStatus has written. It is false if no guard has refused the
// call.
func refusalOf(err error) (*session.Refusal, bool) {
	answer := status.Convert(err)
	statusOf := map[codes.Code]int{codes.Unauthenticated: 401, codes.PermissionDenied: 403, codes.ResourceExhausted: 429}
	refusal := &session.Refusal{StatusCode: cmp.Or(statusOf[answer.Code()], 503), Outcome: reasonOf(err), Err: err}
	for _, detail := range answer.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			refusal.URL = detail.GetMetadata()["url"]
		case *errdetails.RetryInfo:
			refusal.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return refusal, refusal.Outcome != ""
}

// guarded is an interceptor of Connect.
type guarded struct{ guard *session.Guard }

func (g guarded) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		inside, err := g.guard.Authenticate(ctx, session.HeaderCredential(request.Header()))
		if err != nil {
			return nil, asConnectError(ctx, err)
		}
		return next(inside, request)
	}
}

func (g guarded) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, stream connect.StreamingHandlerConn) error {
		inside, err := g.guard.Authenticate(ctx, session.HeaderCredential(stream.RequestHeader()))
		if err != nil {
			return asConnectError(ctx, err)
		}
		return next(inside, stream)
	}
}

func (guarded) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func asConnectError(ctx context.Context, err error) error {
	var refusal *session.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	answer := connect.NewError(connect.Code(codeOf(ctx, refusal)), errors.New(string(refusal.Outcome)))
	if refusal.URL != "" {
		answer.Meta().Set("Redirect-Browser-To", refusal.URL)
	}
	if refusal.RetryAfter > 0 {
		answer.Meta().Set("Retry-After", strconv.Itoa(int(math.Ceil(refusal.RetryAfter.Seconds()))))
	}
	return answer
}

// withIdentity is a slog.Handler that adds who the request is from.
type withIdentity struct{ slog.Handler }

func (h withIdentity) Handle(ctx context.Context, record slog.Record) error {
	if who, found := session.FromContext(ctx); found {
		record.AddAttrs(slog.String("identity", who.Identity.ID), slog.String("session", who.ID))
	}
	return h.Handler.Handle(ctx, record)
}

func (h withIdentity) WithAttrs(attributes []slog.Attr) slog.Handler {
	return withIdentity{h.Handler.WithAttrs(attributes)}
}

func (h withIdentity) WithGroup(name string) slog.Handler {
	return withIdentity{h.Handler.WithGroup(name)}
}

// logRefused is the function of session.WithRefusal for the guards of an API.
func logRefused(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
	slog.InfoContext(r.Context(), "refused", "path", r.URL.Path, "refusal", refusal)
	refusal.ServeHTTP(w, r)
}

// apiKeys maps the hash of each API key to the robot that has the key.
type apiKeys map[[sha256.Size]byte]string

// Check returns the session of the robot whose key the caller has sent.
func (k apiKeys) Check(_ context.Context, credential session.Credential) (*orylogin.Session, error) {
	key := credential.Header("X-Api-Key")
	if key == "" {
		return nil, session.ErrNoCredential
	}
	robot, known := k[sha256.Sum256([]byte(key))]
	if !known {
		return nil, &session.Refusal{Outcome: orylogin.OutcomeNoSession, Err: errors.New("there is no such API key")}
	}
	return &orylogin.Session{Session: api.Session{Active: true, Identity: &api.Identity{ID: robot}}}, nil
}

func newChain(client *orylogin.Client, keys apiKeys) (*session.Guard, error) {
	return session.NewGuard(client, session.WithChecker(keys))
}

// newOffline returns a guard that checks the sessions that Kratos has signed for payments. It
// asks Kratos about all other credentials.
func newOffline(client *orylogin.Client, keysURL, issuer string) (*session.Guard, error) {
	checker, err := jwt.New(jwt.Config{
		KeysURL:    keysURL, // such as https://keys.example.com/kratos.json, or file:///etc/keys.json
		Issuer:     issuer,  // such as https://auth.example.com/, the base_url of Kratos
		Audience:   "payments",
		Algorithms: []string{"ES256"},
	})
	if err != nil {
		return nil, err
	}
	return session.NewGuard(client, session.WithChecker(checker))
}

// signedTokens is a session.TokenSource of the tokens that Kratos signs for payments.
type signedTokens struct {
	client   *orylogin.Client
	sessions *session.Source

	mu    sync.Mutex
	token orylogin.Secret
	until time.Time
}

// Token returns a token that is valid for another ten seconds at least.
func (s *signedTokens) Token(ctx context.Context) (orylogin.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Until(s.until) > 10*time.Second {
		return s.token, nil
	}
	token, err := s.sessions.Token(ctx)
	if err != nil {
		return orylogin.Secret{}, err
	}
	asked := time.Now()
	who, err := s.client.Whoami(ctx, token, orylogin.WithTokenizeAs("payments"))
	if errors.Is(err, orylogin.ErrSessionInactive) {
		s.sessions.Refused(ctx, token) // the next call logs in again
	}
	if err != nil {
		return orylogin.Secret{}, err
	}
	s.token, s.until = who.Tokenized, asked.Add(time.Minute) // the ttl of the template
	return s.token, nil
}

// publicKeys returns the key set for the services, made from that of Kratos.
func publicKeys(signingKeys []byte) ([]byte, error) {
	var private, public jose.JSONWebKeySet
	if err := json.Unmarshal(signingKeys, &private); err != nil {
		return nil, err
	}
	for _, key := range private.Keys {
		public.Keys = append(public.Keys, key.Public())
	}
	return json.Marshal(public)
}

// keepLoggedIn extends a session of which little is left. Put it inside a guard:
// guard.Wrap(keepLoggedIn{…}).
type keepLoggedIn struct {
	adminURL string
	web      *http.Client
	left     time.Duration // session.earliest_possible_extend
	next     http.Handler
}

func (k keepLoggedIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, found := session.FromContext(r.Context())
	if found && time.Until(who.ExpiresAt) < k.left {
		if err := k.extend(r.Context(), who.ID); err != nil {
			slog.WarnContext(r.Context(), "the session was not extended", "err", err) // it is good all the same
		}
	}
	k.next.ServeHTTP(w, r)
}

func (k keepLoggedIn) extend(ctx context.Context, id string) error {
	target := k.adminURL + "/admin/sessions/" + url.PathEscape(id) + "/extend"
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, target, nil)
	if err != nil {
		return err
	}
	answer, err := k.web.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("Kratos answers %d", answer.StatusCode)
	}
	return nil
}

// redisCache is a session.Cache that the replicas of a service share.
type redisCache struct {
	client *redis.Client
	prefix string // one for each Kratos, since its sessions are good for no other
}

func newRedisCache(address, prefix string) redisCache {
	return redisCache{prefix: prefix, client: redis.NewClient(&redis.Options{
		Addr: address,
		// A cache that is slower than Kratos is of no use.
		DialTimeout: 100 * time.Millisecond, ReadTimeout: 100 * time.Millisecond, WriteTimeout: 100 * time.Millisecond,
		MaxRetries: -1,
	})}
}

// Get has nothing while Redis is down.
func (c redisCache) Get(ctx context.Context, key session.CacheKey) (session.CacheEntry, bool) {
	var stored struct {
		Asked   int64  `redis:"asked"`
		Until   int64  `redis:"until"`
		Session []byte `redis:"session"`
	}
	err := c.client.HGetAll(ctx, c.name(key)).Scan(&stored)
	if err != nil || len(stored.Session) == 0 {
		return session.CacheEntry{}, false
	}
	entry := session.CacheEntry{
		Session: &orylogin.Session{}, AskedAt: time.UnixMicro(stored.Asked), Until: time.UnixMicro(stored.Until),
	}
	return entry, json.NewDecoder(bytes.NewReader(stored.Session)).Decode(entry.Session) == nil
}

// store puts an entry into Redis, unless a newer one is there. An entry of Forget has no session.
var store = redis.NewScript(`
	if tonumber(redis.call("HGET", KEYS[1], "asked") or 0) > tonumber(ARGV[1]) then return end
	redis.call("DEL", KEYS[1])
	redis.call("HSET", KEYS[1], "asked", ARGV[1], "until", ARGV[2], "session", ARGV[3])
	redis.call("PEXPIRE", KEYS[1], ARGV[4])`)

// Put stores personal data, but no token and no cookie.
func (c redisCache) Put(ctx context.Context, key session.CacheKey, entry session.CacheEntry) {
	c.store(ctx, key, entry.AskedAt, entry.Until, entry.Session.Document(), time.Until(entry.Until))
}

// Forget deletes the session. For a minute, Redis keeps the time of the refusal. So it ignores an
// older answer, which another replica may still wait for.
func (c redisCache) Forget(ctx context.Context, key session.CacheKey, askedAt time.Time) {
	c.store(ctx, key, askedAt, askedAt, nil, time.Minute)
}

func (c redisCache) store(ctx context.Context, key session.CacheKey, asked, until time.Time, document []byte, keep time.Duration) {
	err := store.Run(ctx, c.client, []string{c.name(key)},
		asked.UnixMicro(), until.UnixMicro(), document, keep.Milliseconds()).Err()
	if err != nil && !errors.Is(err, redis.Nil) {
		slog.WarnContext(ctx, "the cache of sessions", "err", err)
	}
}

func (c redisCache) name(key session.CacheKey) string { return c.prefix + hex.EncodeToString(key[:]) }

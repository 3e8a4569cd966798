package session

import (
	"context"
	"fmt"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/option"
)

// StoredToken is a session token as a [Store] keeps it. The Token prints and marshals as
// [redacted], so a store writes Token.Reveal. It is safe for concurrent use as long as nobody
// changes it.
type StoredToken struct {
	// Token is the session token.
	Token orylogin.Secret

	// ExpiresAt is when the session expires. It is zero if that is not known.
	ExpiresAt time.Time
}

// Store keeps the token of a [Source] between runs of the program. A valid token is as good
// as a password: a store must keep it from others. Use a store for one source only. The
// source calls one method at a time. A method must return when its context ends, and must not
// use the source.
type Store interface {
	// Load returns the token that was saved last, or the zero StoredToken if there is none.
	Load(ctx context.Context) (StoredToken, error)

	// Save replaces the token.
	Save(ctx context.Context, token StoredToken) error

	// Delete deletes the token. It succeeds if there is none.
	Delete(ctx context.Context) error
}

// WithStore makes the source load its token from the store before its first login, save it
// after each login, and delete it when it is refused or logged out. If a call of the store
// fails, or takes longer than half of [WithLoginTimeout], the source works without the store
// and passes the error to the function failed, which may be nil. Each call of failed runs in
// its own goroutine, so failed can use the source, and several calls can run at the same time.
// Default: the token ends with the program.
func WithStore(store Store, failed func(error)) SourceOption {
	return option.Setting(store != nil, "WithStore: the store is nil", func(s *Source) {
		s.vault.store, s.vault.failed = store, failed
	})
}

// vault keeps a store in step with its source. It does nothing without a store.
type vault struct {
	store  Store
	failed func(error)
	limit  time.Duration // the time limit of a call of the store
	turn   chan struct{} // has an element while a goroutine uses the store and the fields below

	settled bool            // whether has is known
	has     orylogin.Secret // the token in the store
	unsure  bool            // the last write failed
}

// use calls f while no other goroutine uses the store. The wait for the turn and the call
// together take no longer than the limit.
func (v *vault) use(ctx context.Context, f func(context.Context) error) error {
	if v.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, v.limit)
	defer cancel()
	select {
	case v.turn <- struct{}{}:
		defer func() { <-v.turn }()
		return f(ctx)
	case <-ctx.Done():
		return fmt.Errorf("orylogin/session: waiting for the store: %w", ctx.Err())
	}
}

// load returns the token in the store. After the first load or write, it returns none.
func (v *vault) load(ctx context.Context) (StoredToken, error) {
	var stored StoredToken
	err := v.use(ctx, func(ctx context.Context) error {
		if v.settled {
			return nil
		}
		loaded, err := v.store.Load(ctx)
		if err != nil {
			return fmt.Errorf("orylogin/session: load the token: %w", err)
		}
		v.settled, v.has = true, loaded.Token
		if loaded.Token.IsZero() {
			return nil
		}
		stored = loaded
		return checkToken(loaded.Token)
	})
	return stored, err
}

// sync writes the token of the source to the store, unless the store has it already. The calls
// run one after the other, and each asks for the present token, so the last one leaves the
// right token in the store.
func (v *vault) sync(ctx context.Context, holds func() StoredToken) error {
	return v.use(ctx, func(ctx context.Context) error {
		now := holds()
		if now.Token.Equal(v.has) && !v.unsure {
			return nil
		}
		err := v.write(ctx, now)
		v.unsure = err != nil
		if err == nil {
			v.settled, v.has = true, now.Token
		}
		return err
	})
}

func (v *vault) write(ctx context.Context, token StoredToken) error {
	if token.Token.IsZero() {
		if err := v.store.Delete(ctx); err != nil {
			return fmt.Errorf("orylogin/session: delete the token: %w", err)
		}
		return nil
	}
	if err := v.store.Save(ctx, token); err != nil {
		return fmt.Errorf("orylogin/session: save the token: %w", err)
	}
	return nil
}

// try reports a failure to the program, in a goroutine that nobody waits for.
func (v *vault) try(err error) {
	if err != nil && v.failed != nil {
		go v.failed(err)
	}
}

package session

import (
	"context"
	"errors"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/merge"
)

// doubts are the questions whether a server that denies something can work. Any number of
// denials share one question.
type doubts = merge.Group[struct{}, error]

// doubt returns the error of a server that cannot work, nil if it can. Without its database
// a server denies sessions that are valid and passwords that are right. Only its own word
// counts: a gateway may not pass the question on.
func doubt(ctx context.Context, client *orylogin.Client) error {
	err := client.Ready(ctx)
	if orylogin.OutcomeOf(err) != orylogin.OutcomeUnavailable || errors.Is(err, orylogin.ErrUnknownAnswer) {
		return nil
	}
	return err
}

// doubt asks after a denial, and never takes an answer from before it.
func (g *Guard) doubt(ctx context.Context) error {
	result, _ := g.doubts.Do(ctx, struct{}{}, time.Now(), longestCall, func(ctx context.Context) merge.Result[error] {
		began := time.Now()
		return merge.Result[error]{Value: doubt(ctx, g.client), Began: began}
	})
	return result.Value
}

package session

import (
	"context"
	"errors"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/merge"
)

// doubts has the calls that ask whether a server that denies something can work. Denials at the
// same time share one call.
type doubts = merge.Group[struct{}, error]

// doubt returns an error if the server cannot work. Without its database, a server denies
// sessions that are valid and passwords that are right. Only the server's own answer counts,
// since a gateway may not pass the question on.
func doubt(ctx context.Context, client *orylogin.Client) error {
	err := client.Ready(ctx)
	if orylogin.OutcomeOf(err) != orylogin.OutcomeUnavailable || errors.Is(err, orylogin.ErrUnknownAnswer) {
		return nil
	}
	return err
}

// doubt asks the server after a denial. It never takes an answer from before the denial.
func (g *Guard) doubt(ctx context.Context) error {
	result, _ := g.doubts.Do(ctx, struct{}{}, time.Now(), longestCall, func(ctx context.Context) merge.Result[error] {
		return merge.Result[error]{Began: time.Now(), Value: doubt(ctx, g.client)}
	})
	return result.Value
}
